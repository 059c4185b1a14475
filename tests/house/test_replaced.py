"""Small files by which processes tell one another something."""

import os
import resource
from pathlib import Path

import pytest

from hallom import replaced


def test_it_is_its_owners_alone_even_where_it_stood_open(tmp_path: Path) -> None:
    path = tmp_path / "run" / "news.json"
    before = os.umask(0)
    try:
        replaced.write(path, b"old")
        path.chmod(0o644)
        replaced.write(path, b"new")
    finally:
        os.umask(before)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert [one.name for one in path.parent.iterdir()] == ["news.json"]


def test_who_has_it_open_reads_on_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    replaced.write(path, b"old" * 1000)
    with path.open("rb", buffering=0) as reader:
        half = reader.read(1500)
        replaced.write(path, b"new")
        assert half + reader.read() == b"old" * 1000


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    replaced.write(path, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            replaced.write(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["news.json"]


def test_two_who_write_at_once_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "news.json"
    replace = os.replace

    def later(draft: str, target: Path) -> None:
        """The other one comes and goes when this one has written, but not yet put it in place."""
        monkeypatch.setattr(os, "replace", replace)
        replaced.write(path, b"another's, and longer")
        replace(draft, target)

    monkeypatch.setattr(os, "replace", later)
    replaced.write(path, b"mine")
    assert path.read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir()] == ["news.json"]

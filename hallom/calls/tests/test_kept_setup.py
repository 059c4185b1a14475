import pickle
import stat
from ipaddress import ip_network
from pathlib import Path

import pytest

from hallom.calls import kept_setup
from hallom.calls.directory import Device, Directory, Line
from hallom.switch.config import Agent, Config

CONFIG = Config(agents={7: Agent(7, "Alice", "agent-7", {1: 3})})
LINE = Line(
    "carrier", (ip_network("192.0.2.0/28"),), "sip.example.net", 5060, "udp", "u", "open sesame", 300, True
)
DIRECTORY = Directory({"desk-1": Device("hallom", "a", "b", "agent-7")}, (LINE,))


def test_the_setup_comes_back_without_the_passwords_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "run" / "setup.pickle"
    kept_setup.write(path, CONFIG, DIRECTORY)
    kept = kept_setup.read(path)
    assert kept is not None
    config, directory = kept
    assert (config, directory.devices) == (CONFIG, DIRECTORY.devices)
    assert (directory.lines[0].networks, directory.lines[0].registers) == (LINE.networks, False)
    assert b"open sesame" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_unchanged_setup_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "setup.pickle"
    kept_setup.write(path, CONFIG, DIRECTORY)
    before = path.stat().st_ino
    kept_setup.write(path, CONFIG, DIRECTORY)
    assert path.stat().st_ino == before


def test_what_cannot_be_read_is_as_good_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "setup.pickle"
    assert kept_setup.read(path) is None
    for data in (b"", b"nonsense", b"N.", b"\x80\x04K\x01."):
        path.write_bytes(data)
        assert kept_setup.read(path) is None


def test_what_another_version_wrote_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "setup.pickle"
    path.write_bytes(pickle.dumps((CONFIG, DIRECTORY.without_passwords())))
    assert kept_setup.read(path) is None
    with monkeypatch.context() as older:
        older.setattr(kept_setup, "SHAPE", kept_setup.SHAPE[1:])
        kept_setup.write(path, CONFIG, DIRECTORY)
    assert kept_setup.read(path) is None


def test_a_set_up_that_cannot_be_kept_is_used_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    kept_setup.write(tmp_path / "run" / "setup.pickle", CONFIG, DIRECTORY)

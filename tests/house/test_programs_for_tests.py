"""What tests need besides Python: installed where that is allowed, named where it is not, and never skipped unseen."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.telephony.conftest import need

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "test_programs"
ROOT, SOMEBODY = 0, 1000


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine on which nothing is installed yet."""
    programs = tmp_path / "bin"
    programs.mkdir()
    # Read by a shell that looks nowhere else: the script itself adds /usr/sbin.
    (programs / "script").write_text(SCRIPT.read_text().replace("/usr/sbin", str(programs)))
    return programs


def put(machine: Path, name: str, lines: str = "") -> None:
    (machine / name).write_text(f"#!/bin/bash\n{lines}\n")
    (machine / name).chmod(0o755)


def run(machine: Path, user: int, **environment: str) -> subprocess.CompletedProcess[str]:
    put(machine, "id", f"echo {user}")
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, machine / "script"],
        env={"PATH": str(machine), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_what_is_missing_is_named_and_fails_where_nobody_reads(machine: Path, ci: str, code: int) -> None:
    for there in ("baresip", "chromium", "dovecot"):
        put(machine, there)
    told = run(machine, SOMEBODY, CI=ci)
    assert told.returncode == code
    assert (
        "Missing for the telephone, browser and mail tests: sip-tester (Debian: apt install sip-tester)"
        in told.stdout
    )


def test_root_gets_it_installed_and_is_told(machine: Path) -> None:
    log = machine / "log"
    put(machine, "apt-get", f'echo "$@" >> {log}')
    told = run(machine, ROOT, CI="true")
    assert told.returncode == 0
    assert "Installing what the tests need:" in told.stdout
    installed = log.read_text().splitlines()[-1].split()
    assert {"install", "sip-tester", "baresip-core", "chromium", "dovecot-imapd"} <= set(installed)


def test_an_installation_that_fails_is_a_failure_too(machine: Path) -> None:
    put(machine, "apt-get", "exit 1")
    assert run(machine, ROOT, CI="true").returncode == 1


def test_with_everything_there_nothing_is_said(machine: Path) -> None:
    for there in ("sipp", "baresip", "chromium", "dovecot"):
        put(machine, there)
    told = run(machine, SOMEBODY, CI="true")
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_test_without_its_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    monkeypatch.setitem(os.environ, "CI", ci)
    with pytest.raises(outcome, match="sip-tester"):
        need("sipp")

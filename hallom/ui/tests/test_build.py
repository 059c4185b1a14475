"""What the front end is built into, and what may not be in pages."""

import json
import re
from pathlib import Path

import pytest

from hallom.ui import assets

ROOMS = Path(__file__).parents[2]
TEMPLATES = sorted(path for path in ROOMS.glob("**/templates/**/*.html"))
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "a style element": re.compile(r"<style\b"),
    "a script without src": re.compile(r"<script\b(?![^>]*\bsrc=)"),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "htmx code": re.compile(r"\bhx-on\b|\bhx-\w+=[\"']js:"),
    "a javascript address": re.compile(r"href=[\"']javascript:"),
}


def test_everything_is_built_under_a_name_that_changes_with_it() -> None:
    manifest = json.loads((assets.DIST / "manifest.json").read_text())
    assert {"app.js", "app.css", "theme.js", "icons.svg", "favicon.svg"} <= set(manifest)
    for name, built in manifest.items():
        assert (assets.DIST / built).stat().st_size > 0, name
        assert re.search(r"-[0-9a-zA-Z]{8}\.\w+$", built), built


def test_pages_load_little() -> None:
    manifest = json.loads((assets.DIST / "manifest.json").read_text())
    assert (assets.DIST / manifest["app.js"]).stat().st_size < 70_000, (
        "the telephone is loaded only where there is one"
    )
    assert (assets.DIST / manifest["app.css"]).stat().st_size < 60_000


def test_the_scripts_evaluate_no_text_of_ours() -> None:
    for source in (ROOMS.parent / "frontend/src").glob("*.js"):
        assert not re.search(
            r"\beval\(|new Function\(|setAttribute\(\"style\"|\.on\w+ = \"", source.read_text()
        ), source


def test_the_sprite_holds_every_icon() -> None:
    manifest = json.loads((assets.DIST / "manifest.json").read_text())
    symbols = set(re.findall(r'<symbol id="([^"]+)"', (assets.DIST / manifest["icons.svg"]).read_text()))
    assert symbols == assets.icons()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOMS)))
def test_a_template_has_nothing_the_policy_forbids(template: Path) -> None:
    text = template.read_text()
    found = [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert found == []


def test_lock_file_names_no_registry() -> None:
    text = (ROOMS.parent / "frontend/package-lock.json").read_text()
    assert "resolved" not in text
    assert "http" not in re.sub(r'"url": "https://[^"]+"', "", text)

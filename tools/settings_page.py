"""Prints docs/administrators/settings.md from the declarations in `hallom.config.environment`; `--check` only compares."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from hallom.config.environment import SETTINGS, Setting

PAGE = Path(__file__).resolve().parent.parent / "docs" / "administrators" / "settings.md"
HEAD = """# Settings

Every setting comes from the environment; each has a default that works on one machine. A change takes effect at the
next `hallom run`. This page is printed from `hallom/config/environment.py` by `python tools/settings_page.py`.
"""


def page() -> str:
    groups = [
        f"## {name}\n\n| variable | default | meaning |\n|---|---|---|\n" + "".join(map(row, settings))
        for name, settings in groupby(SETTINGS, key=lambda setting: setting.group)
    ]
    return "\n".join([HEAD, *groups])


def row(setting: Setting) -> str:
    shown = {"": "–", "False": "0", "True": "1", "[]": "–"}.get(str(setting.default), f"`{setting.default}`")
    return f"| `{setting.name}` | {shown} | {setting.meaning} |\n"


def main(*, only_compare: bool) -> int:
    if not only_compare:
        PAGE.write_text(page())
        return 0
    if PAGE.exists() and PAGE.read_text() == page():
        print("settings page: fine")
        return 0
    print(f"{PAGE} is not in step with hallom/config/environment.py: run `python tools/settings_page.py`")
    return 1


if __name__ == "__main__":
    sys.exit(main(only_compare="--check" in sys.argv))

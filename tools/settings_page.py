"""Prints docs/administrators/settings.md from the declarations in `hallom.config.environment`; `--check` only compares, other
pages that quote its rows too."""

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
    default = ",".join(setting.default) if isinstance(setting.default, list) else str(setting.default)
    shown = {"": "–", "False": "0", "True": "1"}.get(default, f"`{default}`")
    return f"| `{setting.name}` | {shown} | {setting.meaning} |\n"


def main(*, only_compare: bool) -> int:
    if not only_compare:
        PAGE.write_text(page())
        return 0
    if not PAGE.exists() or PAGE.read_text() != page():
        print(f"{PAGE} is not in step with hallom/config/environment.py: run `python tools/settings_page.py`")
        return 1
    for quoted in sorted(PAGE.parent.glob("*.md")):
        if wrong := [line for line in quoted.read_text().splitlines() if is_row(line) and line not in page()]:
            print(f"{quoted} says something else than {PAGE.name}:", *wrong, sep="\n")
            return 1
    print("settings page: fine")
    return 0


def is_row(line: str) -> bool:
    return line.startswith("| `HALLOM_")


if __name__ == "__main__":
    sys.exit(main(only_compare="--check" in sys.argv))

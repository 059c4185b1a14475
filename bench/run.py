"""Runs every measurement in this folder, prints a table, and appends what was measured to `var/bench.jsonl`."""

from __future__ import annotations

import argparse
import json
import pkgutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import bench
from hallom.config import environment

Figure = dict[str, object]
COLUMNS = ("name", "value", "unit", "target", "how")


def subjects() -> list[str]:
    names = sorted(found.name for found in pkgutil.iter_modules(bench.__path__) if found.name != "run")
    return [name for name in names if hasattr(import_module(f"bench.{name}"), "run")]


def figures(wanted: Sequence[str]) -> Iterator[Figure]:
    """What each module's `run()` yields; a module that fails is told of and does not stop the others."""
    for module in subjects():
        if wanted and module not in wanted:
            continue
        print(f"measuring {module} …", file=sys.stderr, flush=True)
        try:
            yield from import_module(f"bench.{module}").run()
        except Exception as error:
            yield {"name": module, "value": None, "unit": "", "target": None, "how": f"failed: {error!r}"}


def keep(path: Path, figure: Figure, now: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps({**{name: figure.get(name) for name in COLUMNS}, "at": round(now)}) + "\n")


def table(rows: Iterable[Figure]) -> str:
    cells = [["what", "measured", "target", "", "how"], *map(_cells, rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join("  ".join([*map(str.ljust, line[:4], widths), line[4]]) for line in cells)


def _cells(row: Figure) -> list[str]:
    return [
        str(row["name"]),
        _with_unit(row, "value"),
        _with_unit(row, "target"),
        _verdict(row),
        str(row["how"]),
    ]


def _with_unit(row: Figure, name: str) -> str:
    value = row.get(name)
    if value is None:
        return "–"
    number = f"{value:.3g}" if isinstance(value, float) and value < 1000 else str(value)
    return f"{number} {row['unit']}".strip()


def _verdict(row: Figure) -> str:
    """A target is an upper bound, except for rates."""
    value, target = row.get("value"), row.get("target")
    if not isinstance(value, (int, float)) or not isinstance(target, (int, float)):
        return "" if value is not None else "FAILED"
    reached = value >= target if "/s" in str(row["unit"]) else value <= target
    return "ok" if reached else "missed"


def _wanted(arguments: Sequence[str]) -> list[str]:
    """The subjects named, none meaning all; ends the process with a word of help where there is no such subject."""
    parser = argparse.ArgumentParser(prog="hallom bench", description="Measure, print a table, keep it.")
    # Not `choices`: an empty list would be none of them.
    parser.add_argument("subject", nargs="*", help=f"one of {', '.join(subjects())}; all when none is named")
    wanted: list[str] = parser.parse_args(arguments).subject
    if unknown := sorted(set(wanted) - set(subjects())):
        parser.error(f"no such subject: {', '.join(unknown)} (there are {', '.join(subjects())})")
    return wanted


def main(arguments: Sequence[str]) -> int:
    rows = []
    for figure in figures(_wanted(arguments)):
        keep(environment.data_folder() / "bench.jsonl", figure, time.time())
        rows.append(figure)
    print(table(rows))
    return 1 if any(_verdict(row) == "FAILED" for row in rows) else 0

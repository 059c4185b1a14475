"""The shape of the code: how long a module and a function may be, and what no file may be called."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "services", "service", "misc", "managers"}
UNFINISHED = ("TODO", "FIXME", "XXX")


def problems(path: Path, text: str) -> Iterator[str]:
    """What is wrong with one module; tests may be long, migrations are written by a machine."""
    if EMPTY_NAMES & {path.stem, *path.parts[:-1]}:
        yield f"{path}: a name that says nothing"
    if "tests" in path.parts or path.name == "conftest.py":
        return
    lines = text.count("\n")
    if lines > LONGEST_MODULE:
        yield f"{path}: {lines} lines, more than {LONGEST_MODULE}"
    if path.parts[0] != "tools":
        yield from (f"{path}: {word}" for word in UNFINISHED if word in text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {size} lines, more than {LONGEST_FUNCTION}"


def modules() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [Path(name) for name in listed if (ROOT / name).is_file() and "migrations" not in Path(name).parts]


def main() -> int:
    found = [problem for path in modules() for problem in problems(path, (ROOT / path).read_text())]
    print("\n".join(found) or "shape: fine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

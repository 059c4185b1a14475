"""What `make check` says about the shape of the code."""

from pathlib import Path

import pytest

from tools.shape import LONGEST_FUNCTION, LONGEST_MODULE, problems


def function(lines: int) -> str:
    return "def one():\n" + "    x = 1\n" * (lines - 1)


def told(name: str, text: str) -> list[str]:
    return list(problems(Path(name), text))


def test_the_limits_are_those_that_were_promised() -> None:
    assert (LONGEST_MODULE, LONGEST_FUNCTION) == (400, 50)


def test_a_module_may_have_400_lines_and_no_more() -> None:
    assert not told("hallom/room/noun.py", "x = 1\n" * 400)
    assert told("hallom/room/noun.py", "x = 1\n" * 401) == ["hallom/room/noun.py: 401 lines, more than 400"]


@pytest.mark.parametrize("before", ["", "async ", "class Two:\n    "])
def test_a_function_may_have_50_lines_and_no_more(before: str) -> None:
    indented = function(50).replace("\n", "\n    ") if before.startswith("class") else function(50)
    assert not told("hallom/room/noun.py", before + indented.rstrip())
    longer = (
        before
        + (function(51).replace("\n", "\n    ") if before.startswith("class") else function(51)).rstrip()
    )
    (problem,) = told("hallom/room/noun.py", longer)
    assert problem.endswith("one has 51 lines, more than 50")


@pytest.mark.parametrize("name", ["utils", "helpers", "services", "common", "managers"])
def test_names_that_say_nothing(name: str) -> None:
    assert told(f"hallom/room/{name}.py", "") == [f"hallom/room/{name}.py: a name that says nothing"]
    assert told(f"hallom/room/tests/{name}.py", "")
    assert told(f"hallom/{name}/noun.py", "") == [f"hallom/{name}/noun.py: a name that says nothing"]

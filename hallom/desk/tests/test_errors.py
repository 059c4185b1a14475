"""Every word the switch refuses an order with is a sentence on the desk."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import hallom.switch
from hallom.calls import refusals
from hallom.desk.errors import WORDS, words_of
from hallom.switch import decide_agent, decide_offering

SWITCH = Path(hallom.switch.__file__).parent
ORDERS = "hallom.switch.refusal"


def constants(node: ast.AST) -> Iterator[str]:
    """Text that an expression may become: either side of a conditional counts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "decide_agent":
        yield getattr(decide_agent, node.attr)


def refused() -> set[str]:
    """What is raised by whoever obeys orders; the toll policy has a class of this name of its own."""
    found: set[str] = set()
    for path in [*SWITCH.glob("*.py")]:
        tree = ast.parse(path.read_text())
        imports = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if ORDERS not in imports:
            continue
        for node in ast.walk(tree):
            is_raised = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if is_raised and node.func.id == "Refused":  # type: ignore[attr-defined]
                found |= set(constants(node.args[0]))  # type: ignore[attr-defined]
    return found


def why_not() -> set[str]:
    """Why a telephone cannot be rung: orders that ring one's own are refused with these."""
    tree = ast.parse(inspect.getsource(decide_offering.why_not))
    answers = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value]
    return {word for answer in answers for word in constants(answer) if word}


def test_the_codes_are_found_at_all() -> None:
    assert {"not_your_call", "place_taken", "no_such_promise", "already_watched"} <= refused()
    assert {"busy", "unreachable", "do_not_disturb"} <= why_not()


@pytest.mark.parametrize("code", sorted(refused() | why_not()))
def test_every_code_of_the_switch_has_words(code: str) -> None:
    assert code in WORDS
    assert words_of(code).endswith(".")


def test_a_refusal_of_the_toll_policy_is_told_in_its_own_words() -> None:
    said = words_of("toll:too_many_calls", {"most": "2"})
    assert said == refusals.words("too_many_calls", {"most": "2"})
    assert "2" in said


def test_a_code_of_tomorrow_is_told_as_it_is() -> None:
    assert words_of("out_of_tea") == "Not possible: out_of_tea"

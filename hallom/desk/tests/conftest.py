from collections.abc import Callable

import pytest

from hallom.calls import orders
from hallom.calls.models import Number, Queue
from hallom.calls.tests.phone_house import make_number, make_queue, serve
from hallom.staff.models import User


@pytest.fixture
def queue(alice: User) -> Queue:
    queue = make_queue()
    serve(queue, alice)
    return queue


@pytest.fixture
def number(queue: Queue) -> Number:
    return make_number(queue)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """The orders that were given; a switch that says yes to everything took them."""
    taken: list[tuple[object, ...]] = []

    def give(agent: int, verb: str, /, **args: object) -> orders.Outcome:
        taken.append((agent, verb, args))
        return orders.Outcome(True)

    monkeypatch.setattr(orders, "give", give)
    return taken


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def refuse_with(error: str) -> None:
        monkeypatch.setattr(orders, "give", lambda *_, **__: orders.Outcome(False, error))

    return refuse_with

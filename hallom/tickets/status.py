"""The states of a ticket and the moves between them."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    NEW = "new", _("new")
    OPEN = "open", _("open")
    PENDING = "pending", _("waiting for the customer")
    ON_HOLD = "on_hold", _("waiting for somebody else")
    SOLVED = "solved", _("solved")
    CLOSED = "closed", _("closed")


class Move(models.TextChoices):
    START = "start", pgettext_lazy("ticket", "Start work")
    AWAIT_CUSTOMER = "await_customer", _("Wait for the customer")
    HOLD = "hold", _("Wait for somebody else")
    SOLVE = "solve", _("Solved")
    CLOSE = "close", pgettext_lazy("ticket", "Close")
    REOPEN = "reopen", _("Reopen")


class IllegalTransition(Exception):
    """The ticket's state allows no such move, or somebody else moved it first."""


class FieldsMissing(IllegalTransition):
    """The ticket cannot be finished before these fields are filled in; ``labels`` names them."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__("fields missing")
        self.labels = tuple(labels)


FINISHED = (Status.SOLVED, Status.CLOSED)
UNFINISHED = (Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD)

_FROM_WORK = {
    Move.START: Status.OPEN,
    Move.AWAIT_CUSTOMER: Status.PENDING,
    Move.HOLD: Status.ON_HOLD,
    Move.SOLVE: Status.SOLVED,
    Move.CLOSE: Status.CLOSED,
}


def _without(state: Status) -> dict[Move, Status]:
    return {move: target for move, target in _FROM_WORK.items() if target is not state}


TRANSITIONS: dict[Status, dict[Move, Status]] = {
    Status.NEW: _without(Status.NEW),
    Status.OPEN: _without(Status.OPEN),
    Status.PENDING: _without(Status.PENDING),
    Status.ON_HOLD: _without(Status.ON_HOLD),
    Status.SOLVED: {Move.REOPEN: Status.OPEN, Move.CLOSE: Status.CLOSED},
    Status.CLOSED: {Move.REOPEN: Status.OPEN},
}


def target(state: str, move: str) -> Status:
    """Where the move leads; raises IllegalTransition."""
    try:
        return TRANSITIONS[Status(state)][Move(move)]
    except (KeyError, ValueError):
        raise IllegalTransition(f"{state} -{move}->") from None


def move_between(state: str, wanted: str) -> Move:
    """The move that leads from one state to another; raises IllegalTransition."""
    for move, reached in TRANSITIONS[Status(state)].items():
        if reached == wanted:
            return move
    raise IllegalTransition(f"{state} -> {wanted}")

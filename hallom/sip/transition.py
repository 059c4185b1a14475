from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class Named(Enum):
    """A state or an event: its hash is its identity, where Enum's own is worked out in Python at every look-up."""

    __hash__ = object.__hash__


class IllegalTransition(Exception):
    """An event that must not happen in this state: our own mistake, never a peer's."""


def advance(table: Mapping[S, Mapping[E, S]], state: S, event: E) -> S:
    try:
        return table[state][event]
    except KeyError:
        raise IllegalTransition(f"{event} in {state}") from None

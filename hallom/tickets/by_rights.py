from collections.abc import Callable
from typing import Generic, TypeVar

from hallom.staff.models import User

MOST_KEPT = 500
P = TypeVar("P")


class ByRights(Generic[P]):
    """What is composed once for each user, and anew when the user's roles or teams change: prepared queries of the
    rows the user may see."""

    def __init__(self, compose: Callable[[User], P]) -> None:
        self._compose = compose
        self._kept: dict[tuple[int, frozenset[str], frozenset[int]], P] = {}

    def __call__(self, user: User) -> P:
        rights = (user.pk, user.role_names, user.team_ids)
        found = self._kept.get(rights)
        if found is None:
            found = self._compose(user)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[rights] = found
        return found

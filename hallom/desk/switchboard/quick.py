"""The places an attendant sends most callers to, one key each."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from hallom.calls.models import QuickButton
from hallom.desk.destinations import Destination
from hallom.desk.places import destination_words
from hallom.staff.models import User
from hallom.timeline.journal import record

# Two rows of four, as many as one finds without reading.
MOST = 8


def buttons(user: User, everybody: Iterable[Destination]) -> list[Destination]:
    """With lamps; whoever has left the house since is still shown, without one."""
    known = {one.to: one for one in everybody}
    return [known.get(to) or _gone(to) for to in places(user)]


def places(user: User) -> list[str]:
    return list(user.quick_buttons.order_by("rank", "pk").values_list("to", flat=True)[:MOST])


def _gone(to: str) -> Destination:
    return Destination(to=to, kind=to.partition(":")[0], name=destination_words(to))


@transaction.atomic
def add(user: User, to: str, *, now: datetime) -> bool:
    """`to` is a destination as the switch writes it. False when there are as many as there is room for."""
    if to in places(user):
        return True
    if user.quick_buttons.count() >= MOST:
        return False
    last = user.quick_buttons.aggregate(last=Max("rank"))["last"] or 0
    QuickButton.objects.get_or_create(user=user, to=to, defaults={"rank": last + 1})
    _tell(user, to, "added", now=now)
    return True


@transaction.atomic
def remove(user: User, to: str, *, now: datetime) -> None:
    if user.quick_buttons.filter(to=to).delete()[0]:
        _tell(user, to, "removed", now=now)


def _tell(user: User, to: str, act: str, *, now: datetime) -> None:
    record(
        "switchboard.quick_button",
        now=now,
        actor=user,
        data={"to": to, "act": act},
        topics=[f"desk-{user.pk}"],
    )

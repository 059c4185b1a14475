"""Promised calls where people look: on the work list, on the wallboard, among what happened to a customer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.calls import linking, promises
from hallom.calls.models import Promise
from hallom.calls.spoken_names import reason_words
from hallom.customers.history import Line
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.tickets.due import due
from hallom.tickets.worklist import Chip, Item

MOST = 20
MOST_OF_CUSTOMER = 50


@dataclass(frozen=True, slots=True)
class OnWall:
    """Names of colleagues only: customers do not belong on a wall."""

    owner: str
    text: str
    due: str
    is_over: bool


def whom(promise: Promise) -> str:
    """Whom to call."""
    if promise.kind == Promise.Kind.CALL_ME:
        return name_of(promise.maker_id)
    customer = promise.customer
    return promise.name or (customer.name if customer else linking.shown_number(promise.number) or "–")


def is_over(promise: Promise, now: datetime) -> bool:
    return promise.outcome != Promise.Outcome.OPEN or promise.deadline <= now


def what(promise: Promise) -> str:
    return promise.why or promise.get_kind_display()


def became(promise: Promise) -> str:
    """What became of it, in words; empty while it is open."""
    if promise.outcome == Promise.Outcome.OPEN:
        return ""
    words = str(promise.get_outcome_display())
    if promise.outcome == Promise.Outcome.REFUSED:
        words = _("%(name)s refused it") % {"name": name_of(promise.owner_id)}
    if promise.reason:
        words = f"{words}: {reason_words(promise.reason)}"
    if promise.settlement:
        how = Promise.Settlement(promise.settlement).label
        words = f"{words} · {how} ({name_of(promise.settled_by_id)})"
    return words


def on_worklist(user: User, now: datetime) -> Iterable[Item]:
    """First of all on the list: somebody waits for a call at a certain hour."""
    for promise in promises.of(user)[:MOST]:
        moment = due(promise.deadline, now)
        over = is_over(promise, now)
        yield Item(
            number=0,
            url=reverse("desk:promised", args=[promise.pk]),
            channel="callback",
            title=what(promise),
            who=whom(promise),
            due=moment.text,
            urgency="over" if over else moment.urgency,
            hint=_hint(promise, user),
            why=became(promise),
            chips=(Chip(_("not kept"), "cherry"),) if promise.outcome != Promise.Outcome.OPEN else (),
            is_read=False,
        )


def _hint(promise: Promise, user: User) -> str:
    if promise.owner_id != user.pk:
        return name_of(promise.owner_id)
    if promise.maker_id == user.pk:
        return ""
    return _("promised by %(name)s") % {"name": name_of(promise.maker_id)}


def on_wall(now: datetime) -> list[OnWall]:
    return [
        OnWall(
            name_of(promise.owner_id),
            str(promise.get_kind_display()),
            due(promise.deadline, now).text,
            is_over(promise, now),
        )
        for promise in promises.pending()[:MOST]
    ]


def in_history(customer: Customer, user: User) -> Iterable[Line]:
    """Promises belong to what happened to a customer, kept or not; whose they are may open them."""
    found = Promise.objects.filter(customer=customer).order_by("-made_at")[:MOST_OF_CUSTOMER]
    for promise in found:
        is_open = user.can("promise.settle", promise)
        parts = [what(promise), name_of(promise.owner_id), became(promise) or _("open")]
        yield Line(
            promise.made_at,
            "callback",
            _("A call was promised"),
            " · ".join(parts),
            reverse("desk:promised", args=[promise.pk]) if is_open else "",
        )

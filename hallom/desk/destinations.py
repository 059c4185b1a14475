"""Where a caller can be sent, or whom one can call: found by a few letters, with how each of them is just now."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.calls import figures
from hallom.calls.models import Extension, Number, OutsideContact, PauseReason, Queue, QueueWait
from hallom.customers import phone_number
from hallom.customers.folding import fold
from hallom.customers.region import default_region
from hallom.desk.lamps import Lamp, lamp_of
from hallom.staff.models import Membership, User

MOST_PEOPLE = 12
MOST_OF_A_KIND = 6
LONGEST_TEXT = 64
# As few digits as an emergency number has.
LEAST_DIGITS = 3
_OF_NUMBERS = frozenset("0123456789+ ()-/.\u00a0")


@dataclass(frozen=True, slots=True)
class Destination:
    """`to` as the switch writes it; `since` runs as a clock beside `status`; `detail` what somebody does, and where."""

    to: str
    kind: str
    name: str
    detail: str = ""
    number: str = ""
    lamp: str = "unknown"
    status: str = ""
    since: datetime | None = None
    can_consult: bool = False
    can_promise: bool = False
    can_pick_up: bool = False

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "since": self.since.timestamp() if self.since else None}


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    items: list[Destination]


def search(user: User, text: str, *, now: datetime, purpose: str = "transfer") -> list[Group]:
    """`purpose`: transfer, dial (nowhere but to people and numbers) or divert (to no parking place)."""
    wanted = fold(text.strip()[:LONGEST_TEXT]).split()
    typed = typed_number(text) if wanted else None
    groups = [Group(_("People"), _people(user, wanted, purpose))]
    if purpose != "dial":
        groups += [
            Group(_("Queues"), _queues(wanted, purpose)),
            Group(_("Announcements"), _greetings(wanted, purpose)),
        ]
    groups.append(Group(_("Outside"), ([typed] if typed else []) + _contacts(wanted)))
    if purpose == "transfer":
        groups.append(Group(_("Parking"), _places(wanted)))
    return [group for group in groups if group.items]


def whole(user: User) -> list[Destination]:
    """All the people, queues and contacts of the house whom callers are sent to; people by how they are."""
    return [*_people(user, [], "transfer", most=None), *_queues([], "transfer", most=None), *every_contact()]


def matches(wanted: Iterable[str], *texts: str) -> bool:
    """Each word of what is wanted is at the beginning of a word of the texts."""
    words = [word for text in texts for word in fold(text).replace("-", " ").split()]
    return all(any(word.startswith(piece) for word in words) for piece in wanted)


def reachable() -> QuerySet[User]:
    """Everybody whom the switch knows to ring."""
    has_phone = (
        Q(queue_memberships__isnull=False)
        | Q(sip_devices__isnull=False)
        | Q(extensions__is_active=True)
        | Q(roles__role__in=("agent", "attendant"))
    )
    known = User.objects.filter(has_phone).values("pk")
    return User.objects.filter(is_active=True, pk__in=known)


def _people(
    user: User, wanted: list[str], purpose: str, *, most: int | None = MOST_PEOPLE
) -> list[Destination]:
    people = reachable().exclude(pk=user.pk).select_related("status")
    reasons = list(PauseReason.objects.all())
    memberships = Prefetch("memberships", Membership.objects.select_related("team"))
    everybody = list(people.prefetch_related("extensions", memberships))
    absent = _absent(everybody)
    found = []
    for one in everybody:
        lines = [line for line in one.extensions.all() if line.is_active]
        teams = [membership.team.name for membership in one.memberships.all()]
        numbers = [line.number for line in lines]
        about = [text for line in lines for text in (line.label, line.department) if text]
        if matches(wanted, one.full_name, *numbers, *teams, *about):
            detail = " · ".join(dict.fromkeys([*about, *teams]))
            away = [name for to in _own_places(one, numbers) for name in absent.get(to, ())]
            lamp = _standing_in(lamp_of(one, reasons), away)
            found.append(_person(one, detail, numbers, lamp, purpose))
    found.sort(key=lambda one: _rank(one, wanted))
    return found[:most]


def _absent(people: Iterable[User]) -> dict[str, list[str]]:
    """Whose calls go where."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in people:
        status = getattr(one, "status", None)
        if status is not None and (always := status.desk.get("always")):
            found[always].append(one.full_name)
    return found


def _own_places(user: User, numbers: Iterable[str]) -> list[str]:
    return [f"agent:{user.pk}", *(f"extension:{number}" for number in numbers)]


def _standing_in(lamp: Lamp, names: list[str]) -> Lamp:
    if not names:
        return lamp
    words = _("stands in for %(names)s") % {"names": ", ".join(names)}
    return replace(lamp, words=f"{lamp.words} · {words}")


def _person(user: User, detail: str, numbers: list[str], lamp: Lamp, purpose: str) -> Destination:
    return Destination(
        to=f"agent:{user.pk}",
        kind="person",
        name=user.full_name,
        detail=detail,
        number=", ".join(numbers),
        lamp=lamp.colour,
        status=lamp.words,
        since=lamp.since,
        can_consult=purpose == "transfer",
        can_promise=purpose == "transfer" and lamp.colour != "free",
        can_pick_up=purpose == "dial" and lamp.colour == "ringing",
    )


_BY_LAMP = {"free": 0, "ringing": 1, "busy": 1, "away": 2, "off": 3}


def _rank(one: Destination, wanted: list[str]) -> tuple[bool, bool, int, str]:
    """Whose extension it is, then whose name begins so, then who is free."""
    whole = " ".join(wanted)
    is_number = bool(whole) and whole in one.number.split(", ")
    begins = not whole or fold(one.name).startswith(whole)
    return (not is_number, not begins, _BY_LAMP.get(one.lamp, 2), fold(one.name))


def _queues(wanted: list[str], purpose: str, *, most: int | None = MOST_OF_A_KIND) -> list[Destination]:
    queues = Queue.objects.filter(is_active=True).prefetch_related("extensions")
    found = [queue for queue in queues if matches(wanted, queue.name, *(_numbers(queue.extensions.all())))]
    if not found:
        return []
    waiting: dict[int, Any] = {
        row["queue"]: row
        for row in QueueWait.objects.filter(left_at__isnull=True)
        .values("queue")
        .annotate(waiting=Count("pk"), since=Min("entered_at"))
        .order_by()
    }
    staffing = figures.staffing()
    none = figures.Staffing()
    return [
        _queue(queue, waiting.get(queue.pk), staffing.get(queue.pk, none).free, purpose)
        for queue in found[:most]
    ]


def _numbers(lines: Iterable[Extension]) -> list[str]:
    return [line.number for line in lines if line.is_active]


def _queue(queue: Queue, waiting: dict[str, Any] | None, free: int, purpose: str) -> Destination:
    waits = waiting["waiting"] if waiting else 0
    words = [ngettext("%(n)s free", "%(n)s free", free) % {"n": free}]
    if waits:
        words.append(ngettext("%(n)s waiting", "%(n)s waiting", waits) % {"n": waits})
    return Destination(
        to=f"queue:{queue.pk}",
        kind="queue",
        name=queue.name,
        number=", ".join(_numbers(queue.extensions.all())),
        lamp="free" if free and not waits else "busy" if waits else "away",
        status=" · ".join(words),
        since=waiting["since"] if waiting else None,
        can_consult=purpose == "transfer",
    )


def _greetings(wanted: list[str], purpose: str) -> list[Destination]:
    """Whoever is sent to a number of the house hears its greeting and goes where its callers go."""
    if not wanted:
        return []
    numbers = Number.objects.filter(is_active=True, queue__is_active=True).select_related("queue")
    return [
        Destination(
            to=f"greeting:{number.dialled}",
            kind="greeting",
            name=number.name or number.number,
            detail=number.queue.name,
            number=number.number if number.name else "",
            status=_("announcement, then the queue"),
            can_consult=purpose == "transfer",
        )
        for number in numbers
        if matches(wanted, number.name, number.number, number.queue.name)
    ][:MOST_OF_A_KIND]


def _contacts(wanted: list[str]) -> list[Destination]:
    if not wanted:
        return []
    found = [one for one in every_contact() if matches(wanted, one.name, one.detail, one.number)]
    return found[:MOST_OF_A_KIND]


def every_contact() -> list[Destination]:
    return [
        Destination(
            to=f"outside:{contact.dialled}",
            kind="outside",
            name=contact.name,
            detail=" · ".join(filter(None, (contact.label, contact.department))),
            number=contact.number,
            status=_("number outside"),
            can_consult=True,
        )
        for contact in OutsideContact.objects.filter(is_active=True)
    ]


def typed_number(text: str) -> Destination | None:
    """What is written like a number of the public network; whether it may be called is said when it is."""
    digits = phone_number.digits_of(text)
    if len(digits) < LEAST_DIGITS or not _OF_NUMBERS.issuperset(text.strip()):
        return None
    whole = phone_number.e164(text, default_region())
    number = whole or digits
    shown = phone_number.shown(number)
    status = _("number outside")
    return Destination(f"outside:{number}", "outside", shown, number=shown, status=status, can_consult=True)


def _places(wanted: list[str]) -> list[Destination]:
    place = Destination("place:", "place", _("Park"), status=_("at the first free place"))
    if not wanted:
        return [place]
    digits = wanted[-1] if wanted[-1].isdecimal() and len(wanted[-1]) <= 2 else ""
    words = wanted[:-1] if digits else wanted
    if not matches(words, place.name, "P") or not (words or digits):
        return []
    if not digits:
        return [place]
    status = _("at place %(place)s") % {"place": digits}
    return [replace(place, to=f"place:{digits}", number=digits, status=status)]

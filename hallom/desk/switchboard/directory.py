"""The attendant's directory: colleagues, queues, partners and customers in one list, each with how they are just now."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from hallom.customers import lookup, phone_number
from hallom.customers.folding import fold
from hallom.customers.models import ContactKind, ContactPoint, Customer
from hallom.desk import destinations
from hallom.desk.destinations import Destination
from hallom.staff.models import User
from hallom.staff.permissions import can, visible

# What fits on the smallest screen without looking for it, and more has too many of the same name.
MOST = 40
MOST_CUSTOMERS = 6
# Fewer letters than this fit half of the customers.
LEAST_LETTERS = 3
MOST_DEPARTMENTS = 3
ALL, FREE, OUTSIDE = "", "free", "outside"
KEYS = 9


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Row:
    """`key` with Alt sends the caller there."""

    to: Destination
    pieces: tuple[Piece, ...]
    key: str = ""
    is_quick: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    value: str
    label: str


def filters(everybody: Iterable[Destination]) -> list[Filter]:
    departments = Counter(one.detail.rpartition(" · ")[2] for one in everybody if one.kind == "person")
    largest = [name for name, _n in departments.most_common() if name][:MOST_DEPARTMENTS]
    return [
        Filter(ALL, _("All")),
        Filter(FREE, _("Free")),
        *(Filter(name, name) for name in sorted(largest, key=fold)),
        Filter(OUTSIDE, _("Outside")),
    ]


def rows(
    user: User, everybody: Sequence[Destination], text: str, *, only: str = ALL, quick: Iterable[str] = ()
) -> list[Row]:
    """Names and numbers that begin so go before those that have it somewhere; without a text, everybody."""
    wanted = fold(text.strip()[: destinations.LONGEST_TEXT]).replace("-", " ").split()
    found = [one for one in everybody if destinations.matches(wanted, one.name, one.number, one.detail)]
    found.sort(key=lambda one: _rank(one, wanted))
    if wanted:
        found += _customers(user, text, {one.to for one in found})
        found += _typed(text, found)
    favourites = set(quick)
    return [
        Row(one, marked(one.name, wanted), str(place) if place <= KEYS else "", one.to in favourites)
        for place, one in enumerate((one for one in found if _is_of(one, only)), 1)
    ][:MOST]


def _is_of(one: Destination, only: str) -> bool:
    if only == FREE:
        return one.lamp == "free"
    if only == OUTSIDE:
        return one.kind in ("outside", "customer")
    return not only or fold(only) in map(fold, one.detail.split(" · "))


def _rank(one: Destination, wanted: Sequence[str]) -> tuple[bool, bool]:
    """The order of the whole list decides among equals: people by how they are, then queues, then partners."""
    whole_text = " ".join(wanted)
    is_number = bool(whole_text) and whole_text in one.number.split(", ")
    in_name = destinations.matches(wanted, one.name)
    return (not is_number, not in_name)


def _customers(user: User, text: str, known: set[str]) -> list[Destination]:
    """Somebody may be looked for who is no colleague at all."""
    if len(fold(text)) < LEAST_LETTERS or not can(user, "customer.view"):
        return []
    phones = Prefetch("contact_points", ContactPoint.objects.filter(kind=ContactKind.PHONE), to_attr="phones")
    found = visible(user, lookup.by_text(text)).prefetch_related(phones)[:MOST_CUSTOMERS]
    rows = [_customer(one) for one in found]
    return [one for one in rows if one is not None and one.to not in known]


def _customer(customer: Customer) -> Destination | None:
    point = next(iter(getattr(customer, "phones", ())), None)
    if point is None:
        return None
    number = point.normalised or point.value
    return Destination(
        to=f"outside:{number}",
        kind="customer",
        name=customer.name,
        detail=" · ".join((_("customer"), customer.code)),
        number=phone_number.shown(number),
        status=_("number outside"),
        can_consult=True,
    )


def _typed(text: str, found: Sequence[Destination]) -> list[Destination]:
    typed = destinations.typed_number(text)
    is_known = typed is None or any(
        typed.to == one.to or text.strip() in one.number.split(", ") for one in found
    )
    return [] if typed is None or is_known else [typed]


def marked(name: str, wanted: Sequence[str]) -> tuple[Piece, ...]:
    """The name in pieces, those that were typed marked."""
    pieces: list[Piece] = []
    rest = name
    while rest:
        word, separator, rest = _next_word(rest)
        length = max((len(one) for one in wanted if fold(word).startswith(one)), default=0)
        if length:
            pieces.append(Piece(word[:length], True))
        if word[length:] + separator:
            pieces.append(Piece(word[length:] + separator, False))
    return tuple(pieces)


def _next_word(text: str) -> tuple[str, str, str]:
    end = next((at for at, letter in enumerate(text) if letter in " -"), len(text))
    return text[:end], text[end : end + 1], text[end + 1 :]

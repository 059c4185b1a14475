"""The house's own fields as filters of the ticket list.

What is chosen is ``own.<key>`` in a query string (``.from`` and ``.to`` for dates, ``.exactly`` for text); what is
written, text and the ends of numbers, is ``typed.<key>`` and so stands in no address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Case, DecimalField, Func, Q, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import GreaterThanOrEqual, IContains, IExact, LessThanOrEqual, Regex
from django.utils.translation import gettext as _

from hallom.tickets.fields import Definition, WrongValue, clean
from hallom.tickets.models import Field, FieldKind
from hallom.timeline.prepared import PreparedModels
from hallom.ui.typed_search import OWN_TYPED

CHOSEN = "own."
LONGEST = 100
# A field may have been one of text before it became one of numbers.
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_RANGES = (FieldKind.NUMBER, FieldKind.DATE)
_TEXTS = (FieldKind.TEXT, FieldKind.LONG_TEXT)
_FIELDS = PreparedModels(Field, lambda: Field.objects.filter(is_active=True))


@dataclass(frozen=True, slots=True)
class Asked:
    """One field as the form shows it; ``value`` is what is looked for, of numbers and dates the lower end."""

    label: str
    kind: str
    name: str
    value: str
    highest: str
    exactly: str
    is_exact: bool
    choices: tuple[tuple[str, str], ...]

    @property
    def is_range(self) -> bool:
        return self.kind in _RANGES


def in_use() -> list[Field]:
    return _FIELDS.objects()


def is_name(name: str) -> bool:
    return name.startswith((CHOSEN, OWN_TYPED))


def given(query: Mapping[str, Any]) -> dict[str, str]:
    """What is asked of own fields, with sense or without."""
    values = {name: str(query[name]).strip()[:LONGEST] for name in sorted(query) if is_name(name)}
    return {name: value for name, value in values.items() if value}


def asked(fields: Iterable[Field], values: Mapping[str, str]) -> list[Asked]:
    return [_asked(field, values) for field in fields]


def narrowing(fields: Iterable[Field], values: Mapping[str, str]) -> Q:
    """What no field in use understands is left out."""
    return reduce(and_, (_condition(field, values) for field in fields), Q())


def _asked(field: Field, values: Mapping[str, str]) -> Asked:
    name, exactly = _name(field), _exactly(field)
    return Asked(
        label=field.label,
        kind=field.kind,
        name=name,
        value=values.get(f"{name}.from" if field.kind in _RANGES else name, ""),
        highest=values.get(f"{name}.to", ""),
        exactly=exactly,
        is_exact=exactly in values,
        choices=tuple(_choices(field)),
    )


def _name(field: Field) -> str:
    is_written = field.kind in (*_TEXTS, FieldKind.NUMBER)
    return f"{OWN_TYPED if is_written else CHOSEN}{field.key}"


def _exactly(field: Field) -> str:
    return f"{CHOSEN}{field.key}.exactly"


def _choices(field: Field) -> Sequence[tuple[str, str]]:
    if field.kind == FieldKind.YES_NO:
        return (("yes", _("yes")), ("no", _("no")))
    return [(one, one) for one in field.choices]


def _condition(field: Field, values: Mapping[str, str]) -> Q:
    name, kept = _name(field), KeyTextTransform(field.key, "fields")
    if field.kind in _RANGES:
        low, high = (_kept(field, values.get(f"{name}.{end}", "")) for end in ("from", "to"))
        return _between(_number(kept) if field.kind == FieldKind.NUMBER else kept, low, high)
    value = values.get(name, "")
    if field.kind in _TEXTS and value:
        return Q(IExact(kept, value) if _exactly(field) in values else IContains(kept, value))
    known = _kept(field, value)
    return Q() if known is None else Q(fields__contains={field.key: known})


def _between(value: Any, low: Any, high: Any) -> Q:
    least = Q() if low is None else Q(GreaterThanOrEqual(value, low))
    return least if high is None else least & Q(LessThanOrEqual(value, high))


def _number(kept: Any) -> Case:
    # In a CASE, as PostgreSQL may ask the conditions of an AND in any order.
    number = Func(kept, template="(%(expressions)s)::numeric", output_field=DecimalField())
    return Case(When(Regex(kept, _NUMBER), then=number))


def _kept(field: Field, value: str) -> Any:
    """The value as a ticket keeps it; None for what is none."""
    try:
        return clean(Definition(field.key, field.kind, field.choices), value)
    except WrongValue:
        return None

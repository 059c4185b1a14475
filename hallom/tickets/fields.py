"""The values of the house's own fields: from what a form, a macro or a mail says to what is kept, and back to words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

LONGEST = {"text": 400, "long_text": 20_000}
# A number is kept as text; nobody's number is longer, and a longer one costs without end to write out.
MOST_DIGITS = 30
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}

Value = str | bool | list[str]


class WrongValue(ValueError):
    """A field does not take this value; ``key`` is the field's, ``code`` says why."""

    def __init__(self, key: str, code: str) -> None:
        super().__init__(f"{key}: {code}")
        self.key = key
        self.code = code


@dataclass(frozen=True, slots=True)
class Definition:
    """What a value is checked against."""

    key: str
    kind: str
    choices: Sequence[str] = ()


def clean(definition: Definition, raw: Any) -> Value | None:
    """The value as it is kept, None for none. Raises WrongValue: too_long, not_a_number, not_a_date, not_yes_or_no, not_a_choice, unknown_kind."""
    if raw is None or raw in ("", []):
        return None
    checks = {
        "text": _text,
        "long_text": _text,
        "number": _number,
        "date": _date,
        "yes_no": _yes_no,
        "choice": _choice,
        "choices": _choices,
    }
    if definition.kind not in checks:
        raise WrongValue(definition.key, "unknown_kind")
    return checks[definition.kind](definition, raw)


def in_words(kind: str, value: Any) -> str:
    """A kept value as people read it; what does not fit its field any more is shown as it is."""
    if value is None:
        return ""
    if kind == "yes_no":
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    try:
        if kind == "date":
            return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
        if kind == "number":
            return number_format(Decimal(value))
    except (ValueError, TypeError, InvalidOperation):
        return str(value)
    return str(value)


def _text(definition: Definition, raw: Any) -> str | None:
    # PostgreSQL keeps no NUL in JSON.
    text = str(raw).replace("\x00", "")
    kept = " ".join(text.split()) if definition.kind == "text" else text.strip()
    if len(kept) > LONGEST[definition.kind]:
        raise WrongValue(definition.key, "too_long")
    return kept or None


def _number(definition: Definition, raw: Any) -> str | None:
    text = "".join(str(raw).split()).replace(",", ".")
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise WrongValue(definition.key, "not_a_number") from None
    if isinstance(raw, bool) or not number.is_finite():
        raise WrongValue(definition.key, "not_a_number")
    if abs(number.adjusted()) > MOST_DIGITS or len(number.as_tuple().digits) > MOST_DIGITS:
        raise WrongValue(definition.key, "too_long")
    return format(number, "f")


def _date(definition: Definition, raw: Any) -> str:
    if isinstance(raw, date):
        return date(raw.year, raw.month, raw.day).isoformat()
    try:
        return date.fromisoformat(str(raw).strip()).isoformat()
    except ValueError:
        raise WrongValue(definition.key, "not_a_date") from None


def _yes_no(definition: Definition, raw: Any) -> bool:
    word = str(raw).strip().casefold()
    if word not in _YES | _NO:
        raise WrongValue(definition.key, "not_yes_or_no")
    return word in _YES


def _choice(definition: Definition, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in definition.choices:
        raise WrongValue(definition.key, "not_a_choice")
    return raw


def _choices(definition: Definition, raw: Any) -> list[str]:
    given: Iterable[Any] = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list | tuple | set | frozenset):
        raise WrongValue(definition.key, "not_a_choice")
    chosen = {_choice(definition, one) for one in given}
    return [one for one in definition.choices if one in chosen]

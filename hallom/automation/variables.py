"""Variables of text templates: ``{{ customer.name }}``. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

# Editors put unbreakable spaces and stray case where people only meant to write a name.
_SPACE = r"(?:\s|&nbsp;|\u00a0)*"
_VARIABLE = re.compile(rf"\{{\{{{_SPACE}([A-Za-z][A-Za-z0-9_.\-]{{0,79}}){_SPACE}\}}\}}")
_TAG = re.compile(r"(<[^<>]*>)")
FIELD = "field."

NAMES = (
    "customer.name",
    "customer.first_name",
    "customer.code",
    "ticket.number",
    "ticket.subject",
    "agent.name",
    "agent.first_name",
    "team.name",
    "organisation.name",
    "now.date",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """``missing`` are the names that had no value, each once; in the HTML they are marked, in plain text named."""

    html: str
    missing: tuple[str, ...]


def fill(html: str, values: Mapping[str, str], *, label: Callable[[str], str] = str) -> Filled:
    """``label`` says what a reader calls a missing variable. A missing one within a tag leaves nothing behind."""
    missing: dict[str, None] = {}

    def value(name: str, *, is_text: bool) -> str:
        found = values.get(name.lower(), "")
        if found:
            return escape(found)
        missing[name.lower()] = None
        return (
            f'<mark data-missing="{escape(name.lower())}">{escape(label(name.lower()))}</mark>'
            if is_text
            else ""
        )

    pieces = [
        _VARIABLE.sub(lambda found, is_text=not number % 2: value(found[1], is_text=is_text), piece)
        for number, piece in enumerate(_TAG.split(html))
    ]
    return Filled("".join(pieces), tuple(missing))


def named(html: str) -> tuple[str, ...]:
    """The variables a text uses, each once, in their order."""
    return tuple(dict.fromkeys(name.lower() for name in _VARIABLE.findall(html)))


def unknown(html: str) -> tuple[str, ...]:
    """Those no ticket can ever fill: slips of whoever writes a template."""
    return tuple(name for name in named(html) if name not in NAMES and not name.startswith(FIELD))


def first_name(name: str, language: str) -> str:
    """Hungarian names end with it, others begin with it; titles are left out."""
    words = [word for word in name.split() if word.rstrip(".").casefold() not in _TITLES]
    if not words:
        return ""
    return words[-1] if language == "hu" else words[0]


_TITLES = frozenset({"dr", "id", "ifj", "özv", "prof", "mgr", "inż", "mr", "mrs", "ms"})

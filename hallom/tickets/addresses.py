"""Where a ticket's page is; a list asks for sixty of them at once."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from django.urls import reverse

# The sub-resources that the page of a ticket leads to.
_PARTS = {
    **{
        name: name
        for name in ("head", "facts", "snooze", "merge", "history", "spam", "deletion", "ownership")
    },
    **{
        name: name
        for name in (
            "assignment",
            "closure",
            "status",
            "conversation",
            "aside",
            "answer",
            "composer",
            "sender",
        )
    },
    "page": "ticket",
}


@lru_cache(maxsize=500)
def urls_of(number: int) -> Mapping[str, str]:
    """What the page of a ticket leads to, by the names of the sub-resources: fifteen of them, twenty times a page."""
    found = {part: reverse(f"tickets:{name}", args=[number]) for part, name in _PARTS.items()}
    return MappingProxyType(found)


@lru_cache(maxsize=10_000)
def page_of(number: int) -> str:
    return reverse("tickets:ticket", args=[number])

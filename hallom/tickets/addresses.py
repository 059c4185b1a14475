"""Where a ticket's page is; a list asks for sixty of them at once."""

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=10_000)
def page_of(number: int) -> str:
    return reverse("tickets:ticket", args=[number])

"""Colleagues by the beginning of a name, as one types it after an @."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from hallom.staff.models import Membership, User


def matching(q: str, *, but: User, team: int | None) -> Iterator[User]:
    """Each word begins a word of the name, accents or not; those of the team first."""
    words = _folded(q).split()
    members = set(Membership.objects.filter(team=team).values_list("user_id", flat=True)) if team else set()
    names = User.objects.filter(is_active=True).exclude(pk=but.pk).values_list("pk", "full_name")
    found = [(pk not in members, _folded(name), pk) for pk, name in names if _fits(words, _folded(name))]
    for _other, _name, pk in sorted(found):
        yield User.objects.prefetch_related("teams").get(pk=pk)


def _fits(words: list[str], name: str) -> bool:
    parts = name.replace("-", " ").split()
    return all(any(part.startswith(word) for part in parts) for word in words)


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in bare if not unicodedata.combining(sign)).casefold()

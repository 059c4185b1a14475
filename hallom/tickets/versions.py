"""Which of the versions of a text, one for each language, somebody gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar


class Version(Protocol):
    @property
    def pk(self) -> Any: ...

    @property
    def language(self) -> str: ...


V = TypeVar("V", bound=Version)


def version_of(versions: Iterable[V], languages: Sequence[str]) -> V | None:
    """The first language there is a version in; else the version that was written first."""
    by_language = {version.language: version for version in versions}
    found = next((by_language[language] for language in languages if language in by_language), None)
    return found or min(by_language.values(), key=lambda one: one.pk, default=None)

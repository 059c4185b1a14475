"""The entries of the rail and of the administration pages, filled by the rooms that own them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import get_urlconf, reverse

from hallom.ui import hooks


@dataclass(frozen=True, slots=True)
class RailEntry:
    label: Any
    url_name: str
    icon: str
    act: str
    order: int
    count: Callable[[Any], int] | None


@dataclass(frozen=True, slots=True)
class SettingsEntry:
    section: Any
    label: Any
    url_name: str
    act: str


@dataclass(frozen=True, slots=True)
class Link:
    label: Any
    url: str
    icon: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Section:
    label: Any
    links: tuple[Link, ...]


_rail: dict[str, RailEntry] = {}
_settings: dict[str, SettingsEntry] = {}


def register_rail(
    label: Any,
    url_name: str,
    *,
    icon: str,
    act: str = "",
    order: int = 50,
    count: Callable[[Any], int] | None = None,
) -> None:
    """An entry of the left rail; `count(user)` is the number in its badge."""
    _rail[url_name] = RailEntry(label, url_name, icon, act, order, count)


def register(section: Any, label: Any, url_name: str, act: str) -> None:
    """A page of the administration, shown to those who may do `act`."""
    _settings[url_name] = SettingsEntry(section, label, url_name, act)


def rail(request: HttpRequest) -> tuple[Link, ...]:
    user = request.user
    entries = sorted(_rail.values(), key=lambda entry: entry.order)
    addresses = get_urlconf()
    return tuple(
        Link(
            str(entry.label),
            url := _url(entry.url_name, addresses),
            entry.icon,
            entry.count(user) if entry.count else 0,
            _leads_to(url, request.path),
        )
        for entry in entries
        if not entry.act or hooks.may(user, entry.act)
    )


# Each page shows them all.
@lru_cache(maxsize=100)
def _url(name: str, _addresses: str | None) -> str:
    return reverse(name)


def settings_sections(request: HttpRequest) -> list[Section]:
    sections: dict[str, tuple[Any, list[Link]]] = {}
    for entry in _settings.values():
        if not hooks.may(request.user, entry.act):
            continue
        url = reverse(entry.url_name)
        link = Link(entry.label, url, "", 0, request.path.startswith(url))
        sections.setdefault(str(entry.section), (entry.section, []))[1].append(link)
    return [Section(label, tuple(links)) for label, links in sections.values()]


def _leads_to(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)

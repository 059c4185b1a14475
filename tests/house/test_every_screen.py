"""Whoever walks through the demo organisation by its links comes to no page that the walks in the browser pass by."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from typing import Any, cast
from urllib.parse import urljoin

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import Resolver404, resolve

from hallom.config import setup
from hallom.staff.models import User
from tests.browser import test_screens, test_toll
from tests.browser.running import Running

pytestmark = pytest.mark.django_db

LINK = re.compile(rb'(?:href|hx-get|action)="([^"#]+)')
# So many addresses of one route are opened: what a page links to hangs on what it is about.
MOST_OF_A_KIND = 3


class Row(dict[str, Any]):
    def __missing__(self, column: str) -> int:
        return 1


class AnyHouse:
    """In place of the running product where the shape of an address is enough."""

    def query(self, *_: Any) -> list[Row]:
        return [Row()]


def route_of(path: str) -> str:
    try:
        return resolve(path.partition("?")[0]).view_name
    except Resolver404:
        return ""


def looked_at() -> set[str]:
    house = cast(Running, AnyHouse())
    walks = (
        test_screens.screens_of_administrator,
        test_screens.screens_of_supervisor,
        test_screens.screens_of_attendant,
        test_screens.screens_of_agent,
        test_toll.screens_of_toll,
    )
    return {route_of(path) for walk in walks for path in walk(house).values()}


def pages_from(start: str, client: Client) -> Iterator[str]:
    """Routes of the whole pages that can be come to by links; what is loaded into a page is gone through as well."""
    opened: Counter[str] = Counter()
    ahead, known = deque([start]), {start}
    while ahead:
        path = ahead.popleft()
        route = route_of(path)
        opened[route] += 1
        if not route or opened[route] > MOST_OF_A_KIND:
            continue
        answer = client.get(path)
        told = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code == 200 and told.lstrip()[:9].lower() == b"<!doctype":
            yield route
        for found in [*LINK.findall(told), answer.get("Location", "").encode()]:
            link = urljoin(path, unescape(found.decode()))
            if link not in known:
                known.add(link)
                ahead.append(link)


def test_every_page_that_can_be_come_to_is_looked_at(settings: LazySettings, client: Client) -> None:
    settings.HALLOM_DEMO = True
    setup.demo([])
    found: set[str] = set()
    for username in (
        test_screens.ADMINISTRATOR,
        test_screens.SUPERVISOR,
        test_screens.AGENT,
        test_screens.ATTENDANT,
    ):
        client.force_login(User.objects.get(username=username))
        found |= set(pages_from("/", client))
    assert len(found) > 80
    assert sorted(found - looked_at()) == []

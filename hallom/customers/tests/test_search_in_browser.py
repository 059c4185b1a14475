"""Searches for people in Chromium: found while typing, and in no address."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.ui.tests.browser_session import session_of
from hallom.ui.tests.conftest import Desk


@pytest.fixture
def desk_of_alice(
    chromium: Browser, live_server: Any, transactional_db: None, alice: User, carla: Customer
) -> Iterator[Desk]:
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    context.add_cookies([{"name": "sessionid", "value": session_of(alice), "url": live_server.url}])
    desk = Desk(context.new_page(), live_server.url)
    desk.page.set_default_timeout(8000)
    yield desk
    context.close()


def test_what_is_typed_about_people_stands_in_no_address(desk_of_alice: Desk, carla: Customer) -> None:
    asked: list[str] = []
    page = desk_of_alice.open("/customers/")
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("/")
    page.keyboard.type("zzzz")
    expect(page.locator("#rows")).to_contain_text("Nobody is like this")
    page.locator("input[name=q]").fill(carla.name)
    expect(page.locator("#rows a.main")).to_have_text(carla.name)
    desk_of_alice.open("/tickets/new/")
    page.locator("#customer-text").press_sequentially("Zara Neu")
    page.get_by_role("button", name="New customer").press("Enter")
    expect(page.locator("input[name=name]")).to_have_value("Zara Neu")
    assert [url for url in [*asked, page.url] if "zzzz" in url or "Zara" in url or "q=" in url] == []
    assert desk_of_alice.violations() == []

"""Nothing of the set-up is removed by one click: what comes of it is said first, and what was typed waits behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from hallom.automation.models import TextTemplate
from hallom.automation.tests.conftest import template
from hallom.staff.models import Role
from hallom.staff.tests.cast import person
from hallom.ui.tests.browser_session import session_of


@pytest.fixture
def page(transactional_db: None, chromium: Browser, live_server: Any) -> Iterator[Page]:
    user = person("uma", "Uma Umbrella", Role.SUPERVISOR, Role.ADMINISTRATOR)
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto(f"{live_server.url}/settings/templates/{template('Hello', en='<p>x</p>').pk}/")
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


@pytest.mark.browser
def test_who_thinks_better_of_it_has_what_was_typed(page: Page) -> None:
    page.locator("input[name=name]").fill("Hello again")
    page.get_by_role("button", name="Remove").click()
    asked = page.get_by_role("dialog", name="Remove “Hello”?")
    expect(asked).to_contain_text("gone from the set-up for good")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_be_hidden()
    expect(page.get_by_role("button", name="Remove")).to_be_focused()
    expect(page.locator("input[name=name]")).to_have_value("Hello again")
    assert TextTemplate.objects.exists()


@pytest.mark.browser
def test_it_is_removed_by_keys_alone(page: Page) -> None:
    page.get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    asked = page.get_by_role("dialog")
    expect(asked).to_be_visible()
    while asked.locator(".danger:focus").count() == 0:
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Text templates")
    expect(asked).to_be_hidden()
    assert not TextTemplate.objects.exists()

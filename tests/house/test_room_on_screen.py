"""What shall be seen at once at 1280 × 720, in every language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from hallom.calls.models import Queue
from hallom.calls.tests.phone_house import make_queue, serve
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.ui.tests.browser_session import session_of

LOCALES = {"en": "en-GB", "hu": "hu-HU", "pl": "pl-PL"}


@pytest.fixture
def open_page(
    transactional_db: None, chromium: Browser, live_server: Any
) -> Iterator[Callable[[str, str], Page]]:
    """``open_page(language, path)``, as somebody who may do everything."""
    user = person("uma", "Uma Umbrella", *Role, team=Team.objects.create(name="Technical"))
    serve(make_queue("Ügyfélszolgálat és számlázás"), user)
    contexts = []

    def opened(language: str, path: str) -> Page:
        User.objects.filter(pk=user.pk).update(language=language)
        user.refresh_from_db()
        context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale=LOCALES[language])
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", LOCALES)
def test_the_filters_of_the_calls_stand_in_one_row(
    language: str, open_page: Callable[[str, str], Page]
) -> None:
    for asked in ("", f"?queue={Queue.objects.get().pk}"):
        tops = open_page(language, f"/calls/{asked}").eval_on_selector_all(
            "#call-search > :is(input, select, button, a):not([type=hidden]), #call-search summary",
            "fields => fields.map(field => { const at = field.getBoundingClientRect(); return at.top + at.height / 2 })",
        )
        assert len(tops) >= 8
        assert max(tops) - min(tops) < 6, tops


@pytest.mark.parametrize("language", LOCALES)
def test_all_settings_are_seen_without_scrolling(
    language: str, open_page: Callable[[str, str], Page]
) -> None:
    page = open_page(language, "/settings/")
    assert page.locator(".settings-index a").count() > 20
    hidden = page.eval_on_selector(
        "#settings-heading",
        "h1 => { const body = h1.closest('.pane').querySelector('.pane-body'); return body.scrollHeight - body.clientHeight }",
    )
    assert hidden <= 0

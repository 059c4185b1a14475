"""The filters of the calls stand in one row at 1280 pixels, in every language, chosen or not."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from hallom.calls.tests.phone_house import call_of, make_number, make_queue, serve
from hallom.staff.models import Role, Team
from hallom.staff.tests.cast import person
from hallom.ui.tests.browser_session import session_of

LOCALES = {"en": "en-GB", "hu": "hu-HU", "pl": "pl-PL"}


@pytest.mark.browser
@pytest.mark.parametrize("language", LOCALES)
def test_the_filters_of_the_calls_stand_in_one_row(
    language: str, transactional_db: None, chromium: Browser, live_server: Any
) -> None:
    user = person("uma", "Uma Umbrella", Role.SUPERVISOR, team=Team.objects.create(name="Technical"))
    type(user).objects.filter(pk=user.pk).update(language=language)
    user.refresh_from_db()
    queue = make_queue("Ügyfélszolgálat és számlázás")
    serve(queue, user)
    call_of(user, make_number(queue))
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale=LOCALES[language])
    context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
    page = context.new_page()
    for asked in ("", f"?queue={queue.pk}"):
        page.goto(f"{live_server.url}/calls/{asked}")
        page.wait_for_load_state("networkidle")
        tops = page.eval_on_selector_all(
            "#call-search > :is(input, select, button, a):not([type=hidden]), #call-search summary",
            "fields => fields.map(field => { const at = field.getBoundingClientRect(); return at.top + at.height / 2 })",
        )
        assert len(tops) >= 8
        assert max(tops) - min(tops) < 6, tops
    context.close()

"""The pages of the toll policy, and a number tried by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.running import Running
from tests.browser.test_screens import ADMINISTRATOR, LANGUAGES, first, pictures
from tests.browser.walking import Look, look_at, traffic_of


def try_premium(page: Page) -> None:
    page.locator("#id_user").select_option(label="Bíró Nóra")
    page.locator("#id_number").focus()
    page.keyboard.type("06 90 123 456")
    page.keyboard.press("Enter")
    page.locator("[role=status] .chip.cherry").wait_for()


def screens_of_toll(running: Running) -> dict[str, str]:
    """Name → path."""
    return {
        "toll": "/settings/toll/",
        "toll-policy-new": "/settings/toll/policies/new/",
        "toll-policy": f"/settings/toll/policies/{first(running, 'calls_tollpolicy')}/",
        "toll-prices": "/settings/toll/prices/",
        "toll-numbers": "/settings/toll/numbers/",
        "toll-number-new": "/settings/toll/numbers/new/",
        "toll-number": f"/settings/toll/numbers/{first(running, 'calls_allowednumber')}/",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_the_toll_policy(language: str, running: Running, sign_in: Callable[..., Page]) -> None:
    page = sign_in(ADMINISTRATOR, language=language)
    traffic = traffic_of(page)
    problems: list[str] = []
    for name, path in screens_of_toll(running).items():
        url = running.url + path
        problems += look_at(page, traffic, url, Look(name, pictures(language, f"settings-{name}"), language))
    url = f"{running.url}/settings/toll/"
    tried = Look("tried", pictures(language, "state-toll-tried"), language, act=try_premium)
    problems += look_at(page, traffic, url, tried)
    assert not problems, "\n".join(problems)
    assert "06 90" not in page.url

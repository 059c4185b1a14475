"""The pages of the toll policy, and a number tried by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SCREENSHOTS
from tests.browser.running import Running
from tests.browser.test_screens import ADMINISTRATOR, first
from tests.browser.walking import Look, look_at, traffic_of

SEEN_AS = (("en", "light"), ("hu", "dark"), ("pl", "light"))


def try_premium(page: Page) -> None:
    page.locator("#id_user").select_option(label="Bíró Nóra")
    page.locator("#id_number").focus()
    page.keyboard.type("06 90 123 456")
    page.keyboard.press("Enter")
    page.locator("[role=status] .chip.cherry").wait_for()


@pytest.mark.parametrize(("language", "theme"), SEEN_AS)
def test_the_pages_of_the_toll_policy(
    language: str, theme: str, running: Running, sign_in: Callable[..., Page]
) -> None:
    folder = SCREENSHOTS / f"{language}-{theme}"
    folder.mkdir(parents=True, exist_ok=True)
    page = sign_in(ADMINISTRATOR, language=language, theme=theme)
    traffic = traffic_of(page)
    policy = first(running, "calls_tollpolicy")
    problems: list[str] = []
    for name, path in {
        "toll": "",
        "toll-policy-new": "policies/new/",
        "toll-policy": f"policies/{policy}/",
        "toll-prices": "prices/",
        "toll-numbers": "numbers/",
        "toll-number-new": "numbers/new/",
    }.items():
        url = f"{running.url}/settings/toll/{path}"
        problems += look_at(page, traffic, url, Look(name, folder / f"settings-{name}.png", language))
    url = f"{running.url}/settings/toll/"
    tried = Look("tried", folder / "state-toll-tried.png", language, act=try_premium)
    problems += look_at(page, traffic, url, tried)
    assert not problems, "\n".join(problems)
    assert "06 90" not in page.url

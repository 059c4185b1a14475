"""Every screen in three languages and two themes: axe finds nothing, nothing spills over, a picture is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import browsers
from tests.browser.conftest import SCREENSHOTS
from tests.browser.running import Running

LANGUAGES = ("en", "hu", "pl")
THEMES = ("light", "dark")
SMALLEST = (1280, 720)
SPILLS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


ADMINISTRATOR = "akos"
SUPERVISOR = "marta"


def screens_of(running: Running) -> dict[str, str]:
    """Name → path of the pages of the administrator."""
    ticket = running.query("SELECT number FROM tickets_ticket ORDER BY id LIMIT 1")[0]["number"]
    customer = running.query("SELECT id FROM customers_customer ORDER BY id LIMIT 1")[0]["id"]
    return {
        "desk": "/",
        "ticket": f"/tickets/{ticket}/",
        "tickets": "/tickets/",
        "ticket-new": "/tickets/new/",
        "customers": "/customers/",
        "customer": f"/customers/{customer}/",
        "customer-new": "/customers/new/",
        "settings": "/settings/",
        "settings-users": "/settings/users/",
        "settings-teams": "/settings/teams/",
        "settings-skills": "/settings/skills/",
        "settings-hours": "/settings/hours/",
        "settings-queues": "/settings/queues/",
        "settings-numbers": "/settings/numbers/",
        "settings-greetings": "/settings/greetings/",
        "settings-phones": "/settings/phones/",
        "settings-trunks": "/settings/trunks/",
    }


def screens_of_supervisor(running: Running) -> dict[str, str]:
    """What administrators do not see: conversations are for those who answer for them."""
    call = running.query("SELECT id FROM calls_call WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1")[0]
    return {
        "calls": "/calls/",
        "call": f"/calls/{call['id']}/",
        "recordings": "/calls/recordings/",
        "wallboard": "/wallboard/",
        "profile": "/profile/",
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(language: str, theme: str, running: Running, sign_in: Callable[..., Page]) -> None:
    folder = SCREENSHOTS / f"{language}-{theme}"
    folder.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    for username, screens in (
        (ADMINISTRATOR, screens_of(running)),
        (SUPERVISOR, screens_of_supervisor(running)),
    ):
        page = sign_in(username, language=language, theme=theme)
        for name, path in screens.items():
            problems += look_at(page, running.url + path, folder / f"{name}.png", name, language)
    assert not problems, "\n".join(problems)


def look_at(page: Page, url: str, picture: Path, name: str, language: str) -> list[str]:
    response = page.goto(url)
    page.wait_for_load_state("networkidle")
    problems = []
    if response is None or response.status != 200:
        problems.append(f"{name}: answered {response and response.status}")
    if page.locator("html").get_attribute("lang") != language:
        problems.append(f"{name}: not in {language}")
    problems += [f"{name}: {one['id']} {one['help']} {one['nodes']}" for one in browsers.violations(page)]
    page.screenshot(path=str(picture))
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    if (spill := page.evaluate(SPILLS)) > 0:
        problems.append(f"{name}: {spill} px wider than {SMALLEST[0]}")
    page.screenshot(path=str(picture.with_name(f"{picture.stem}-small.png")))
    page.set_viewport_size({"width": 1440, "height": 900})
    return problems

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


def screens_of(running: Running) -> dict[str, str]:
    """Name → path of every page a person can come to."""
    ticket = running.query("SELECT number FROM tickets_ticket ORDER BY id LIMIT 1")[0]["number"]
    customer = running.query("SELECT id FROM customers_customer ORDER BY id LIMIT 1")[0]["id"]
    call = running.query("SELECT id FROM calls_call WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1")[0][
        "id"
    ]
    return {
        "desk": "/",
        "ticket": f"/tickets/{ticket}/",
        "tickets": "/tickets/",
        "ticket-new": "/tickets/new/",
        "customers": "/customers/",
        "customer": f"/customers/{customer}/",
        "customer-new": "/customers/new/",
        "calls": "/calls/",
        "call": f"/calls/{call}/",
        "recordings": "/calls/recordings/",
        "wallboard": "/wallboard/",
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


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(language: str, theme: str, running: Running, sign_in: Callable[..., Page]) -> None:
    page = sign_in("akos", language=language, theme=theme)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": running.url}])
    folder = SCREENSHOTS / f"{language}-{theme}"
    folder.mkdir(parents=True, exist_ok=True)
    problems = []
    for name, path in screens_of(running).items():
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

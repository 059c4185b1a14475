import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser import browsers
from tests.browser.running import Running
from tests.telephony.phone import Phone

HERE = Path(__file__).parent
# As the demo's first, but nobody is greeted: what a test of something else would wait ten seconds for.
DIRECT = "+3615550108"
MAKE_DIRECT = (
    "import sys, django; django.setup()\n"
    "from django.db import connection\n"
    "from hallom.calls.models import Number\n"
    "one = Number.objects.get(number='+36 1 555 0100')\n"
    "one.pk, one.number, one.greeting = None, '+36 1 555 0108', None\n"
    "if not Number.objects.filter(number=one.number).exists(): one.save()\n"
    "connection.cursor().execute('NOTIFY switch_config')\n"
)
AGENT_TONE = 700.0
CUSTOMER_TONE = 440.0
SCREENSHOTS = HERE.parents[1] / "var" / "screenshots"
# Nobody talks in them; all others listen to sound and count its gaps, and only what gives way runs beside those.
SILENT = {
    "test_knowledge_story.py",
    "test_mail_story.py",
    "test_many_at_once.py",
    "test_screens.py",
    "test_third_party_story.py",
    "test_toll.py",
    "test_writing.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.path.name not in SILENT:
                item.add_marker(pytest.mark.alone)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.failed and (running := getattr(item, "funcargs", {}).get("running")):
        report.sections.append(("processes", running.logs()))
        for number, page in enumerate(getattr(running, "pages", ())):
            if not page.is_closed():
                path = SCREENSHOTS / "failed" / f"{item.name}-{number}.png"
                page.screenshot(path=str(path))
                report.sections.append((f"page {number}", f"{page.url}\n{path}"))
    return report


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    if kept := os.environ.get("HALLOM_BROWSER_DATA"):
        # A folder of an earlier run saves the minute that tables and demo data take.
        folder = Path(kept)
    else:
        # A unix socket's path holds 107 bytes, and pytest's own temporary folders are long.
        folder = Path(tempfile.mkdtemp(prefix="hallom-browser-"))
    house = Running(folder)
    try:
        house.open()
        house.command("-c", MAKE_DIRECT)
        yield house
    finally:
        house.close()
        if not kept and not os.environ.get("HALLOM_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not Path(browsers.CHROMIUM).exists():
        message = "chromium is missing: `apt install chromium`"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    file = browsers.microphone(tmp_path_factory.mktemp("microphone") / "agent.wav", AGENT_TONE)
    browser = browsers.launch(playwright, file)
    yield browser
    browser.close()


@pytest.fixture
def sign_in(running: Running, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody: `sign_in("nora", language="hu")`."""
    contexts: list[BrowserContext] = []
    running.pages = []  # type: ignore[attr-defined]

    def open_page(
        username: str, *, language: str = "en", theme: str = "light", size: tuple[int, int] = (1440, 900)
    ) -> Page:
        running.query("UPDATE staff_user SET language = %s WHERE username = %s", language, username)
        context = browsers.person(chromium, language=language, theme=theme, size=size)
        contexts.append(context)
        page = context.new_page()
        running.pages.append(page)  # type: ignore[attr-defined]
        page.goto(running.login_url(username))
        page.locator("form.form button.go").click()
        page.wait_for_url(f"{running.url}/**")
        page.goto(running.url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def customer(running: Running) -> Iterator[Phone]:
    with Phone(running.sip_port, hertz=CUSTOMER_TONE) as phone:
        yield phone

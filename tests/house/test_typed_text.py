"""Whatever is typed to look for something stands in no address and no log: every such field of the product, in Chromium."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from hallom.calls.tests.phone_house import call_of, make_number, make_queue, serve
from hallom.customers.models import Customer
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets.models import Ticket
from hallom.ui.tests.browser_session import session_of
from hallom.ui.tests.conftest import Desk

TEXT = "Zebulon"
ROOMS = Path(settings.BASE_DIR) / "hallom"
# A field that looks for something: a search field, a list to choose from, or text inside a form that searches.
FIELD = re.compile(r'type="search"|role="combobox"|role="search"')


class Field(NamedTuple):
    path: str
    css: str
    open: Callable[[Page], None] = lambda page: None
    is_kept: bool = False
    is_asked: bool = True


def palette(page: Page) -> None:
    page.keyboard.press("Control+k")


def destinations(page: Page) -> None:
    page.evaluate("customElements.whenDefined('hallom-search')")
    page.evaluate("document.querySelector('hallom-search').open('dial')")


def emoji(page: Page) -> None:
    page.locator(".ProseMirror").wait_for()
    page.evaluate("document.querySelector('[data-emoji]').showPopover()")


def narrow(page: Page) -> None:
    page.locator(".more-filters summary").click()


def beside(page: Page) -> None:
    page.locator("#more-about > summary").click()


def mention(page: Page) -> None:
    page.locator(".ProseMirror").wait_for()
    page.keyboard.press("n")
    page.keyboard.type("@")


def snippet(page: Page) -> None:
    page.locator(".ProseMirror").click()
    page.keyboard.type("/")


# By template, or by what is in it.
FIELDS = {
    "ui/components/palette.html": Field("/", "hallom-palette input", palette),
    "ui/components/destination_search.html": Field("/", "hallom-search input[role=combobox]", destinations),
    "ui/components/composer_popups.html": Field("{ticket}", "[data-emoji] input", emoji, is_asked=False),
    "composer: people": Field("{ticket}", ".ProseMirror", mention),
    "composer: templates": Field("{ticket}", ".ProseMirror", snippet),
    "desk/switchboard.html": Field("/switchboard/", "#find"),
    "calls/call_list.html": Field("/calls/", "input[name=q]:not([type=hidden])", is_kept=True),
    "customers/customer_list.html": Field("/customers/", "input[name=q]:not([type=hidden])", is_kept=True),
    "customers/_picker.html": Field("/tickets/new/", "#customer-text"),
    "knowledge/article_list.html": Field("/knowledge/", "input[name=q]:not([type=hidden])", is_kept=True),
    "staff/user_list.html": Field("/settings/users/", "input[name=q]:not([type=hidden])", is_kept=True),
    "tickets/ticket_list.html": Field(
        "/tickets/?status=all", "input[name=q]:not([type=hidden])", is_kept=True
    ),
    "tickets: tag": Field("/tickets/?status=all", "input[name=tag]:not([type=hidden])", narrow, is_kept=True),
    "tickets/_watchers.html": Field("{ticket}", "#watcher-text", beside),
    "tickets/merge.html": Field("{ticket}merge/", "input[name=q]:not([type=hidden])", is_kept=True),
}


def test_every_field_that_looks_for_something_is_in_the_list() -> None:
    found = {
        path.relative_to(ROOMS).as_posix().partition("/templates/")[2]
        for path in ROOMS.glob("*/templates/**/*.html")
        if FIELD.search(path.read_text())
    }
    assert found == {name for name in FIELDS if name.endswith(".html")}


def test_no_form_with_text_goes_by_get() -> None:
    wrong = []
    for path in ROOMS.glob("*/templates/**/*.html"):
        forms = re.findall(r'<form[^>]*method="get".*?</form>', path.read_text(), re.DOTALL)
        wrong.extend(path.name for form in forms if re.search(r'type="(?:search|text)"', form))
    assert wrong == []


@pytest.fixture
def user(transactional_db: None) -> User:
    return person("uma", "Uma Umbrella", *Role, team=Team.objects.create(name="Technical"))


@pytest.fixture
def ticket(user: User) -> Ticket:
    queue = make_queue()
    serve(queue, user)
    call_of(user, make_number(queue))
    customer = Customer.register(name=f"{TEXT} Zágon", by=None, now=timezone.now())
    found = Ticket.open(
        f"Of {TEXT}",
        by=user,
        now=timezone.now(),
        customer=customer,
        team=user.teams.get(),
        tags=[TEXT.lower()],
    )
    Ticket.open("Another", by=user, now=timezone.now(), team=user.teams.get())
    return found


@pytest.fixture
def tab(chromium: Browser, live_server: Any, user: User, settings: Any) -> Iterator[Desk]:
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
    desk = Desk(context.new_page(), live_server.url)
    desk.page.set_default_timeout(8000)
    yield desk
    context.close()


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_typed_stands_in_no_address_and_no_log(
    name: str, tab: Desk, ticket: Ticket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    field = FIELDS[name]
    addresses: list[str] = []
    sent: list[str] = []
    tab.page.on("request", lambda request: addresses.append(request.url))
    tab.page.on("request", lambda request: sent.append(request.post_data or ""))
    tab.page.on("framenavigated", lambda frame: addresses.append(frame.url))
    page = tab.open(field.path.format(ticket=ticket.get_absolute_url()))
    field.open(page)
    page.locator(field.css).first.press_sequentially(TEXT)
    if "calls" in name:
        page.keyboard.press("Enter")
    if field.is_asked:
        _until(page, lambda: any(TEXT in body for body in sent))
    if field.is_kept:
        _is_there_again(page, field)
    addresses.append(page.url)
    assert [one for one in addresses if TEXT.lower() in one.lower()] == []
    assert caplog.records
    assert TEXT not in caplog.text


def _is_there_again(page: Page, field: Field) -> None:
    """After a reload and on the way back; not for whoever comes anew."""
    there = page.locator(field.css)
    expect(there).to_have_value(TEXT)
    page.wait_for_load_state("networkidle")
    shown = page.locator("main").inner_text()
    for again in (page.reload, lambda: _away_and_back(page)):
        again()
        expect(there).to_have_value(TEXT)
        page.wait_for_load_state("networkidle")
        expect(page.locator("main")).to_have_text(shown, use_inner_text=True)
    here = page.url
    page.goto("about:blank")
    page.goto(here)
    expect(there).to_have_value("")


def _away_and_back(page: Page) -> None:
    page.locator('a.rail-item[href="/supervisor/"]').first.click()
    expect(page.locator("hallom-floor")).to_be_visible()
    page.go_back()


def _until(page: Page, claim: Callable[[], bool]) -> None:
    for _ in range(160):
        if claim():
            return
        page.wait_for_timeout(50)
    raise AssertionError("nothing was asked")

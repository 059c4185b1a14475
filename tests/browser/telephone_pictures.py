"""Pictures of the telephone for the guides: calls are made to the house that is photographed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.test_conversation import choose_state, deck
from tests.browser.test_supervisor_story import DEVICE, GIVE
from tests.telephony.house import Agent
from tests.telephony.phone import Phone

if TYPE_CHECKING:
    from tests.browser.pictures import Studio

TECHNICAL, SWITCHBOARD = "+3615550100", "+3615550199"
KATALIN, BENCE, UNKNOWN = "+36305124478", "+36209871230", "+36309981204"
AGENT, COLLEAGUE, SUPERVISOR, ATTENDANT, ADMINISTRATOR = "nora", "gergo", "marta", "erzsebet", "akos"
ANSWERS_MS = 20_000


@contextmanager
def callers(studio: Studio, number: str, *who: str) -> Iterator[None]:
    """They call one after the other and stay until the picture is taken."""
    phones = [Phone(studio.running.sip_port, hertz=440.0) for _ in who]
    try:
        for phone, caller in zip(phones, who, strict=True):
            phone.__enter__()
            phone.call(number, caller=caller)
        yield
    finally:
        for phone in phones:
            phone.__exit__(None, None, None)


@contextmanager
def at_work(studio: Studio, name: str) -> Iterator[Phone]:
    """A colleague with a desk phone that answers by itself."""
    key, secret = studio.running.command("-c", DEVICE, name).split()[-2:]
    with Phone(studio.running.sip_port, hertz=950.0, on_ring="answer") as phone:
        phone.register(Agent(int(key), "story-desk", secret))
        studio.running.command("-c", GIVE, name, "sign_in")
        yield phone
        studio.running.command("-c", GIVE, name, "sign_out")


def answering(studio: Studio, page: Page) -> None:
    choose_state(page, "available")
    deck(page, "ringing")
    page.keyboard.press("F2")
    deck(page, "talking")


def transfer(studio: Studio) -> None:
    page = studio.page(AGENT)
    with callers(studio, TECHNICAL, KATALIN), at_work(studio, COLLEAGUE):
        answering(studio, page)
        page.keyboard.press("F9")
        page.keyboard.type("a")
        expect(page.locator(".search [aria-selected=true]")).to_be_visible()
        studio.keep(page, "transfer")


def switchboard(studio: Studio) -> None:
    page = studio.page(ATTENDANT)
    with callers(studio, SWITCHBOARD, KATALIN, UNKNOWN, BENCE), at_work(studio, COLLEAGUE):
        choose_state(page, "available")
        page.locator('.rail-item[href="/switchboard/"]').click()
        expect(page.locator(".inc").nth(2)).to_be_visible(timeout=ANSWERS_MS)
        page.locator("button[data-act=answer]").wait_for(timeout=ANSWERS_MS)
        page.keyboard.press("1")
        deck(page, "talking")
        page.keyboard.type("ka")
        expect(page.locator("[role=option][aria-selected=true]")).to_be_visible()
        studio.keep(page, "switchboard")


def supervisor(studio: Studio) -> None:
    page = studio.page(SUPERVISOR)
    with at_work(studio, COLLEAGUE), callers(studio, TECHNICAL, KATALIN, BENCE):
        page.goto(f"{studio.running.url}/supervisor/")
        expect(page.locator(".fc [data-order=listen]").first).to_be_visible(timeout=ANSWERS_MS)
        studio.keep(page, "supervisor")


def call(studio: Studio) -> None:
    """The one of the demo that was sent on most often."""
    page = studio.page(SUPERVISOR)
    key = studio.running.query(
        "SELECT call, count(*) FROM switch_journal WHERE kind IN ('call.returned', 'transfer.started', 'watch.joined') "
        "GROUP BY call ORDER BY 2 DESC LIMIT 1"
    )[0]["call"]
    page.goto(f"{studio.running.url}/calls/{key}/")
    studio.keep(page, "call")


def trunks(studio: Studio) -> None:
    page = studio.page(ADMINISTRATOR)
    page.goto(f"{studio.running.url}/settings/trunks/")
    studio.keep(page, "trunks")


PICTURES = {
    "transfer": transfer, "switchboard": switchboard, "supervisor": supervisor, "call": call, "trunks": trunks,
}  # fmt: skip

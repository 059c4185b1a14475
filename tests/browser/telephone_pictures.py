"""Pictures of the telephone for the guides: calls are made to the house that is photographed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.test_conversation import choose_state, deck
from tests.browser.test_supervisor_story import DEVICE, GIVE, press, registers
from tests.telephony.house import Agent, until
from tests.telephony.phone import Phone

if TYPE_CHECKING:
    from tests.browser.pictures import Studio

TECHNICAL, SWITCHBOARD = "+3615550100", "+3615550199"
KATALIN, BENCE, REKA, UNKNOWN = "+36305124478", "+36207741930", "+36702238812", "+36309981204"
AGENT, COLLEAGUE, OTHER, SUPERVISOR, ATTENDANT, ADMINISTRATOR = (
    "nora", "gergo", "adam", "marta", "erzsebet", "akos",
)  # fmt: skip
WAITS_MS = 30_000
TICKET = "Nem érkezett meg a cserekészülék"
# A second line, whose company is down; the line of the callers gets a name people would give it.
SPARE_TRUNK = (
    "import django; django.setup()\n"
    "from django.db import connection\n"
    "from hallom.calls.models import Trunk\n"
    "Trunk.objects.filter(name='outside').update(name='regi-kozpont')\n"
    "facts = {'addresses': ['127.0.0.3'], 'host': '127.0.0.3', 'is_outgoing': True, 'rank': 1, 'calls_most': 10}\n"
    "Trunk.objects.get_or_create(name='tartalek-vonal', defaults=facts)\n"
    "connection.cursor().execute('NOTIFY switch_config')\n"
)


@contextmanager
def callers(studio: Studio, number: str, *who: str) -> Iterator[None]:
    """They call one after the other and stay until the picture is taken."""
    with ExitStack() as phones:
        for caller in who:
            phones.enter_context(Phone(studio.running.sip_port, hertz=440.0)).call(number, caller=caller)
        yield


@contextmanager
def at_work(studio: Studio, name: str) -> Iterator[Phone]:
    """A colleague with a desk phone that answers by itself."""
    place = f"picture-{name}"
    key, secret = studio.running.command("-c", DEVICE.replace("story-desk", place), name).split()[-2:]
    with Phone(studio.running.sip_port, hertz=950.0, on_ring="answer") as phone:
        until(lambda: registers(phone, Agent(int(key), place, secret)), what="the desk phone", seconds=30)
        studio.running.command("-c", GIVE, name, "sign_in")
        try:
            yield phone
        finally:
            studio.running.command("-c", GIVE, name, "sign_out")


def _at_work(studio: Studio, page: Page) -> None:
    page.goto(studio.running.url)
    choose_state(page, "available")


def _leave(studio: Studio, name: str) -> None:
    """Nobody rings at her in the pictures that follow."""
    studio.running.command("-c", GIVE, name, "sign_out")


def _talking(studio: Studio, page: Page) -> None:
    _at_work(studio, page)
    expect(page.locator(".deck[data-state=ringing]")).to_be_visible(timeout=WAITS_MS)
    page.keyboard.press("F2")
    expect(page.locator(".deck[data-state=talking]")).to_be_visible(timeout=WAITS_MS)


def desk(studio: Studio) -> None:
    page = studio.page(AGENT)
    with callers(studio, TECHNICAL, KATALIN):
        _at_work(studio, page)
        expect(page.locator(".deck[data-state=ringing]")).to_be_visible(timeout=WAITS_MS)
        studio.ticket(page, TICKET)
        expect(page.locator(".deck [data-act=answer]")).to_be_enabled(timeout=WAITS_MS)
        _show_the_letters(page)
        studio.keep(page, "desk")
    _leave(studio, AGENT)


def _show_the_letters(page: Page) -> None:
    """The conversation stands at its end, where a stranger's mail waits."""
    page.mouse.move(650, 400)
    page.mouse.wheel(0, -420)
    page.wait_for_timeout(500)


def desk_in_hungarian(studio: Studio) -> None:
    page = studio.page(AGENT, language="hu", theme="dark")
    with callers(studio, TECHNICAL, KATALIN):
        _talking(studio, page)
        studio.ticket(page, TICKET)
        deck(page, "talking")
        _show_the_letters(page)
        page.wait_for_timeout(8_000)
        studio.keep(page, "desk-hu-dark")
    _leave(studio, AGENT)


def transfer(studio: Studio) -> None:
    page = studio.page(AGENT)
    with callers(studio, TECHNICAL, KATALIN):
        _talking(studio, page)
        studio.ticket(page, TICKET)
        deck(page, "talking")
        with at_work(studio, COLLEAGUE), at_work(studio, OTHER):
            page.keyboard.press("F9")
            page.keyboard.type("muszaki")
            expect(page.locator(".search [aria-selected=true]")).to_be_visible()
            studio.keep(page, "transfer")
    _leave(studio, AGENT)


def switchboard(studio: Studio) -> None:
    """One on the line, one parked, two waiting, somebody looked for."""
    studio.running.query("UPDATE calls_number SET calendar_id = NULL WHERE dialled = %s", SWITCHBOARD)
    studio.running.query("NOTIFY switch_config")
    page = studio.page(ATTENDANT)
    _at_work(studio, page)
    page.locator('.rail-item[href="/switchboard/"]').click()
    expect(page.locator("[role=option]").first).to_be_visible(timeout=WAITS_MS)
    with at_work(studio, COLLEAGUE), callers(studio, SWITCHBOARD, BENCE, KATALIN):
        _take_first(page)
        page.keyboard.press("Control+p")
        expect(page.locator(".slot")).to_have_count(1, timeout=WAITS_MS)
        _take_first(page)
        with callers(studio, SWITCHBOARD, UNKNOWN, REKA):
            expect(page.locator(".inc").nth(1)).to_be_visible(timeout=WAITS_MS)
            page.keyboard.type("far")
            expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Farkas")
            studio.keep(page, "switchboard")
    _leave(studio, ATTENDANT)


def _take_first(page: Page) -> None:
    expect(page.locator(".inc").first).to_contain_text("rings at your phone", timeout=WAITS_MS)
    expect(page.locator("button[data-act=answer]")).to_be_visible(timeout=WAITS_MS)
    page.keyboard.press("1")
    deck(page, "talking")
    expect(page.locator('[data-now]:not([data-now=""])')).to_be_attached(timeout=WAITS_MS)


def supervisor(studio: Studio) -> None:
    """Two conversations, in one of which she whispers, and a caller who waits."""
    page = studio.page(SUPERVISOR)
    page.goto(f"{studio.running.url}/supervisor/")
    with ExitStack() as scene:
        for name in (COLLEAGUE, OTHER):
            scene.enter_context(at_work(studio, name))
        scene.enter_context(callers(studio, TECHNICAL, KATALIN, BENCE, UNKNOWN))
        expect(page.locator(".fc [data-order=listen]").nth(1)).to_be_visible(timeout=WAITS_MS)
        press(page, "w", "whisper")
        expect(page.locator(".fc")).to_have_count(3, timeout=WAITS_MS)
        deck(page, "talking")
        expect(page.locator(".fa").filter(has_text="Takács")).to_contain_text("on a call")
        studio.keep(page, "supervisor")


def wallboard(studio: Studio) -> None:
    """As it hangs on the wall: two talk, one is away, callers wait."""
    page = studio.page(SUPERVISOR, size=(1920, 1080))
    page.goto(f"{studio.running.url}/wallboard/?screen=whole")
    with ExitStack() as scene:
        for name in (COLLEAGUE, OTHER):
            scene.enter_context(at_work(studio, name))
        scene.enter_context(callers(studio, TECHNICAL, KATALIN, BENCE, UNKNOWN, REKA))
        expect(page.locator("#wall")).to_contain_text("on a call", timeout=WAITS_MS)
        expect(page.locator("#wall")).to_contain_text("longest", timeout=WAITS_MS)
        page.wait_for_timeout(3_000)
        studio.keep(page, "wallboard")


def call(studio: Studio) -> None:
    """The one of the demo that was sent on most often."""
    page = studio.page(SUPERVISOR)
    key = studio.running.query("SELECT id FROM calls_call ORDER BY returns DESC, arrived_at LIMIT 1")[0]["id"]
    page.goto(f"{studio.running.url}/calls/{key}/")
    studio.keep(page, "call")


def calls_out(studio: Studio) -> None:
    page = studio.page(SUPERVISOR)
    page.goto(f"{studio.running.url}/calls/?direction=outgoing")
    expect(page.locator(".strip .q").first).to_be_visible(timeout=WAITS_MS)
    studio.keep(page, "calls-out")


def trunks(studio: Studio) -> None:
    studio.running.command("-c", SPARE_TRUNK)
    page = studio.page(ADMINISTRATOR)
    page.goto(f"{studio.running.url}/settings/trunks/")

    def is_told() -> bool:
        page.reload()
        return page.get_by_text("calls go elsewhere").count() > 0

    until(is_told, what="the spare line to be found dead", seconds=60)
    studio.keep(page, "trunks")


PICTURES = {
    "desk": desk, "desk-hu-dark": desk_in_hungarian, "transfer": transfer, "switchboard": switchboard,
    "supervisor": supervisor, "wallboard": wallboard, "call": call, "calls-out": calls_out, "trunks": trunks,
}  # fmt: skip

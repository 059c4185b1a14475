"""The switchboard by keyboard: a caller is answered, found somebody and sent on; whom nobody takes comes back, marked;
what is promised stands on the colleague's list."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.conftest import AGENT_TONE, SCREENSHOTS
from tests.browser.running import Running
from tests.browser.test_conversation import choose_state, deck, is_heard
from tests.telephony.house import Agent, until
from tests.telephony.phone import Phone

NUMBER = "+3615550199"
KATALIN = "+36305124478"
ATTENDANT, COLLEAGUE, SUPERVISOR = "erzsebet", "dora", "marta"
COLLEAGUE_TONE = 950.0
MOST_KEYSTROKES = 5
FURNISH = """
import django; django.setup()
from django.db import connection
from hallom.calls.models import Extension, Number, SipDevice
from hallom.staff.models import User
user = User.objects.get(username='dora')
SipDevice.objects.filter(username='board-desk').delete()
device = SipDevice(user=user, username='board-desk')
secret = device.renew_secret()
device.save()
Number.objects.filter(dialled='+3615550199').update(calendar=None)
Extension.objects.filter(user=user).update(ring_seconds=8)
connection.cursor().execute('NOTIFY switch_config')
print(user.pk, secret)
"""
COUNT_KEYS = (
    "() => document.addEventListener('keydown', () => { window.strokes = (window.strokes ?? 0) + 1; }, true)"
)


@pytest.fixture
def desk_phone(running: Running) -> Iterator[Phone]:
    key, secret = running.command("-c", FURNISH).split()[-2:]
    with Phone(running.sip_port, hertz=COLLEAGUE_TONE) as phone:
        yield phone.register(Agent(int(key), "board-desk", secret))
    running.query("DELETE FROM calls_sipdevice WHERE username = 'board-desk'")


def at_the_console(running: Running, sign_in: Callable[..., Page]) -> Page:
    page = sign_in(ATTENDANT)
    choose_state(page, "available")
    expect(page.locator(".deck[data-state=available]")).to_be_visible(timeout=20_000)
    page.locator('.rail-item[href="/switchboard/"]').click()
    expect(page.locator("[role=option]").first).to_be_visible()
    expect(page.locator("#find")).to_be_focused()
    return page


def test_a_caller_is_sent_on_comes_back_and_is_promised_a_call(
    running: Running, sign_in: Callable[..., Page], customer: Phone, desk_phone: Phone
) -> None:
    dora = sign_in(COLLEAGUE)
    choose_state(dora, "available")
    board = at_the_console(running, sign_in)
    board.evaluate(COUNT_KEYS)

    # Answered, found, sent on: five keystrokes.
    began = time.time()
    call = customer.call(NUMBER, caller=KATALIN, name="Szilagyi Katalin").wait_up()
    key = running.newest_call(began)
    expect(board.locator(".inc")).to_contain_text("Szilágyi Katalin", timeout=20_000)
    expect(board.locator(".inc")).to_contain_text("rings at your phone", timeout=20_000)
    until(lambda: board.locator("button[data-act=answer]").count() == 1, what="the telephone of the page")
    board.keyboard.press("1")
    deck(board, "talking")
    expect(board.locator(f'[data-now="{key}"]')).to_be_attached(timeout=20_000)
    until(lambda: is_heard(call, AGENT_TONE), what="the caller hears the attendant")
    board.keyboard.type("fek")
    board.keyboard.press("Enter")
    running.entry(key, "transfer.started")
    assert board.evaluate("window.strokes") <= MOST_KEYSTROKES

    # The colleague's desk phone rings; nobody takes the call, and it comes back with the reason.
    desk_phone.ringing(15)
    returned = running.entry(key, "call.returned", seconds=30)["data"]
    assert (returned["reason"], returned["times"]) == ("no_answer", 1)
    row = board.locator(".inc.back")
    expect(row).to_contain_text("came back from Fekete Dóra: did not answer", timeout=20_000)
    board.screenshot(path=str(SCREENSHOTS / "switchboard-returned.png"))
    assert not browsers.violations(board)
    until(lambda: board.locator("button[data-act=answer]").count() == 1, what="it rings at the attendant's")
    board.keyboard.press("1")
    deck(board, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the caller hears the attendant again")

    # Sent there once more, the colleague takes it.
    expect(board.locator(f'[data-now="{key}"]')).to_be_attached(timeout=20_000)
    before = len(desk_phone.calls)
    board.keyboard.type("2114")
    board.keyboard.press("Enter")
    until(lambda: len(desk_phone.calls) > before, what="the desk phone rings again")
    desk_phone.answer(desk_phone.ringing())
    until(lambda: is_heard(call, COLLEAGUE_TONE), what="the caller hears the colleague")
    running.entry(key, "transfer.completed")
    call.hang_up()
    call.wait_over()

    # A message for her, by keyboard: on her list until it is kept.
    deck(board, "available")
    board.locator("#find").focus()
    board.keyboard.type("fek")
    expect(board.locator("[role=option][aria-selected=true]")).to_contain_text("Fekete")
    board.keyboard.press("Control+m")
    board.locator("#id_number").fill("+36 70 555 8890")
    board.locator("#id_name").fill("Pálfi Kinga")
    why = f"Részletfizetés, {round(began)}"
    board.locator("#id_why").fill(why)
    board.locator("#id_why").press("Enter")
    expect(board.locator("#taking-down")).to_contain_text("Fekete Dóra's list", timeout=20_000)
    board.screenshot(path=str(SCREENSHOTS / "switchboard-promised.png"))
    choose_state(dora, "available")
    dora.goto(f"{running.url}/")
    # On her list and on the wall until it is kept; the wall is told, nobody loads it anew.
    item = dora.locator("#worklist .item").filter(has_text=why)
    expect(item).to_contain_text("Pálfi Kinga", timeout=20_000)
    wall = sign_in(SUPERVISOR)
    wall.goto(f"{running.url}/wallboard/")
    on_wall = wall.locator(".al").filter(has_text="Fekete Dóra").filter(has_text="call back")
    expect(on_wall.first).to_be_visible(timeout=20_000)
    before = on_wall.count()
    wall.screenshot(path=str(SCREENSHOTS / "wallboard-promised.png"))
    assert not browsers.violations(wall)
    item.click()
    dora.get_by_role("button", name="Kept").click()
    until(
        lambda: running.query("SELECT 1 FROM calls_promise WHERE outcome = 'kept' AND why = %s", why),
        what="the promise kept",
    )
    expect(on_wall).to_have_count(before - 1, timeout=20_000)
    dora.goto(f"{running.url}/")
    expect(dora.locator("#worklist")).to_be_visible()
    expect(item).to_have_count(0)

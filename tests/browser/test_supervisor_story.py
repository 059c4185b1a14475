"""A supervisor in the browser listens to a desk phone's call, whispers, talks along, leaves; it is heard, and written down."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.conftest import AGENT_TONE as SUPERVISOR_TONE
from tests.browser.conftest import CUSTOMER_TONE, SCREENSHOTS
from tests.browser.running import Running, now
from tests.telephony.hearing import share_of_tone
from tests.telephony.house import Agent, NotInTime, until
from tests.telephony.phone import Phone, PhoneCall

NUMBER = "+3615550100"
KATALIN = "+36305124478"
AGENT, NAME, SUPERVISOR = "gergo", "Farkas Gergő", "marta"
DESK_TONE = 950.0
DEVICE = (
    "import sys, django; django.setup()\n"
    "from django.db import connection\n"
    "from hallom.calls.models import SipDevice\n"
    "from hallom.staff.models import User\n"
    "user = User.objects.get(username=sys.argv[1])\n"
    "SipDevice.objects.filter(username='story-desk').delete()\n"
    "device = SipDevice(user=user, username='story-desk')\n"
    "secret = device.renew_secret()\n"
    "device.save()\n"
    "connection.cursor().execute('NOTIFY switch_config')\n"
    "print(user.pk, secret)\n"
)
GIVE = (
    "import sys, django; django.setup()\n"
    "from hallom.calls import orders\n"
    "from hallom.staff.models import User\n"
    "user = User.objects.get(username=sys.argv[1])\n"
    "outcome = orders.give(user.pk, sys.argv[2])\n"
    "sys.exit(0 if outcome.ok else outcome.error)\n"
)


@pytest.fixture
def desk(running: Running) -> Iterator[Phone]:
    """The agent's telephone, answering by itself; he is the only one at work."""
    key, secret = running.command("-c", DEVICE, AGENT).split()[-2:]
    with Phone(running.sip_port, hertz=DESK_TONE, on_ring="answer") as phone:
        until(
            lambda: registers(phone, Agent(int(key), "story-desk", secret)),
            what="the desk phone",
            seconds=30,
        )
        running.command("-c", GIVE, AGENT, "sign_in")
        yield phone
        running.command("-c", GIVE, AGENT, "sign_out")
    running.query("DELETE FROM calls_sipdevice WHERE username = 'story-desk'")
    running.query("NOTIFY switch_config")


def registers(phone: Phone, agent: Agent) -> bool:
    """The switch may not have read of the new telephone yet."""
    try:
        phone.register(agent)
    except NotInTime:
        return False
    return True


def hears(call: PhoneCall, hertz: float) -> bool:
    return share_of_tone(call.ear.last(1.0), hertz, width=25) > 0.08


def is_silent_about(call: PhoneCall, hertz: float) -> bool:
    return share_of_tone(call.ear.last(1.0), hertz, width=25) < 0.02


def press(page: Page, letter: str, mode: str) -> None:
    page.locator(".fc").filter(has_text=NAME).focus()
    page.keyboard.press(letter)
    expect(page.locator(f'.fc.mine [data-order={mode}][aria-pressed="true"]')).to_be_visible(timeout=10_000)


def test_listening_whispering_barging_leaving(
    running: Running, sign_in: Callable[..., Page], customer: Phone, desk: Phone
) -> None:
    page = sign_in(SUPERVISOR, language="en", size=(1280, 720))
    expect(page.locator(".deck")).to_be_visible(timeout=10_000)
    page.goto(f"{running.url}/supervisor/")
    began = now()
    call = customer.call(NUMBER, caller=KATALIN, name="Szilagyi Katalin").wait_up()
    key = running.newest_call(began)
    running.entry(key, "call.bridged", seconds=60)
    agent = until(lambda: next((one for one in desk.calls if one.is_up), None), what="the agent's call")
    expect(page.locator(".fc").filter(has_text=NAME)).to_contain_text("talking", timeout=10_000)
    assert not browsers.violations(page)

    press(page, "l", "listen")
    running.entry(key, "watch.joined", seconds=20)
    until(lambda: _hears_both(page), seconds=15, what="the supervisor hears both")
    assert is_silent_about(call, SUPERVISOR_TONE)
    assert is_silent_about(agent, SUPERVISOR_TONE)

    press(page, "w", "whisper")
    until(lambda: hears(agent, SUPERVISOR_TONE), seconds=15, what="the agent hears the whisper")
    assert is_silent_about(call, SUPERVISOR_TONE), "the customer hears the whisper"
    page.screenshot(path=str(SCREENSHOTS / "supervisor-whisper.png"))
    assert not browsers.violations(page)

    press(page, "b", "barge")
    until(lambda: hears(call, SUPERVISOR_TONE), seconds=15, what="the customer hears the supervisor")

    page.keyboard.press("x")
    running.entry(key, "watch.ended")
    expect(page.locator(".fc.mine")).to_have_count(0, timeout=10_000)
    until(lambda: is_silent_about(call, SUPERVISOR_TONE), what="the supervisor is gone")
    until(lambda: is_silent_about(agent, SUPERVISOR_TONE), what="the supervisor is gone")
    assert hears(call, DESK_TONE)
    assert hears(agent, CUSTOMER_TONE)

    call.hang_up()
    running.entry(key, "call.ended")
    force_states(running, page, sign_in(AGENT, language="en", size=(1280, 720)))
    look_at_the_call(running, page, key)


def _hears_both(page: Page) -> bool:
    """The loudest is one or the other from moment to moment; both come in time."""
    heard = {round(browsers.heard(page, 400)["hertz"] / 100) for _ in range(6)}
    return bool(heard & {round(CUSTOMER_TONE / 100), round(DESK_TONE / 100)})


def force_states(running: Running, page: Page, theirs: Page) -> None:
    """Into a pause, back to work and home, by keyboard; the colleague reads each time who did it."""
    for value, seen, told in (
        ("lunch", "Lunch", ("paused", "lunch")),
        ("available", "available", ("available", "")),
        ("offline", "", ("offline", "")),
    ):
        person = page.locator(".fa").filter(has_text=NAME)
        expect(person).to_be_visible(timeout=10_000)
        person.focus()
        page.keyboard.press("f")
        page.locator(f".fa form:popover-open button[value={value}]").focus()
        page.keyboard.press("Enter")
        if seen:
            # The menu names every pause; what the colleague does stands beside it.
            expect(person.locator(".fa-who small")).to_contain_text(seen, timeout=10_000)
        else:
            expect(person).to_have_count(0, timeout=10_000)
        expect(theirs.locator(f".deck[data-state={told[0]}] .me .u")).to_contain_text(
            "set by Takács Márta", timeout=10_000
        )
        rows = running.query(
            "SELECT data FROM switch_journal WHERE kind = 'agent.forced' ORDER BY id DESC LIMIT 1"
        )
        assert (rows[0]["data"]["state"], rows[0]["data"]["reason"]) == told
    assert len(running.query("SELECT 1 FROM timeline_event WHERE kind = 'agent.forced'")) >= 3
    theirs.screenshot(path=str(SCREENSHOTS / "state-set-by-supervisor.png"))
    assert not browsers.violations(theirs)


def look_at_the_call(running: Running, page: Page, key: str) -> None:
    page.goto(f"{running.url}/calls/{key}/")
    aside = page.locator(".ctx .card").filter(has_text="Supervisors in this call")
    expect(aside).to_contain_text(f"Takács Márta with {NAME}")
    expect(aside).to_contain_text("listen → whisper → barge")
    expect(page.locator("#main")).to_contain_text(f"Takács Márta is with {NAME} in the call: listen.")
    told = running.query(
        "SELECT data->>'mode' AS mode FROM timeline_event WHERE kind = 'call.watched' AND call = %s ORDER BY id",
        key,
    )
    assert [one["mode"] for one in told] == ["listen", "whisper", "barge"]
    page.screenshot(path=str(SCREENSHOTS / "call-with-supervisor.png"))
    assert not browsers.violations(page)

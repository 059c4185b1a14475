"""The whole way once more with a telephone on the agent's desk: the page shows and orders, the telephone talks."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import (
    KATALIN,
    NUMBER,
    SUPERVISOR,
    check_memory,
    choose_state,
    deck,
    greeting_then_music,
    is_heard,
    is_music,
    shown_on_the_wall,
    start_work,
    wrap_up,
)
from tests.telephony.house import Agent, until
from tests.telephony.phone import Phone

OWNER = "gergo"
PUT = """import django, json; django.setup()
from hallom.calls.models import SipDevice
from hallom.staff.models import User
from django.db import connection
owner = User.objects.get(username="gergo")
device = SipDevice(user=owner, username="desk-of-gergo")
secret = device.renew_secret()
device.save()
connection.cursor().execute("NOTIFY switch_config")
print(json.dumps([owner.pk, device.username, secret]))
"""
TAKE_AWAY = """import django; django.setup()
from hallom.calls.models import SipDevice
from django.db import connection
SipDevice.objects.filter(username="desk-of-gergo").delete()
connection.cursor().execute("NOTIFY switch_config")
"""


@pytest.fixture
def telephone(running: Running) -> Iterator[Phone]:
    """Registered with a password of its own."""
    owner = Agent(*json.loads(running.command("-c", PUT).splitlines()[-1]))
    try:
        with Phone(running.sip_port, hertz=AGENT_TONE) as phone:
            yield phone.register(owner)
    finally:
        running.command("-c", TAKE_AWAY)


def test_the_whole_way_with_a_desk_phone(
    running: Running, sign_in: Callable[..., Page], customer: Phone, telephone: Phone
) -> None:
    page = sign_in(OWNER)
    choose_state(page, "offline")
    deck(page, "offline")
    began = time.time()
    call = customer.call(NUMBER, caller=KATALIN).wait_up()
    key = running.newest_call(began)
    greeting_then_music(running, key, call)

    start_work(page)
    deck(page, "ringing")
    expect(page.locator(".deck")).to_contain_text("Szilágyi Katalin")
    expect(page.locator("#main")).to_contain_text("Szilágyi Katalin", timeout=5_000)
    talk = telephone.ringing()
    talk.answer()
    deck(page, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears the agent")
    until(lambda: is_heard(talk, CUSTOMER_TONE), what="the agent hears the customer")
    shown_on_the_wall(running, sign_in(SUPERVISOR), "Farkas Gergő")

    page.locator(".deck [data-act=hold]").click()
    deck(page, "held")
    until(lambda: is_music(call), what="music on hold")
    page.locator(".deck [data-act=hold]").click()
    deck(page, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the agent again after hold")
    until(lambda: is_heard(talk, CUSTOMER_TONE), what="the customer again after hold")

    talk.hang_up()
    call.wait_over()
    assert call.ended_by_peer
    deck(page, "wrap_up")
    wrap_up(page, "Answered at the desk phone.")
    deck(page, "available")
    check_memory(running, key, call, note="Answered at the desk phone.")
    bridged = running.entry(key, "call.bridged")["at"].timestamp()
    assert bridged == pytest.approx(talk.answered_at, abs=0.1)

"""One caller, two agents in two browsers: announced, swapped, all three together, handed over, and back again unanswered."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser import browsers
from tests.browser.conftest import AGENT_TONE, CUSTOMER_TONE
from tests.browser.running import Running
from tests.browser.test_conversation import (
    AGENT,
    KATALIN,
    NUMBER,
    choose_state,
    deck,
    is_heard,
    is_music,
    start_work,
)
from tests.telephony.hearing import level_dbfs, share_of_tone
from tests.telephony.house import until
from tests.telephony.phone import Phone, PhoneCall

COLLEAGUE = "gergo"
COLLEAGUE_TONE = 1100.0
# Four rings for a colleague, then the way back.
COMES_BACK_MS = 40_000


@pytest.fixture(scope="module")
def other_chromium(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Its microphone hears another tone, so that one can tell who is heard."""
    file = browsers.microphone(tmp_path_factory.mktemp("other") / "colleague.wav", COLLEAGUE_TONE)
    browser = browsers.launch(playwright, file)
    yield browser
    browser.close()


@pytest.fixture
def nora(sign_in: Callable[..., Page]) -> Page:
    page = sign_in(AGENT)
    choose_state(page, "offline")
    deck(page, "offline")
    return page


@pytest.fixture
def gergo(running: Running, other_chromium: Browser) -> Iterator[Page]:
    running.query("UPDATE staff_user SET language = 'en' WHERE username = %s", COLLEAGUE)
    context = browsers.person(other_chromium, language="en", theme="dark", size=(1280, 720))
    page = context.new_page()
    running.pages.append(page)  # type: ignore[attr-defined]
    page.goto(running.login_url(COLLEAGUE))
    page.locator("form.form button.go").click()
    page.goto(running.url)
    choose_state(page, "offline")
    deck(page, "offline")
    yield page
    context.close()


def hears(page: Page, *wanted: float) -> None:
    """What the agent's browser plays is one of these tones: the loudest of those who are heard."""
    until(lambda: any(abs(browsers.heard(page)["hertz"] - one) < 20 for one in wanted), what=f"{wanted} Hz")


def both_heard(call: PhoneCall) -> bool:
    sound = call.ear.last(2.0)
    shares = [share_of_tone(sound, one, width=25) for one in (AGENT_TONE, COLLEAGUE_TONE)]
    return level_dbfs(sound) > -40 and all(share > 0.1 for share in shares)


def search(page: Page, typed: str, key: str) -> None:
    page.keyboard.press("F9")
    expect(page.locator("dialog.search")).to_be_visible()
    page.keyboard.type(typed)
    expect(page.locator(".search [aria-selected=true]")).to_contain_text(typed, ignore_case=True)
    page.keyboard.press(key)
    expect(page.locator("dialog.search")).to_be_hidden()


def take(page: Page, said: str) -> None:
    deck(page, "ringing")
    expect(page.locator(".deck")).to_contain_text(said)
    pick_up(page)


def pick_up(page: Page) -> None:
    """The bar may be a moment ahead of the telephone."""
    rings = "() => Boolean(document.querySelector('hallom-deck').phone?.isRinging)"
    until(lambda: page.evaluate(rings), what="the telephone rings")
    page.keyboard.press("F2")


def katalin_with(nora: Page, running: Running, customer: Phone) -> tuple[PhoneCall, str]:
    """The call and its key, once the two talk."""
    start_work(nora)
    began = time.time()
    call = customer.call(NUMBER, caller=KATALIN).wait_up()
    key = running.newest_call(began)
    running.entry(key, "offer.made", seconds=40)
    take(nora, "Szilágyi Katalin")
    deck(nora, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears Nóra")
    return call, key


def test_a_caller_goes_from_hand_to_hand_and_comes_back(
    running: Running, nora: Page, gergo: Page, customer: Phone
) -> None:
    call, key = katalin_with(nora, running, customer)

    # Announced: the two talk, the customer hears music.
    search(nora, "farkas", "Shift+Enter")
    deck(nora, "consulting")
    take(gergo, "Bíró Nóra asks you")
    expect(nora.locator(".deck .hears")).to_contain_text("You two talk", timeout=10_000)
    hears(nora, COLLEAGUE_TONE)
    hears(gergo, AGENT_TONE)
    until(lambda: is_music(call), what="music for the customer")

    nora.keyboard.press("F8")
    expect(nora.locator(".deck .hears")).to_contain_text("Farkas Gergő waits")
    expect(gergo.locator(".deck .hears")).to_contain_text("you wait", timeout=10_000)
    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears Nóra after the swap")

    nora.keyboard.press("Shift+F8")
    deck(nora, "conference")
    deck(gergo, "conference")
    until(lambda: both_heard(call), what="the customer hears both")

    # Nóra leaves, the two others stay.
    nora.keyboard.press("Shift+F9")
    deck(nora, "wrap_up")
    deck(gergo, "talking")
    until(lambda: is_heard(call, COLLEAGUE_TONE), what="the customer hears Gergő")
    hears(gergo, CUSTOMER_TONE)

    # Announced back, and handed over.
    search(gergo, "bíró", "Shift+Enter")
    take(nora, "Farkas Gergő asks you")
    expect(gergo.locator(".deck .hears")).to_contain_text("You two talk", timeout=10_000)
    gergo.keyboard.press("F9")
    deck(gergo, "wrap_up")
    deck(nora, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer has Nóra again")

    # Sent on without a word; nobody answers, and the caller comes back with the reason.
    search(nora, "farkas", "Enter")
    deck(nora, "wrap_up")
    deck(gergo, "ringing")
    expect(gergo.locator(".deck")).to_contain_text("transfer by Bíró Nóra")
    back = nora.locator(".deck[data-state=ringing]")
    expect(back).to_be_visible(timeout=COMES_BACK_MS)
    expect(back).to_contain_text("came back from Farkas Gergő: did not answer")
    pick_up(nora)
    deck(nora, "talking")
    expect(nora.locator(".deck .back")).to_contain_text("came back from Farkas Gergő")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears Nóra after the way back")

    # Parked with one key; fetched, her telephone answers by itself.
    nora.locator("#main").focus()
    nora.keyboard.press("p")
    deck(nora, "wrap_up")
    until(lambda: is_music(call), what="music at the parking place")
    nora.locator("[popovertarget=deck-parked]").press("Enter")
    nora.locator("#deck-parked").get_by_role("button", name="Fetch").press("Enter")
    deck(nora, "talking")
    until(lambda: is_heard(call, AGENT_TONE), what="the customer hears Nóra after she fetched him")
    nora.keyboard.press("Shift+F9")
    call.wait_over()
    running.entry(key, "call.ended")
    gone = "SELECT 1 FROM calls_callsituation WHERE call_id = %s"
    until(lambda: not running.query(gone, key), what="nothing is done with the call any more")
    kinds = [entry["kind"] for entry in running.entries(key)]
    assert [kinds.count(kind) for kind in ("call.ended", "call.returned", "consult.joined")] == [1, 1, 1]


def test_a_caller_is_announced_to_a_queue_and_who_is_free_there_reads_about_whom(
    running: Running, nora: Page, gergo: Page, customer: Phone
) -> None:
    """By the number of the queue: its announcement first."""
    call, key = katalin_with(nora, running, customer)

    search(nora, "hibabe", "Shift+Enter")
    deck(nora, "consulting")
    told = nora.locator(".deck .hears")
    expect(told).to_contain_text("You hear the announcement of")
    until(lambda: is_music(call), what="music for the customer")
    running.entry(key, "consult.queued", seconds=40)
    expect(told).to_contain_text("in place 1; Szilágyi Katalin hears music.", timeout=10_000)
    start_work(gergo)
    take(gergo, "consultation from Bíró Nóra about Szilágyi Katalin")
    expect(nora.locator(".deck .hears")).to_contain_text("You two talk", timeout=10_000)
    hears(nora, COLLEAGUE_TONE)
    hears(gergo, AGENT_TONE)

    nora.keyboard.press("F9")
    deck(nora, "wrap_up")
    deck(gergo, "talking")
    until(lambda: is_heard(call, COLLEAGUE_TONE), what="the customer hears Gergő")
    gergo.keyboard.press("Shift+F9")
    call.wait_over()
    running.entry(key, "call.ended")
    waits = "SELECT count(*) AS waits FROM calls_queuewait WHERE call_id = %s"
    assert running.query(waits, key)[0]["waits"] == 1, "only the customer's own wait is one of the queue"

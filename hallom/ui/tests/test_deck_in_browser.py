"""The call bar, in Chromium, with the test as server, push and SIP registrar."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from hallom.ui.tests.conftest import Desk, wait_until
from hallom.ui.tests.stage import Stage

LIVE = '{"id":%d,"topics":["%s"]}'
CALLER = """async () => {
  const pc = window.caller = new RTCPeerConnection();
  const context = window.tone = new AudioContext();
  const tone = context.createOscillator();
  const out = context.createMediaStreamDestination();
  tone.connect(out); tone.start();
  pc.addTrack(out.stream.getAudioTracks()[0], out.stream);
  await pc.setLocalDescription(await pc.createOffer());
  await new Promise(done => pc.iceGatheringState === 'complete' ? done() : pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done());
  return pc.localDescription.sdp;
}"""


def header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r?$", message, re.MULTILINE | re.IGNORECASE)
    assert found, name
    return found[1]


def ok(request: str, *more: str) -> str:
    copied = [f"{name}: {header(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
    to = header(request, "To")
    lines = [
        "SIP/2.0 200 OK",
        *copied,
        f"To: {to if 'tag=' in to else to + ';tag=server'}",
        *more,
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


class Switch:
    """Registers the phone, calls it, and keeps what it says."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.contact = self.branch = ""
        self.requests: list[str] = []
        self.answers: list[str] = []
        desk.sip.answer = self.hear

    def hear(self, message: str) -> None:
        (self.answers if message.startswith("SIP/2.0") else self.requests).append(message)
        if message.startswith("REGISTER"):
            self.contact = re.search(r"<(sip:[^>]+)>", header(message, "Contact"))[1]  # type: ignore[index]
            self.desk.sip.send(ok(message, f"Contact: <{self.contact}>;expires=120"))
        elif message.startswith("BYE"):
            self.desk.sip.send(ok(message))

    def request(self, method: str, *more: str, sdp: str = "") -> None:
        # A CANCEL is of the branch that it takes back (RFC 3261 9.1).
        self.branch = self.branch if method == "CANCEL" else f"z9hG4bK{method}{len(self.requests)}"
        lines = [
            f"{method} {self.contact} SIP/2.0",
            f"Via: SIP/2.0/WS 127.0.0.1:8002;branch={self.branch}",
            "Max-Forwards: 70",
            "From: <sip:+36305124478@hallom.test>;tag=caller",
            f"To: <{self.contact}>" + (f";tag={self.tag}" if method in ("ACK", "BYE") else ""),
            "Call-ID: call-1",
            f"CSeq: {2 if method == 'BYE' else 1} {method}",
            "Contact: <sip:switch@127.0.0.1:8002;transport=ws>",
            *more,
        ]
        if sdp:
            lines.append("Content-Type: application/sdp")
        self.desk.sip.send("\r\n".join([*lines, f"Content-Length: {len(sdp)}"]) + "\r\n\r\n" + sdp)

    @property
    def tag(self) -> str:
        return re.search(r"tag=([^;\s]+)", header(self.answers[-1], "To"))[1]  # type: ignore[index]

    def wait_for(self, start: str) -> str:
        for _ in range(80):
            for message in [*self.answers, *self.requests]:
                if message.startswith(start):
                    return message
            self.desk.page.wait_for_timeout(50)
        raise AssertionError(f"the phone did not say {start}")


@pytest.fixture
def switch(desk: Desk, stage: Stage) -> Switch:
    stage.changes = {"phone": "browser"}
    return Switch(desk)


def ring(desk: Desk, stage: Stage, switch: Switch, *headers: str) -> Page:
    page = desk.open()
    switch.wait_for("REGISTER")
    sdp = page.evaluate(CALLER)
    stage.state = "ringing"
    switch.request("INVITE", *headers, sdp=sdp)
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    return page


def connect(page: Page, switch: Switch) -> None:
    answer = switch.wait_for("SIP/2.0 200 OK")
    page.evaluate("sdp => caller.setRemoteDescription({type: 'answer', sdp})", answer.split("\r\n\r\n", 1)[1])
    switch.request("ACK")
    wait_until(page, "document.querySelector('hallom-deck').phone?.isTalking")


def test_a_call_rings_and_is_answered_by_key(desk: Desk, stage: Stage, switch: Switch) -> None:
    page = ring(desk, stage, switch)
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    expect(page.locator("hallom-deck [role=alert]").last).to_have_text("Incoming call from Szilágyi Katalin")
    wait_until(page, "document.title.startsWith('☎')")
    stage.state = "talking"
    page.keyboard.press("F2")
    connect(page, switch)
    expect(page.locator(".deck")).to_have_attribute("data-state", "talking")
    wait_until(page, "!document.title.startsWith('☎')")
    wait_until(page, "!document.querySelector('hallom-deck audio').paused")
    wait_until(page, "caller.connectionState === 'connected'")


def test_an_answer_pressed_a_moment_before_the_telephone_rings_is_kept(
    desk: Desk, stage: Stage, switch: Switch
) -> None:
    page = desk.open()
    switch.wait_for("REGISTER")
    wait_until(page, "document.querySelector('hallom-deck').phone?.isConnected")
    sdp = page.evaluate(CALLER)
    stage.state = "ringing"
    desk.live.send(LIVE % (1, page.get_attribute("hallom-deck", "data-live")))
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    page.keyboard.press("F2")
    switch.request("INVITE", sdp=sdp)
    connect(page, switch)


def test_an_answer_for_a_telephone_elsewhere_says_so(desk: Desk, stage: Stage, switch: Switch) -> None:
    page = desk.open()
    switch.wait_for("REGISTER")
    stage.state = "ringing"
    desk.live.send(LIVE % (1, page.get_attribute("hallom-deck", "data-live")))
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    page.keyboard.press("F2")
    expect(page.locator("hallom-deck")).to_contain_text("The call rings at your desk phone. Answer it there.")


def test_mute_is_shown_and_survives_what_the_server_sends(desk: Desk, stage: Stage, switch: Switch) -> None:
    page = ring(desk, stage, switch)
    stage.state = "talking"
    page.keyboard.press("F2")
    connect(page, switch)
    mute = page.get_by_role("button", name="Mute")
    page.keyboard.press("F7")
    expect(mute).to_have_attribute("aria-pressed", "true")
    stage.state = "held"
    page.keyboard.press("F8")
    expect(page.locator(".deck")).to_have_attribute("data-state", "held")
    assert stage.asked[-1] == ("POST", "/deck/hold/", {"call": "01J0CALL"})
    expect(mute).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("F7")
    expect(mute).to_have_attribute("aria-pressed", "false")


def test_hanging_up_says_bye_and_navigation_does_not(desk: Desk, stage: Stage, switch: Switch) -> None:
    page = ring(desk, stage, switch)
    stage.state = "talking"
    page.keyboard.press("F2")
    connect(page, switch)
    page.click("#next")
    expect(page.locator("h1")).to_have_text("Page 2")
    assert not [one for one in switch.requests if one.startswith("BYE")]
    assert page.evaluate("caller.connectionState") in ("connected", "connecting", "new")
    stage.state = "wrap_up"
    page.keyboard.press("Shift+F9")
    switch.wait_for("BYE")
    expect(page.locator(".deck")).to_have_attribute("data-state", "wrap_up")


def test_a_call_that_comes_back_is_answered_by_itself(desk: Desk, stage: Stage, switch: Switch) -> None:
    page = desk.open()
    switch.wait_for("REGISTER")
    sdp = page.evaluate(CALLER)
    stage.state = "talking"
    switch.request("INVITE", "X-Hallom-Resume: 01J0CALL", sdp=sdp)
    connect(page, switch)
    expect(page.locator(".deck")).to_have_attribute("data-state", "talking")


def test_a_second_tab_says_where_the_phone_is_and_can_take_it(
    desk: Desk, stage: Stage, switch: Switch
) -> None:
    page = desk.open()
    switch.wait_for("REGISTER")
    other = page.context.new_page()
    second = Desk(other, desk.url)
    there = Switch(second)
    second.open()
    expect(other.locator(".deck-notice")).to_contain_text("The phone is in another tab")
    assert there.requests == []
    other.get_by_role("button", name="Use it here").click()
    there.wait_for("REGISTER")
    expect(page.locator(".deck-notice")).to_contain_text("The phone is in another tab")
    expect(other.locator(".deck-notice")).not_to_be_visible()
    other.close()
    wait_until(page, "document.querySelector('hallom-deck').phone?.isRegistered")


def test_rejecting_is_an_order_and_a_refusal_is_explained(desk: Desk, stage: Stage) -> None:
    stage.state = "ringing"
    page = desk.open()
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    stage.status, stage.changes = 409, {"problem": "The caller has hung up."}
    page.keyboard.press("F4")
    expect(page.locator("#toasts")).to_contain_text("The caller has hung up.")
    assert stage.asked == [("DELETE", "/deck/offer/", {"offer": "01J0CALL-o1"})]
    desk.complaints.clear()


def test_the_state_menu_works_by_keyboard(desk: Desk, stage: Stage) -> None:
    page = desk.open()
    page.focus("[popovertarget=deck-states]")
    page.keyboard.press("Enter")
    expect(page.locator("#deck-states")).to_be_visible()
    assert desk.violations() == []
    stage.state = "paused"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".deck")).to_have_attribute("data-state", "paused")
    assert stage.asked == [("POST", "/deck/state/", {"reason": "lunch"})]
    assert page.evaluate("document.querySelector('.deck').contains(document.activeElement)")


def test_what_is_typed_after_a_call_survives_a_refresh(desk: Desk, stage: Stage) -> None:
    stage.state = "wrap_up"
    page = desk.open()
    note = page.get_by_label("Internal note about the call")
    note.fill("Will send a new modem")
    page.select_option("[name=disposition]", "solved")
    note.focus()
    stage.changes = {"label": "Wrap-up, extended"}
    topic = page.get_attribute("hallom-deck", "data-live")
    desk.live.send(LIVE % (1, topic))
    expect(page.locator(".deck .state")).to_contain_text("extended")
    assert note.input_value() == "Will send a new modem"
    assert note.evaluate("element => element === document.activeElement")
    page.get_by_role("button", name="Done").click()
    page.wait_for_timeout(200)
    assert stage.asked == [
        (
            "POST",
            "/deck/wrap-up/",
            {"call": "01J0CALL", "disposition": "solved", "note": "Will send a new modem"},
        )
    ]


def test_the_customer_pops_up_unless_something_is_half_written(desk: Desk, stage: Stage) -> None:
    page = desk.open()
    topic = page.get_attribute("hallom-deck", "data-live")
    expect(page.locator(".deck")).to_be_visible()
    offer = {"id": "o1", "name": "Katalin", "detail": "", "tags": [], "url": "/page/7/"}
    stage.state, stage.changes = "ringing", {"offer": offer}
    desk.live.send(LIVE % (1, topic))
    expect(page.locator("h1")).to_have_text("Page 7")
    stage.state, stage.changes = "available", {}
    desk.live.send(LIVE % (2, topic))
    expect(page.locator(".deck")).to_have_attribute("data-state", "available")
    page.fill("textarea", "Dear")
    stage.state, stage.changes = "ringing", {"offer": offer | {"id": "o2", "url": "/page/8/"}}
    desk.live.send(LIVE % (3, topic))
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    page.wait_for_timeout(300)
    expect(page.locator("h1")).to_have_text("Page 7")
    assert page.input_value("textarea") == "Dear"


GONE = {
    "id": "01J0CALL-o1",
    "name": "Szilágyi Katalin",
    "why": "Farkas Gergő has taken the call.",
    "until": datetime.now(UTC) + timedelta(minutes=1),
}
ANNOUNCED = """() => {
  window.announced = [];
  new MutationObserver(() => announced.push(announcer.textContent)).observe(announcer, {childList: true});
}"""


def goes_away(desk: Desk, stage: Stage, page: Page, state: str = "available") -> None:
    stage.state, stage.changes = state, {"phone": "browser", "gone": GONE}
    desk.live.send(LIVE % (2, page.get_attribute("hallom-deck", "data-live")))
    expect(page.locator(".deck")).to_have_attribute("data-state", state)


def test_whoever_loses_a_call_to_a_colleague_reads_and_hears_why(
    desk: Desk, stage: Stage, switch: Switch
) -> None:
    page = ring(desk, stage, switch)
    page.evaluate(ANNOUNCED)
    # The answer crosses the colleague's: the switch ends it again, with the reason.
    page.keyboard.press("F2")
    connect(page, switch)
    stage.state, stage.changes = "available", {"phone": "browser", "gone": GONE}
    switch.request("BYE", 'Reason: SIP;cause=200;text="Call completed elsewhere"')
    expect(page.locator(".deck .gone")).to_have_text(
        re.compile("Szilágyi Katalin.*Farkas Gergő has taken the call")
    )
    expect(page.locator("#announcer")).to_have_text("Szilágyi Katalin: Farkas Gergő has taken the call.")
    expect(page.locator("hallom-deck [role=alert]").last).to_have_text("")
    assert desk.violations() == []
    # What is told again is not said again.
    told = page.evaluate("announced.length")
    desk.live.send(LIVE % (3, page.get_attribute("hallom-deck", "data-live")))
    page.wait_for_timeout(300)
    assert page.evaluate("announced.length") == told
    stage.changes = {"phone": "browser"}
    desk.live.send(LIVE % (4, page.get_attribute("hallom-deck", "data-live")))
    expect(page.locator(".deck .gone")).to_have_count(0)


def test_a_call_that_only_rang_is_not_called_ended(desk: Desk, stage: Stage, switch: Switch) -> None:
    page = ring(desk, stage, switch)
    page.evaluate(ANNOUNCED)
    stage.state, stage.changes = (
        "available",
        {"phone": "browser", "gone": GONE | {"why": "The caller hung up."}},
    )
    switch.request("CANCEL", 'Reason: SIP;cause=487;text="Request terminated"')
    expect(page.locator("#announcer")).to_have_text("Szilágyi Katalin: The caller hung up.")
    assert "Call ended" not in page.evaluate("announced")


def test_under_a_form_the_reason_is_a_notice(desk: Desk, stage: Stage) -> None:
    stage.state = "ringing"
    page = desk.open()
    expect(page.locator(".deck")).to_have_attribute("data-state", "ringing")
    goes_away(desk, stage, page, "wrap_up")
    expect(page.locator("#toasts")).to_contain_text("Szilágyi Katalin: Farkas Gergő has taken the call.")


def test_a_reason_of_before_the_page_was_loaded_is_read_but_not_announced(desk: Desk, stage: Stage) -> None:
    stage.changes = {"gone": GONE}
    page = desk.open()
    expect(page.locator(".deck .gone")).to_be_visible()
    page.wait_for_timeout(200)
    assert page.locator("#announcer").text_content() == ""


def test_the_reason_goes_when_its_time_is_over(desk: Desk, stage: Stage) -> None:
    stage.changes = {"gone": GONE | {"until": datetime.now(UTC)}}
    page = desk.open()
    expect(page.locator(".deck .gone")).to_be_visible()
    stage.changes = {}
    expect(page.locator(".deck .gone")).to_have_count(0)

"""Agents call out: their own telephone first, then the other side; and telephones that dial by themselves."""

from dataclasses import replace

import pytest

from hallom.sip.events import InviteAnswered, InviteFailed, ProgressReceived
from hallom.switch.messages import DialRefused, Limited, MediaEvent, Signal
from hallom.switch.tests.sip_world import rtp_sdp
from hallom.switch.tests.test_transfer import HOUSE
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, NUMBER, World

OUTSIDE = "+36301234567"
TOLD_FROM_OUTSIDE = {
    486: "busy",
    404: "unknown_number",
    480: "no_answer",
    603: "declined",
    503: "unreachable",
}


class Office(World):
    """Alice has a browser; Bruno a desk phone of extension 210."""

    def __init__(self) -> None:
        super().__init__(replace(HOUSE, warning=("beep.wav",), extensions={"210": BRUNO, "211": ALICE}))
        self.sign_in(ALICE)
        self.sign_in(BRUNO, is_browser=False)

    @property
    def call(self) -> str:
        return str(next(one for one in reversed(self.journal) if one.kind == "call.placed").call)

    @property
    def state(self) -> str:
        call = self.switch.state.calls.get(self.call)
        return str(call.state) if call else "ended"

    def cause(self) -> tuple[str, str]:
        ending = self.entries("call.ending")[-1].data
        return ending["by"], ending["cause"]

    def progress(self, sdp: str | None = None) -> None:
        self.tell(Signal(ProgressReceived(f"{self.call}-1", 183 if sdp else 180, "", sdp)))

    def other_side_answers(self) -> str:
        leg = next(iter(self.endpoint.dials))
        del self.endpoint.dials[leg]
        self.endpoint.open(f"dialog-{leg}")
        self.tell(Signal(InviteAnswered(leg, f"dialog-{leg}", rtp_sdp(6100)), {"id": f"dialog-{leg}"}))
        return leg

    def other_side_fails(self, status: int) -> None:
        leg = next(iter(self.endpoint.dials))
        del self.endpoint.dials[leg]
        self.tell(Signal(InviteFailed(leg, status, "")))


def dialling() -> tuple[Office, str]:
    """Alice has picked up her own telephone; the other side rings."""
    office = Office()
    assert office.order(ALICE, "dial", to=f"outside:{OUTSIDE}", customer=5, ticket=6).ok
    assert office.endpoint.ringing[office.ringing_leg(ALICE)].headers["X-Hallom-Purpose"] == "dial"
    return office, office.pick_up(ALICE)


def test_the_agents_own_telephone_rings_first_then_the_other_side() -> None:
    office, own = dialling()
    dial = office.endpoint.dials[f"{office.call}-1"]
    assert (dial.number, dial.agent, dial.purpose, dial.party_on_trunk) == (OUTSIDE, ALICE, "dial", False)
    assert office.hears(own) == {"ringback.wav"}
    other = office.other_side_answers()
    assert office.hears(own) == {other}
    assert office.hears(other) == {own}
    assert office.workers["media-0"].recorders[office.call]["right"] == [own]
    placed = office.entries("call.placed")[0].data
    assert (placed["customer"], placed["ticket"], placed["direction"]) == (5, 6, "outgoing")


def test_after_the_call_the_agent_writes_it_up() -> None:
    office, _own = dialling()
    other = office.other_side_answers()
    office.hang_up(f"dialog-{other}")
    assert office.agent_state(ALICE) == "wrap_up"
    assert office.cause() == ("customer", "normal")
    office.wait(30)
    assert office.agent_state(ALICE) == "available"


def test_what_the_other_side_plays_before_it_answers_is_heard() -> None:
    office, own = dialling()
    office.progress(rtp_sdp(6050))
    office.tell(MediaEvent("media-0", "leg.up", {"leg": f"{office.call}-1"}))
    assert office.hears(own) == {f"{office.call}-1"}
    assert office.hears(f"{office.call}-1") == set()
    office.other_side_answers()
    assert office.hears(f"{office.call}-1") == {own}


@pytest.mark.parametrize("status", TOLD_FROM_OUTSIDE)
def test_an_other_side_that_is_not_reached_ends_the_call_with_the_reason(status: int) -> None:
    office, own = dialling()
    office.other_side_fails(status)
    assert office.cause() == ("system", TOLD_FROM_OUTSIDE[status])
    assert f"dialog-{own}" in {bye.dialog for bye in office.endpoint.byes}
    assert office.agent_state(ALICE) == "wrap_up"


def test_an_other_side_that_rings_for_ever_is_let_go() -> None:
    office, _own = dialling()
    office.wait(60)
    assert office.cause() == ("system", "no_answer")
    assert [one.invite for one in office.endpoint.cancels] == [f"{office.call}-1"]


def test_what_the_toll_policy_refuses_is_in_the_journal_with_its_words() -> None:
    office, _own = dialling()
    office.tell(DialRefused(f"{office.call}-1", "country_refused", {"country": "JM"}))
    refused = office.entries("dial.refused")[0]
    assert (refused.agent, refused.data["number"], refused.data["purpose"]) == (ALICE, OUTSIDE, "dial")
    assert (refused.data["code"], refused.data["words"]) == ("country_refused", {"country": "JM"})
    assert office.cause() == ("system", "toll:country_refused")


def test_an_agent_who_does_not_pick_up_his_own_telephone_calls_nobody() -> None:
    office = Office()
    office.order(ALICE, "dial", to=f"outside:{OUTSIDE}")
    office.wait(10)
    assert office.endpoint.dials == {}
    assert office.cause() == ("system", "no_answer")
    assert office.agent_state(ALICE) == "available"


@pytest.mark.parametrize("how", ["bye", "order", "browser gone"])
def test_who_gives_up_while_it_rings_gives_the_other_side_up(how: str) -> None:
    office, own = dialling()
    call = office.call
    if how == "bye":
        office.hang_up(f"dialog-{own}")
    elif how == "order":
        assert office.order(ALICE, "hang_up", call=call).ok
    else:
        office.unregister("sip:page1-7@x.invalid")
    assert office.cause()[0] == "agent"
    assert [one.invite for one in office.endpoint.cancels] == [f"{call}-1"]
    office.wait(35)
    assert office.state == "ended"


def test_a_busy_agent_and_one_without_a_telephone_cannot_call() -> None:
    office, _own = dialling()
    assert office.order(ALICE, "dial", to=f"outside:{OUTSIDE}").error == "busy"
    office.unregister("sip:page1-8@x.invalid")
    assert office.order(BRUNO, "dial", to=f"outside:{OUTSIDE}").error == "unreachable"


def test_a_promise_to_call_is_kept_by_the_call() -> None:
    office = Office()
    office.order(ALICE, "promise", kind="call_customer", agent=ALICE, number=OUTSIDE)
    promise = office.entries("promise.made")[0].data["id"]
    assert office.order(BRUNO, "dial", to=f"outside:{OUTSIDE}", promise=promise).error == "not_your_promise"
    assert office.order(ALICE, "dial", to=f"outside:{OUTSIDE}", promise=promise).ok
    office.pick_up(ALICE)
    assert next(iter(office.endpoint.dials.values())).purpose == "promise"
    assert office.entries("promise.kept") == []
    office.other_side_answers()
    assert [one.data["promise"] for one in office.entries("promise.kept")] == [promise]


def asked_to_be_called() -> tuple[Office, str]:
    """Bruno asked that Alice calls him, and she does."""
    office = Office()
    office.order(BRUNO, "promise", kind="call_me", agent=ALICE)
    promise = office.entries("promise.made")[0].data["id"]
    assert office.order(ALICE, "dial", to=f"agent:{BRUNO}", promise=promise).ok
    office.pick_up(ALICE)
    assert office.entries("promise.kept") == []
    return office, promise


def test_a_promise_to_call_a_colleague_is_kept_when_he_answers() -> None:
    office, promise = asked_to_be_called()
    office.pick_up(BRUNO)
    kept = office.entries("promise.kept")
    assert [(one.data["promise"], one.data["reason"]) for one in kept] == [(promise, "called")]
    assert office.switch.state.desks == {}


def test_a_promise_to_call_a_colleague_is_not_kept_by_whoever_answers_for_him() -> None:
    office = Office()
    office.sign_in(CELIA)
    office.order(BRUNO, "divert", when="always", to=f"agent:{CELIA}")
    office.order(BRUNO, "promise", kind="call_me", agent=ALICE)
    promise = office.entries("promise.made")[0].data["id"]
    office.order(ALICE, "dial", to=f"agent:{BRUNO}", promise=promise)
    office.pick_up(ALICE)
    office.pick_up(CELIA)
    assert office.entries("promise.kept") == []
    assert office.order(ALICE, "keep_promise", promise=promise).ok


def test_a_cap_is_announced_by_a_tone_and_ends_the_call() -> None:
    office, own = dialling()
    other = office.other_side_answers()
    office.tell(Limited(other, office.now + 100))
    office.wait(69)
    assert office.hears(own) == {other}
    office.wait(1.5)
    assert office.hears(own) == {other, "beep.wav"}
    office.wait(2)
    assert office.hears(own) == {other}
    office.wait(28)
    assert office.cause() == ("system", "toll_limit")


def test_a_customer_stays_with_his_agent_when_a_cap_ends_what_was_asked_outside() -> None:
    office = Office()
    name, agents = office.conversation()
    call = office.call_of(name)
    assert office.order(ALICE, "consult", call=call, to=f"outside:{OUTSIDE}").ok
    asked = office.other_side_answers()
    office.tell(Limited(asked, office.now + 10))
    office.wait(10)
    assert office.entries("consult.ended")[0].data["reason"] == "toll_limit"
    assert office.hears(agents) == {f"{call}-1"}
    assert office.call_state(name) == "talking"


def test_a_cap_of_a_leg_that_is_gone_ends_nothing() -> None:
    office = Office()
    name, _agents = office.conversation()
    call = office.call_of(name)
    office.order(ALICE, "consult", call=call, to=f"outside:{OUTSIDE}")
    asked = office.other_side_answers()
    office.tell(Limited(asked, office.now + 40))
    office.hang_up(f"dialog-{asked}")
    office.wait(60)
    assert office.call_state(name) == "talking"
    assert office.entries("dial.warned") == []


def test_a_cap_that_moves_away_lets_the_call_go_on() -> None:
    office, _own = dialling()
    other = office.other_side_answers()
    office.tell(Limited(other, office.now + 10))
    office.tell(Limited(other, None))
    office.wait(60)
    assert office.state == "talking"


def test_a_colleague_is_called_by_his_extension() -> None:
    office = Office()
    assert office.order(ALICE, "dial", to="extension:210").ok
    own = office.pick_up(ALICE)
    assert office.hears(own) == {"ringback.wav"}
    ringing = office.endpoint.ringing[office.ringing_leg(BRUNO)]
    assert (ringing.from_uri, ringing.from_name) == ("sip:211@hallom.invalid", "Alice")
    leg = office.pick_up(BRUNO)
    assert (office.hears(own), office.hears(leg)) == ({leg}, {own})
    assert (office.agent_state(ALICE), office.agent_state(BRUNO)) == ("talking", "talking")
    assert office.entries("recording.started") == []
    assert office.entries("transfer.completed") == []
    assert office.order(ALICE, "hang_up", call=office.call).ok
    assert (office.agent_state(ALICE), office.agent_state(BRUNO)) == ("available", "available")


def test_a_colleague_who_does_not_answer_ends_the_call_with_the_reason() -> None:
    office = Office()
    office.order(ALICE, "dial", to="extension:210")
    office.pick_up(ALICE)
    office.wait(20)
    assert office.cause() == ("system", "no_answer")
    assert office.agent_state(ALICE) == "available"
    assert office.entries("call.returned") == []


def test_a_colleagues_browser_that_goes_ends_the_call() -> None:
    office = Office()
    office.order(ALICE, "dial", to="extension:210")
    office.pick_up(ALICE)
    office.pick_up(BRUNO)
    office.unregister("sip:page1-7@x.invalid")
    assert office.state in ("ending", "ended")
    assert office.agent_state(BRUNO) == "available"


def test_a_desk_phone_dials_a_number_outside() -> None:
    office = Office()
    name = office.dial_from(BRUNO, "06301234567")
    assert office.endpoint.progress == {name: 183}
    assert office.endpoint.dials[f"{office.call}-1"].number == OUTSIDE
    assert office.agent_state(BRUNO) == "talking"
    own = f"{office.call}-2"
    assert office.hears(own) == {"ringback.wav"}
    other = office.other_side_answers()
    assert f"dialog-{name}" in office.endpoint.dialogs
    assert (office.hears(own), office.hears(other)) == ({other}, {own})
    office.hang_up(f"dialog-{name}")
    assert office.cause() == ("agent", "normal")
    assert office.agent_state(BRUNO) == "wrap_up"


@pytest.mark.parametrize(("status", "told"), [(486, 486), (404, 404), (503, 480)])
def test_a_desk_phone_is_told_why_the_other_side_was_not_reached(status: int, told: int) -> None:
    office = Office()
    name = office.dial_from(BRUNO, OUTSIDE)
    office.other_side_fails(status)
    assert office.endpoint.rejects == {name: told}


def test_a_desk_phone_that_may_not_call_is_told_so() -> None:
    office = Office()
    name = office.dial_from(BRUNO, "+18765551234")
    office.tell(DialRefused(f"{office.call}-1", "country_refused"))
    assert office.endpoint.rejects == {name: 403}
    assert office.agent_state(BRUNO) == "wrap_up"


def test_a_desk_phone_gives_up() -> None:
    office = Office()
    name = office.dial_from(BRUNO, OUTSIDE)
    office.customer_hangs_up(name)
    assert office.cause() == ("agent", "cancelled")
    assert [one.invite for one in office.endpoint.cancels] == [f"{office.call}-1"]


def test_a_desk_phone_calls_a_colleague_and_a_queue() -> None:
    office = Office()
    office.dial_from(BRUNO, "211")
    own = f"{office.call}-1"
    assert office.hears(own) == {"ringback.wav"}
    leg = office.pick_up(ALICE)
    assert (office.hears(own), office.hears(leg)) == ({leg}, {own})
    assert office.agent_state(BRUNO) == "talking"
    office.hang_up(f"dialog-{leg}")
    assert (office.agent_state(ALICE), office.agent_state(BRUNO)) == ("available", "available")


def test_a_second_call_of_a_busy_desk_phone_is_refused_but_not_one_for_help() -> None:
    office = Office()
    office.dial_from(BRUNO, OUTSIDE)
    first = office.call
    again = office.dial_from(BRUNO, "+36201234567")
    assert office.endpoint.rejects == {again: 486}
    help_ = office.dial_from(BRUNO, "112")
    assert office.endpoint.dials[f"{office.call}-1"].number == "112"
    assert office.call != first
    del office.endpoint.dials[f"{first}-1"]
    other = office.other_side_answers()
    assert office.hears(other) == {f"{office.call}-2"}
    office.hang_up(f"dialog-{help_}")
    assert office.state in ("ending", "ended")
    assert office.agent_state(BRUNO) == "talking"


def test_a_desk_phone_fetches_somebody_from_his_place() -> None:
    office = Office()
    name, _leg = office.conversation()
    assert office.order(ALICE, "park", call=office.call_of(name), place=3).ok
    phone = office.dial_from(BRUNO, "place-3")
    assert f"dialog-{phone}" in office.endpoint.dialogs
    assert office.call_state(name) == "talking"
    assert office.agent_state(BRUNO) == "talking"
    nobody = office.dial_from(BRUNO, "place-4")
    assert office.endpoint.rejects == {nobody: 404}


def test_a_number_of_the_house_is_called_like_from_outside() -> None:
    office = Office()
    office.dial_from(BRUNO, NUMBER)
    assert office.entries("call.arrived")


STORIES = ["click", "colleague", "desk phone", "desk phone to colleague"]


def story(office: Office, which: str) -> None:
    if which in ("click", "colleague"):
        office.order(ALICE, "dial", to=f"outside:{OUTSIDE}" if which == "click" else "extension:210")
        if office.endpoint.ringing:
            office.pick_up_leg(next(iter(office.endpoint.ringing)))
    else:
        office.dial_from(BRUNO, OUTSIDE if which == "desk phone" else "211")
    if office.endpoint.ringing:
        office.pick_up_leg(next(iter(office.endpoint.ringing)))
    if office.endpoint.dials:
        office.other_side_answers()


@pytest.mark.parametrize("which", STORIES)
def test_a_switch_that_dies_at_any_moment_leaves_a_conversation_or_an_end(which: str) -> None:
    whole = Office()
    whole.points = 0
    story(whole, which)
    assert whole.state == "talking"
    for point in range(1, whole.points + 1):
        office = Office()
        office.crash_at = office.points + point
        story(office, which)
        assert office.replayed().state == office.switch.state, point
        placed = office.entries("call.placed")
        if placed and office.state == "talking":
            call = office.switch.state.calls[office.call]
            assert office.hears(call.customer.id) == {call.agent_leg}, point
            assert office.hears(call.agent_leg or "") == {call.customer.id}, point
        office.wait(200)
        assert office.complaints == [], point
        assert {office.agent_state(ALICE), office.agent_state(BRUNO)} <= {"available", "talking"}, point

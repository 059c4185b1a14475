"""A desk phone with two calls: the customer on hold, and whoever its owner asks; then its transfer key."""

import pytest

from hallom.sip.events import InviteCancelled
from hallom.sip.replaces import Replaces
from hallom.switch.messages import Signal
from hallom.switch.tests.sip_world import rtp_sdp
from hallom.switch.tests.test_transfer import OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO


class Asking:
    """Alice holds her caller by her telephone's own key and calls Bruno with it."""

    def __init__(self, to: str = "210", *, holds: bool = True) -> None:
        self.world = House()
        self.world.sign_in(ALICE, is_browser=False)
        self.name, leg = self.world.conversation()
        self.world.sign_in(BRUNO, is_browser=False)
        self.first = f"dialog-{leg}"
        if holds:
            self.world.reinvite(self.first, rtp_sdp(6000, "sendonly"))
        self.invite = self.world.phone_dials(ALICE, to)
        self.second = f"dialog-{self.invite}"
        self.call = self.world.call_of(self.name)
        self.own = f"{self.call}-3"

    def transfer(self, *, by: str = "", over: str | None = None) -> None:
        """The transfer key: REFER in one of her calls that names the other."""
        replaces = Replaces("c", "a", "b", dialog=self.second if over is None else over or None)
        self.world.refer(by or self.first, "210", replaces=replaces)

    @property
    def told(self) -> list[int]:
        return [status for _, status in self.world.endpoint.news]

    @property
    def hung_up_on(self) -> set[str]:
        return {bye.dialog for bye in self.world.endpoint.byes}


def test_she_hears_it_ring_and_the_caller_music() -> None:
    asking = Asking()
    world = asking.world
    assert world.call_state(asking.name) == "consulting"
    assert world.hears(asking.own) == {"ringback.wav"}
    assert world.heard(asking.name) == {"music.wav"}
    assert asking.second not in world.endpoint.dialogs
    leg = world.pick_up(BRUNO)
    assert asking.second in world.endpoint.dialogs
    assert (world.hears(asking.own), world.hears(leg)) == ({leg}, {asking.own})
    assert world.heard(asking.name) == {"music.wav"}
    assert world.complaints == []


@pytest.mark.parametrize("reverse", [False, True])
def test_the_transfer_key_gives_him_the_caller(reverse: bool) -> None:
    asking = Asking()
    leg = asking.world.pick_up(BRUNO)
    if reverse:
        asking.transfer(by=asking.second, over=asking.first)
    else:
        asking.transfer()
    assert asking.told == [202, 200]
    assert asking.world.heard(asking.name) == {leg}
    assert asking.hung_up_on == {asking.first, asking.second}
    assert asking.world.agent_state(ALICE) == "wrap_up"
    assert asking.world.replayed().state == asking.world.switch.state


def test_pressed_while_it_rings_it_is_a_transfer_that_may_come_back() -> None:
    asking = Asking()
    asking.transfer(over="")
    assert asking.world.endpoint.rejects == {asking.invite: 480}
    assert asking.world.heard(asking.name) == {"ringback.wav"}
    assert asking.told == [202, 180]
    asking.world.refuse(BRUNO, 603)
    assert asking.told == [202, 180, 603]
    assert asking.world.returned()[0]["reason"] == "declined"


@pytest.mark.parametrize(("answer", "status"), [(486, 486), (603, 603), (480, 480), (None, 408)])
def test_who_cannot_be_had_leaves_her_with_her_caller_on_hold(answer: int | None, status: int) -> None:
    asking = Asking()
    if answer is None:
        asking.world.wait(20)
    else:
        asking.world.refuse(BRUNO, answer)
    assert asking.world.endpoint.rejects == {asking.invite: status}
    assert asking.world.call_state(asking.name) == "held"
    asking.world.reinvite(asking.first, rtp_sdp(6000))
    assert asking.world.heard(asking.name) == {asking.first.removeprefix("dialog-")}


def test_without_the_hold_key_she_has_him_back_at_once() -> None:
    asking = Asking(holds=False)
    asking.world.refuse(BRUNO, 486)
    assert asking.world.call_state(asking.name) == "talking"


@pytest.mark.parametrize("answered", [False, True])
def test_she_gives_the_second_call_up(answered: bool) -> None:
    asking = Asking()
    if answered:
        asking.world.pick_up(BRUNO)
        asking.world.hang_up(asking.second)
    else:
        asking.world.endpoint.pending.discard(asking.invite)
        asking.world.tell(Signal(InviteCancelled(asking.invite, "")))
    assert asking.world.call_state(asking.name) == "held"
    assert asking.world.agent_state(BRUNO) in ("available", "paused")
    assert asking.world.endpoint.ringing == {}


def test_he_hangs_up_and_her_second_call_with_him() -> None:
    asking = Asking()
    leg = asking.world.pick_up(BRUNO)
    asking.world.hang_up(f"dialog-{leg}")
    assert asking.hung_up_on == {asking.second}
    assert asking.world.call_state(asking.name) == "held"


def test_she_goes_back_and_forth_by_the_hold_key() -> None:
    asking = Asking()
    leg = asking.world.pick_up(BRUNO)
    asking.world.reinvite(asking.second, rtp_sdp(6100, "sendonly"))
    asking.world.reinvite(asking.first, rtp_sdp(6000))
    assert asking.world.heard(asking.name) == {asking.first.removeprefix("dialog-")}
    assert asking.world.hears(leg) == {"music.wav"}
    asking.world.reinvite(asking.first, rtp_sdp(6000, "sendonly"))
    asking.world.reinvite(asking.second, rtp_sdp(6100))
    assert asking.world.hears(leg) == {asking.own}
    assert asking.world.heard(asking.name) == {"music.wav"}


def test_the_caller_leaves_and_both_calls_end() -> None:
    asking = Asking()
    asking.world.customer_hangs_up(asking.name)
    assert asking.world.endpoint.rejects.keys() == {asking.invite}
    assert asking.hung_up_on == {asking.first}
    assert asking.world.call_state(asking.name) == "ended"


def test_a_number_outside_is_asked_in_her_name() -> None:
    asking = Asking(OUTSIDE)
    assert [one.agent for one in asking.world.endpoint.dials.values()] == [ALICE]
    leg = asking.world.answer_outside()
    asking.transfer()
    assert asking.world.heard(asking.name) == {leg}


def test_a_transfer_that_names_a_call_of_nobody_is_refused() -> None:
    asking = Asking()
    asking.world.pick_up(BRUNO)
    asking.transfer(over="dialog-other")
    assert asking.told == [481]
    assert asking.world.call_state(asking.name) == "consulting"


def test_a_crash_at_any_point_loses_nobody() -> None:
    for point in range(1, 30):
        asking = Asking()
        world = asking.world
        world.crash_at = world.points + point
        leg = world.pick_up(BRUNO)
        asking.transfer()
        assert world.heard(asking.name) == {leg}, point
        assert world.replayed().state == world.switch.state


def test_the_switch_dies_while_it_rings() -> None:
    asking = Asking()
    asking.world.crash()
    leg = asking.world.pick_up(BRUNO)
    assert asking.world.hears(asking.own) == {leg}
    assert asking.second in asking.world.endpoint.dialogs


def test_the_media_worker_dies_and_she_still_has_her_caller_and_whom_she_asks() -> None:
    asking = Asking()
    leg = asking.world.pick_up(BRUNO)
    asking.world.kill_worker("media-0")
    assert asking.world.call_state(asking.name) == "consulting"
    assert (asking.world.hears(asking.own), asking.world.hears(leg)) == ({leg}, {asking.own})
    assert asking.world.heard(asking.name) == {"music.wav"}
    assert asking.world.complaints == []


@pytest.mark.parametrize("verb", ["swap", "join"])
def test_her_telephone_alone_takes_up_a_call_that_it_holds(verb: str) -> None:
    """An order would have the caller talk to a call that is on hold there."""
    asking = Asking()
    leg = asking.world.pick_up(BRUNO)
    reply = asking.world.order(ALICE, verb, call=asking.call)
    assert (reply.ok, reply.error) == (False, "not_now")
    assert asking.world.heard(asking.name) == {"music.wav"}
    assert asking.world.hears(asking.own) == {leg}

"""Keys reach whoever hears the one who pressed them, by RTP, INFO and order alike, and are written nowhere."""

import json
from dataclasses import replace

import pytest

from hallom.sip.events import InfoReceived
from hallom.switch.decide_keys import MOST_DIGITS
from hallom.switch.messages import MediaEvent, Signal
from hallom.switch.numbers import without_keys
from hallom.switch.tests.test_placing import OUTSIDE, Office
from hallom.switch.tests.test_transfer import HOUSE, House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, World

KEYED = replace(HOUSE, keys={digit: f"key-{digit}.wav" for digit in "0123456789*#"})
RELAYED = "application/dtmf-relay"
CARD = "4929,1234#"


def press(world: World, leg: str, way: str, digit: str) -> None:
    if way == "rtp":
        world.tell(MediaEvent("media-0", "dtmf", {"leg": leg, "digit": digit}))
    else:
        world.tell(Signal(InfoReceived(f"dialog-{leg}", RELAYED, f"Signal={digit}\r\nDuration=160\r\n")))


def tones(world: World) -> list[tuple[str, list[str]]]:
    players = world.workers["media-0"].players
    return [(args["files"][0], args["to"]) for name, args in players.items() if "-key" in name]


def pressed(world: World) -> list[tuple[str, str]]:
    return world.workers["media-0"].pressed


def stands_nowhere(world: World, digits: str) -> bool:
    return digits not in json.dumps(world.journal, default=str)


@pytest.mark.parametrize("way", ["rtp", "info"])
def test_a_key_of_the_agents_telephone_is_sent_to_the_caller_and_stands_in_no_journal(way: str) -> None:
    world = World(KEYED)
    name, leg = world.conversation()
    before = len(world.journal)
    press(world, leg, way, "5")
    assert pressed(world) == [(f"{world.call_of(name)}-1", "5")]
    assert tones(world) == []
    assert world.journal[before:] == []
    assert world.complaints == []


def test_a_key_of_the_caller_is_heard_by_the_agent() -> None:
    world = World(KEYED)
    name, leg = world.conversation()
    press(world, f"{world.call_of(name)}-1", "rtp", "#")
    assert tones(world) == [("key-#.wav", [leg])]
    assert pressed(world) == []


@pytest.mark.parametrize("digit", ["", "x", "55", ","])
def test_what_is_no_key_makes_no_sound(digit: str) -> None:
    world = World(KEYED)
    _, leg = world.conversation()
    press(world, leg, "rtp", digit)
    assert (tones(world), pressed(world)) == ([], [])


def test_on_hold_and_before_anybody_talks_nobody_hears_a_key() -> None:
    world = World(KEYED)
    name = world.dial()
    press(world, f"{world.call_of(name)}-1", "rtp", "1")
    world.sign_in(ALICE)
    world.hear_out()
    leg = world.pick_up(ALICE)
    world.order(ALICE, "hold", call=world.call_of(name))
    press(world, leg, "rtp", "1")
    press(world, "nobody-1", "rtp", "1")
    press(world, "nobody-1", "info", "1")
    assert (tones(world), pressed(world)) == ([], [])
    assert world.order(ALICE, "digits", call=world.call_of(name), digits="1").error == "not_now"


def test_an_order_sends_keys_and_only_how_many_is_written() -> None:
    world = World(KEYED)
    name, _ = world.conversation()
    assert world.order(ALICE, "digits", call=world.call_of(name), digits=CARD).ok
    assert pressed(world) == [(f"{world.call_of(name)}-1", CARD)]
    (entry,) = world.entries("keys.sent")
    assert (entry.agent, entry.data) == (ALICE, {"count": 9})
    assert stands_nowhere(world, CARD)


def test_only_who_talks_in_a_call_presses_keys_in_it() -> None:
    world = World(KEYED)
    name, _ = world.conversation()
    world.sign_in(CELIA)
    call = world.call_of(name)
    assert world.order(CELIA, "digits", call=call, digits="1").error == "not_your_call"
    assert world.order(CELIA, "barge", call=call).ok
    world.pick_up(CELIA)
    assert world.order(CELIA, "digits", call=call, digits="1").error == "not_your_call"
    assert world.order(ALICE, "digits", call="nobody", digits="1").error == "no_such_call"
    assert pressed(world) == []


@pytest.mark.parametrize("digits", ["", "12x", "1 2", "1" * (MOST_DIGITS + 1), None])
def test_what_no_telephone_has_a_key_for_is_refused_without_being_told(digits: str | None) -> None:
    world = World(KEYED)
    name, _ = world.conversation()
    assert world.order(ALICE, "digits", call=world.call_of(name), digits=digits).error == "no_keys"
    assert (pressed(world), world.entries("keys.sent")) == ([], [])


def test_while_somebody_outside_is_asked_the_keys_are_for_him_alone() -> None:
    world = House(KEYED)
    name, _ = world.conversation()
    call = world.call_of(name)
    world.order(ALICE, "consult", call=call, to=f"outside:{OUTSIDE}")
    assert world.order(ALICE, "digits", call=call, digits="1").error == "not_now", "nobody has answered"
    leg = world.answer_outside()
    assert world.order(ALICE, "digits", call=call, digits="2").ok
    assert pressed(world) == [(leg, "2")]


def test_what_was_dialled_behind_a_number_is_pressed_when_it_answers_and_was_never_dialled() -> None:
    office = Office()
    office.order(ALICE, "dial", to=f"outside:{OUTSIDE}", digits=f",,{CARD}")
    office.pick_up(ALICE)
    (dial,) = office.endpoint.dials.values()
    assert dial.number == OUTSIDE
    assert pressed(office) == []
    leg = office.other_side_answers()
    assert pressed(office) == [(leg, f",,{CARD}")]
    assert office.entries("keys.sent")[0].data == {"count": 9}
    assert stands_nowhere(office, CARD)


@pytest.mark.parametrize("typed", [f"{OUTSIDE},,4929", f"{OUTSIDE};postd=4929"])
def test_a_desk_phone_that_dials_them_is_told_so_for_its_invite_would_be_kept(typed: str) -> None:
    office = Office()
    office.dial_from(BRUNO, typed)
    assert office.endpoint.dials == {}
    (entry,) = office.entries("call.rejected")
    assert (entry.data["status"], entry.data["reason"]) == (403, "keys_behind")
    assert list(office.endpoint.reject_words.values()) == ["Press Keys When Answered"]
    assert stands_nowhere(office, "4929")


def test_a_call_that_nobody_answers_takes_its_keys_along() -> None:
    office = Office()
    office.order(ALICE, "dial", to=f"outside:{OUTSIDE}", digits=",1")
    office.pick_up(ALICE)
    office.other_side_fails(486)
    assert pressed(office) == []
    office.wait(60)
    assert office.switch._exchange.keys_later == {}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+36301234567,,1234", "+36301234567"),
        ("06 30 123-4567 p 99", "06 30 123-4567"),
        ("sip:+36301234567,1@x", "+36301234567"),
        ("06301234567;12", "06301234567"),
        ("210", "210"),
        ("pizza", "pizza"),
    ],
)
def test_of_what_was_typed_only_the_number_is_written(typed: str, kept: str) -> None:
    assert without_keys(typed) == kept

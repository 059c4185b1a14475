"""Keys reach whoever hears the one who pressed them, by RTP and by INFO alike, and are written nowhere."""

from dataclasses import replace

import pytest

from hallom.sip.events import InfoReceived
from hallom.switch.messages import MediaEvent, Signal
from hallom.switch.tests.test_transfer import HOUSE
from hallom.switch.tests.world import ALICE, World

KEYED = replace(HOUSE, keys={digit: f"key-{digit}.wav" for digit in "0123456789*#"})
RELAYED = "application/dtmf-relay"


def press(world: World, leg: str, way: str, digit: str) -> None:
    if way == "rtp":
        world.tell(MediaEvent("media-0", "dtmf", {"leg": leg, "digit": digit}))
    else:
        world.tell(Signal(InfoReceived(f"dialog-{leg}", RELAYED, f"Signal={digit}\r\nDuration=160\r\n")))


def keys(world: World) -> list[tuple[str, list[str]]]:
    players = world.workers["media-0"].players
    return [(args["files"][0], args["to"]) for name, args in players.items() if "-key" in name]


@pytest.mark.parametrize("way", ["rtp", "info"])
def test_a_key_of_the_agent_is_heard_by_the_caller_and_stands_in_no_journal(way: str) -> None:
    world = World(KEYED)
    name, leg = world.conversation()
    before = len(world.journal)
    press(world, leg, way, "5")
    assert keys(world) == [("key-5.wav", [f"{world.call_of(name)}-1"])]
    assert world.journal[before:] == []
    assert world.complaints == []


def test_a_key_of_the_caller_is_heard_by_the_agent() -> None:
    world = World(KEYED)
    name, leg = world.conversation()
    press(world, f"{world.call_of(name)}-1", "rtp", "#")
    assert keys(world) == [("key-#.wav", [leg])]


@pytest.mark.parametrize("digit", ["", "x", "55", "A"])
def test_what_is_no_key_makes_no_sound(digit: str) -> None:
    world = World(KEYED)
    _, leg = world.conversation()
    press(world, leg, "rtp", digit)
    assert keys(world) == []


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
    assert keys(world) == []

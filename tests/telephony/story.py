"""Steps that several tests take: a customer in the queue, an agent at work, the two in conversation."""

import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hallom.media.g711 import RATE, Samples
from hallom.media.jitter import MAXIMUM_DEPTH
from tests.telephony.hearing import FRAME, is_sounding_throughout, level_dbfs, share_of_tone, tones_heard
from tests.telephony.house import Agent, Desk, House, until
from tests.telephony.phone import Phone, PhoneCall

CUSTOMER_HERTZ = 440.0
AGENT_HERTZ = 1000.0
QUIET_DBFS = -55.0
GREETING_SECONDS = 30.0
TONE_SECONDS, MUSIC_SECONDS = 0.5, 1.0
# The deepest that a worker's jitter buffer gets: what came before a change may still be heard so long after it.
UNDER_WAY_SECONDS = MAXIMUM_DEPTH * FRAME


@dataclass(slots=True)
class Conversation:
    id: str
    agent: Agent
    customer: PhoneCall
    answered: PhoneCall


def call_id(house: House, desk: Desk, *, nth: int = 0) -> str:
    """The id of the desk's nth call, waited for."""
    return str(until(lambda: house.calls_to(desk.number)[nth:], what="the call in the journal")[0])


def go_to_work(house: House, agent: Agent) -> None:
    assert house.order(agent, "sign_in")["ok"]
    assert house.order(agent, "set_state", state="available", reason="")["ok"]


def in_queue(house: House, call: str) -> None:
    house.entry(call, "queue.entered", seconds=GREETING_SECONDS)


def hears_tone(call: PhoneCall, hertz: float, *, seconds: float = 5.0, since: float | None = None) -> None:
    """Half a second of it that came after `since`, or after this was asked: what was heard before proves nothing."""
    since = time.time() if since is None else since

    def is_heard() -> bool:
        sound = call.ear.last(TONE_SECONDS, since=since)
        return share_of_tone(sound, hertz) > 0.8 and is_sounding_throughout(sound, QUIET_DBFS)

    until(is_heard, seconds=seconds + TONE_SECONDS, what=f"{hertz} Hz to be heard")


def hears_music(call: PhoneCall, *, seconds: float = 5.0, since: float | None = None) -> None:
    """A second of it that came after `since`, or after this was asked."""
    since = time.time() if since is None else since

    def is_music() -> bool:
        sound = call.ear.last(MUSIC_SECONDS, since=since)
        is_a_tone = max(share_of_tone(sound, hertz) for hertz in (CUSTOMER_HERTZ, AGENT_HERTZ)) > 0.8
        return level_dbfs(sound) > QUIET_DBFS and not is_a_tone and tones_heard(sound) >= 3

    until(is_music, seconds=seconds + MUSIC_SECONDS, what="music to be heard")


def hears_anything(call: PhoneCall, *, seconds: float = 5.0) -> None:
    """Half a second that is not silent, and not of what was under way when this was asked."""
    since = time.time() + UNDER_WAY_SECONDS
    until(
        lambda: level_dbfs(call.ear.last(TONE_SECONDS, since=since)) > QUIET_DBFS,
        seconds=seconds + UNDER_WAY_SECONDS + TONE_SECONDS,
        what="anything to be heard",
    )


@contextmanager
def conversation(house: House, desk: Desk) -> Iterator[Conversation]:
    """A customer and an agent's desk phone that hear each other."""
    agent = desk.agents[0]
    with (
        Phone(house.sip_port, hertz=AGENT_HERTZ, on_ring="answer") as agent_phone,
        Phone(house.sip_port, hertz=CUSTOMER_HERTZ) as customer_phone,
    ):
        agent_phone.register(agent)
        go_to_work(house, agent)
        customer = customer_phone.call(desk.number).wait_up()
        call = call_id(house, desk)
        house.entry(call, "call.bridged", seconds=GREETING_SECONDS)
        answered = agent_phone.talking()
        hears_tone(customer, AGENT_HERTZ)
        hears_tone(answered, CUSTOMER_HERTZ)
        # So that there is a second of conversation behind whatever a test does next.
        begun = len(answered.ear.packets)
        until(lambda: len(answered.ear.packets) > begun + 60, what="a second of conversation")
        yield Conversation(call, agent, customer, answered)


def recorded(path: Path) -> tuple[Samples, Samples]:
    """Left and right channel."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, RATE, 2)
        frames = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    return np.ascontiguousarray(frames[:, 0]), np.ascontiguousarray(frames[:, 1])

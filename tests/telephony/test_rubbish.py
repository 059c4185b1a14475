"""Rubbish, floods and wrong passwords at the real ports: the good calls do not notice, and nothing stays behind."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import statistics
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hallom.media.tests.endpoint import tone
from hallom.sip.tests import test_malformed, test_torture_endpoint
from hallom.sip.tests.lone import invite
from tests.telephony import sipp
from tests.telephony.conftest import need
from tests.telephony.hearing import share_of_tone
from tests.telephony.hostile import Source, challenge_in, credentials, junk, request
from tests.telephony.house import House, until
from tests.telephony.sipp import Load
from tests.telephony.story import AGENT_HERTZ, CUSTOMER_HERTZ, conversation, hears_tone

pytestmark = pytest.mark.alone

GOOD_SHARE = 0.99
FLOOD_RATE = 500.0
# Two floods at this pace, so a thousand a second together.
FLOOD_SECONDS = 12.0
MOST_GROWTH = 40 * 1024 * 1024
STRANGERS_HERTZ = 2500.0


@pytest.fixture(scope="module")
def besieged() -> Iterator[House]:
    """A house whose only trunk is 127.0.0.1; every other address of this machine is a stranger's."""
    folder = Path(tempfile.mkdtemp(prefix="hallom-rubbish-"))
    house = House(folder, workers=1, rooms=8, is_silent=True)
    try:
        house.open()
        house.query("UPDATE calls_trunk SET addresses = '{127.0.0.1/32}'")
        house.query("NOTIFY switch_config")
        stranger = Source("127.0.0.60", house.sip_port)
        until(
            lambda: b" 401 " in stranger.ask(_call(stranger, 0), seconds=1.0),
            what="strangers to be challenged",
        )
        yield house
    finally:
        house.close()
        if not os.environ.get("HALLOM_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def _call(source: Source, number: int, *, extra: str = "") -> bytes:
    port = int(source.wire.getsockname()[1])
    return request("INVITE", "+3615550000", number, source.host, port, extra=extra)


def _register(source: Source, username: str, number: int, *, extra: str = "") -> bytes:
    port = int(source.wire.getsockname()[1])
    return request("REGISTER", username, number, source.host, port, extra=extra)


def is_well(house: House) -> bool:
    """The switch answers, and nothing it did went wrong."""
    asker = Source("127.0.0.1", house.sip_port)
    answer = asker.ask(request("OPTIONS", "hallom", time.time_ns() % 10**9, "127.0.0.1", 9), seconds=5)
    asker.wire.close()
    return b" 200 " in answer and house.is_running("switch") and "_failed" not in house.output("switch")


def banned(house: House, host: str) -> list[dict[str, object]]:
    return house.query("SELECT * FROM calls_bannedsource WHERE address = %s ORDER BY entry", host)


def memory(house: House) -> int:
    return int(psutil.Process(house.pid("switch")).memory_info().rss)


def test_a_thousand_requests_a_second_of_junk_and_wrong_passwords_spare_the_good_calls(
    besieged: House,
) -> None:
    house, desk = besieged, next(besieged.desks)
    noisy, guesser = Source("127.0.0.66", house.sip_port), Source("127.0.0.67", house.sip_port)
    asked = challenge_in(guesser.ask(_register(guesser, "phone-0-0", 0)))
    before = memory(house)

    def guess(number: int) -> bytes:
        proof = credentials(asked, "REGISTER", "phone-0-0", f"guess {number}", number + 1)
        return _register(guesser, "phone-0-0", number + 1, extra=proof)

    load = Load(desk.number, calls=int(10 * FLOOD_SECONDS), rate=10, hold_seconds=1.0)
    with noisy.flooding(junk(), rate=FLOOD_RATE), guesser.flooding(guess, rate=FLOOD_RATE):
        good = sipp.finish(sipp.start(need("sipp"), house.sip_port, load), load)
    assert good >= GOOD_SHARE * load.calls, f"{good} of {load.calls}"
    assert min(noisy.sent, guesser.sent) >= FLOOD_RATE * FLOOD_SECONDS * 0.9
    until(lambda: banned(house, noisy.host) and banned(house, guesser.host), what="both banned")
    assert banned(house, guesser.host)[0]["reason"] == "authentication"
    assert len(guesser.answers) < 100
    assert noisy.ask(_call(noisy, 10**6), seconds=1.0) == b""
    assert memory(house) - before < MOST_GROWTH
    assert is_well(house)


def test_a_ban_can_be_lifted_and_outlives_a_restart_until_then(besieged: House) -> None:
    house, desk = besieged, next(besieged.desks)
    guesser = Source("127.0.0.68", house.sip_port)
    asked = challenge_in(guesser.ask(_register(guesser, "phone-0-0", 0)))
    for number in range(1, 15):
        proof = credentials(asked, "REGISTER", "phone-0-0", "wrong", number)
        guesser.ask(_register(guesser, "phone-0-0", number, extra=proof), seconds=0.2)
    until(lambda: banned(house, guesser.host), what="the ban")
    until(lambda: guesser.host in (house.data / "run" / "bans.json").read_text(), what="the ban kept")
    house.kill("switch")
    house.restart("switch")
    assert guesser.ask(_register(guesser, "phone-0-0", 20), seconds=1.0) == b""
    assert house.order(desk.agents[0], "lift_ban", source=guesser.host)["ok"]
    assert b" 401 " in guesser.ask(_register(guesser, "phone-0-0", 21))
    until(lambda: banned(house, guesser.host)[-1]["lifted_at"], what="the lifting in the records")
    assert not house.order(desk.agents[0], "lift_ban", source=guesser.host)["ok"]


def test_known_and_unknown_names_are_answered_alike(besieged: House) -> None:
    """From this machine itself, which is never banned."""
    source = Source("127.0.0.1", besieged.sip_port)
    asked = challenge_in(source.ask(_register(source, "phone-0-0", 0)))
    names = ("phone-0-0", "phone-9-9")
    times: dict[str, list[float]] = {name: [] for name in names}
    shapes: dict[str, set[str]] = {name: set() for name in names}
    for number in range(1, 401):
        name = names[number % 2]
        challenged = _shape(source.ask(_register(source, name, number + 10_000)), name)
        proof = credentials(asked, "REGISTER", name, "wrong", number)
        data = _register(source, name, number, extra=proof)
        began = time.perf_counter()
        answer = source.ask(data)
        times[name].append(time.perf_counter() - began)
        shapes[name] |= {challenged, _shape(answer, name)}
    assert shapes[names[0]] == shapes[names[1]]
    assert len(shapes[names[0]]) == 2
    known, unknown = (statistics.median(times[name]) for name in names)
    assert abs(known - unknown) < 0.2 * max(known, unknown), f"{known * 1e6:.0f} µs, {unknown * 1e6:.0f} µs"


def _shape(answer: bytes, name: str) -> str:
    """The answer without what differs between any two: names, tags, nonces, numbers."""
    text = answer.decode("latin-1").replace(name, "NAME")
    return re.sub(r'(nonce=")[^"]*|(tag=)[0-9a-f]+|\d+', "#", text)


def test_the_torture_set_over_real_sockets_disturbs_nobody(besieged: House) -> None:
    house, desk = besieged, next(besieged.desks)
    messages = [
        *test_torture_endpoint.ODD.values(),
        *(data for data, _ in test_torture_endpoint.WRONG.values()),
        *test_malformed.SEEDS,
    ]
    messages += [invite()[:cut] for cut in range(0, len(invite()), 7)]
    with conversation(house, desk) as talk:
        began = time.time()
        source = Source("127.0.0.70", house.sip_port)
        for data in messages:
            source.send(data)
        asyncio.run(asyncio.wait_for(_by_streams(house, messages), 60))
        until(lambda: is_well(house), what="the switch well")
        assert talk.customer.ear.longest_gap(began, time.time()) <= 0.1
        hears_tone(talk.customer, AGENT_HERTZ)
        talk.customer.hang_up()
        talk.answered.wait_over()
        assert house.record(talk.id)["ended_by"] == "customer"


async def _by_streams(house: House, messages: list[bytes]) -> None:
    for data in messages:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(
                "127.0.0.1", house.sip_port, local_addr=("127.0.0.71", 0)
            )
            writer.write(data)
            writer.close()
    for start in range(0, len(messages), 10):
        with contextlib.suppress(ConnectionClosed, OSError):
            async with connect(f"ws://127.0.0.1:{house.ws_port}/", subprotocols=[Subprotocol("sip")]) as page:
                for data in messages[start : start + 10]:
                    await page.send(data)


def test_rubbish_and_strangers_at_a_media_port_are_not_heard(besieged: House) -> None:
    house, desk = besieged, next(besieged.desks)
    with conversation(house, desk) as talk:
        ports = {
            entry["data"]["media"]["port"]
            for entry in house.entries(talk.id)
            if entry["kind"] == "leg.opened"
        }
        before = psutil.Process(house.pid("media-0")).memory_info().rss
        began = time.time()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.72", 0))
            for number in range(150):
                for port in ports:
                    for data in (*_broken(number), _rtp(number)):
                        stranger.sendto(data, ("127.0.0.1", port))
                        stranger.sendto(data, ("127.0.0.1", port + 1))
                time.sleep(0.02)
        ended = time.time()
        for call, hertz in ((talk.customer, AGENT_HERTZ), (talk.answered, CUSTOMER_HERTZ)):
            heard = call.ear.since(began)
            assert share_of_tone(heard, hertz) > 0.9
            assert share_of_tone(heard, STRANGERS_HERTZ) < 0.001
            assert call.ear.longest_gap(began, ended) <= 0.1
        assert house.is_running("media-0")
        assert psutil.Process(house.pid("media-0")).memory_info().rss - before < MOST_GROWTH
        talk.customer.hang_up()
        talk.answered.wait_over()
        assert house.record(talk.id)["ended_by"] == "customer"


def _rtp(number: int) -> bytes:
    """A well-formed packet of a loud tone that nobody asked for."""
    samples = tone(STRANGERS_HERTZ, 160)
    from hallom.media import g711

    payload = g711.encode(samples, g711.Law.PCMU)
    return struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * 160, 0xBAD) + payload


def _broken(number: int) -> Iterator[bytes]:
    yield b""
    yield b"\x80"
    yield b"\x9f\x00" + os.urandom(10)
    yield b"\xbf\xff" + os.urandom(40)
    yield b"\x80\xc8\xff\xff" + os.urandom(24)
    yield b"\x81\xc9\x00\x07" + os.urandom(16)
    yield b"\x00\x01\x00\x08\x21\x12\xa4\x42" + os.urandom(20)
    yield b"\x01\x01\x00\x00\x21\x12\xa4\x42" + os.urandom(12)
    yield b"\x16\xfe\xfd" + os.urandom(60)
    yield b"\x14\xfe\xff\x00\x00" + os.urandom(3)
    yield os.urandom(1 + number * 9 % 1400)

"""Control messages: what is understood, and what the sender of nonsense is told."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hallom.media import protocol
from hallom.media.g711 import Law
from hallom.media.protocol import RequestError, parse_request

PRINT = ":".join(["AB"] * 32)


def parse(**message: object) -> protocol.Command:
    return parse_request(json.dumps({"id": 1} | message).encode()).command


def test_the_verbs_of_the_contract_are_understood() -> None:
    assert parse(do="leg.open", leg="c-1", kind="rtp") == protocol.OpenLeg("c-1", "rtp")
    connect = parse(
        do="leg.connect", leg="c-1", host="192.0.2.1", port=4000, codec=8, dtmf=101, receives=False
    )
    assert connect == protocol.ConnectLeg("c-1", "192.0.2.1", 4000, Law.PCMA, 101, True, False)
    web = parse(
        do="leg.connect", leg="c-2", ufrag="u", pwd="p", fingerprint=f"sha-256 {PRINT.lower()}", dtmf=None
    )
    assert isinstance(web, protocol.ConnectLeg)
    assert web.fingerprint == PRINT
    assert parse(do="leg.close", leg="c-1") == protocol.CloseLeg("c-1")
    assert parse(do="mix", edits=[["a", "b", 1], ["b", "a", 0]]) == protocol.Mix(
        (("a", "b", 1), ("b", "a", 0))
    )
    player = parse(do="player.start", player="p", files=["music.wav"], loop=True, to=["c-1"])
    assert player == protocol.StartPlayer("p", ("music.wav",), True, ("c-1",))
    assert parse(do="player.stop", player="p") == protocol.StopPlayer("p")
    recorder = parse(do="recorder.start", recorder="c", path="c.wav", left=["c-1"], right=["c-2"])
    assert recorder == protocol.StartRecorder("c", "c.wav", ("c-1",), ("c-2",))
    assert parse(do="recorder.pause", recorder="c") == protocol.PauseRecorder("c")
    assert parse(do="recorder.resume", recorder="c") == protocol.ResumeRecorder("c")
    assert parse(do="recorder.stop", recorder="c") == protocol.StopRecorder("c")
    assert parse(do="inventory") == protocol.Inventory()
    assert parse(do="ping") == protocol.Ping()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"do": "leg.blow_up"}, "unknown verb 'leg.blow_up'"),
        ({"do": 7}, "unknown verb 7"),
        ({}, "unknown verb None"),
        ({"do": "leg.open", "kind": "rtp"}, "leg.open: leg must be a text"),
        ({"do": "leg.open", "leg": "x" * 101, "kind": "rtp"}, "leg must be a text"),
        ({"do": "leg.open", "leg": "a\u0000b", "kind": "rtp"}, "printable"),
        ({"do": "leg.open", "leg": "a", "kind": "smoke"}, "kind must be rtp or webrtc"),
        ({"do": "leg.connect", "leg": "a", "host": "example.org", "port": 1}, "host must be an IP address"),
        ({"do": "leg.connect", "leg": "a", "host": "::1", "port": 70000}, "port must be a number"),
        ({"do": "leg.connect", "leg": "a", "host": "::1", "port": True}, "port must be a number"),
        ({"do": "leg.connect", "leg": "a", "host": "::1", "port": 1, "codec": 3}, "codec must be"),
        ({"do": "leg.connect", "leg": "a", "host": "::1", "port": 1, "dtmf": 200}, "dtmf must be"),
        (
            {"do": "leg.connect", "leg": "a", "host": "::1", "port": 1, "sends": 1},
            "sends must be true or false",
        ),
        (
            {"do": "leg.connect", "leg": "a", "ufrag": "u", "pwd": "p", "fingerprint": "AB:CD"},
            "fingerprint must",
        ),
        ({"do": "mix", "edits": [["a", "b"]]}, "an edit is"),
        ({"do": "mix", "edits": [["a", "b", 9]]}, "gain must be from 0 to 4"),
        ({"do": "mix", "edits": [["a", "b", "1"]]}, "gain must be a number"),
        ({"do": "mix", "edits": "all"}, "edits must be a list"),
        ({"do": "player.start", "player": "p", "files": []}, "files must be a list"),
        ({"do": "player.start", "player": "p", "files": [7]}, "files must be a file name"),
        ({"do": "recorder.start", "recorder": "r", "path": ""}, "path must be a file name"),
    ],
)
def test_nonsense_is_answered_with_words(message: dict[str, object], words: str) -> None:
    with pytest.raises(RequestError) as refusal:
        parse(**message)
    assert words in str(refusal.value)
    assert refusal.value.request_id == 1


@pytest.mark.parametrize("line", [b"", b"\xff\xfe", b"[]", b"7", b"{", b"[" * 100_000])
def test_what_is_no_object_is_told_so(line: bytes) -> None:
    with pytest.raises(RequestError, match="not a JSON object"):
        parse_request(line)


def test_not_a_number_is_no_gain() -> None:
    with pytest.raises(RequestError):
        parse_request(b'{"do":"mix","edits":[["a","b",NaN]]}')


KEYS = (
    "leg", "kind", "host", "port", "codec", "dtmf", "sends", "receives", "ufrag", "pwd", "fingerprint", "edits",
    "player", "files", "loop", "to", "recorder", "path", "left", "right",
)  # fmt: skip
SCALARS = st.sampled_from([None, True, 0, 8, -1, 70000, 0.5, 1e300, "", "c-1", "127.0.0.1", "rtp", PRINT])
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.lists(st.lists(SCALARS, max_size=3), max_size=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(protocol._READERS)), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
def test_any_arguments_are_understood_or_refused(verb, arguments) -> None:
    with contextlib.suppress(RequestError):
        parse(do=verb, **arguments)

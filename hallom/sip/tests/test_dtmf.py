import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.sip.dtmf import KEYS, Key, key_of

RELAY = "application/dtmf-relay"


@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        (RELAY, "Signal=5\r\nDuration=160\r\n", Key("5", 160)),
        (RELAY, "Signal= 5\r\nDuration= 250", Key("5", 250)),
        (RELAY, "Duration=80\nsignal = *", Key("*", 80)),
        ("Application/DTMF-Relay;charset=utf-8", "Signal=#\r\n", Key("#", 160)),
        (RELAY, "Signal=10\r\n", Key("*", 160)),
        (RELAY, "Signal=11\r\n", Key("#", 160)),
        (RELAY, "Signal=d\r\nDuration=0\r\n", Key("D", 1)),
        (RELAY, "Signal=1\r\nDuration=99999\r\n", Key("1", 10_000)),
        ("application/dtmf", "7", Key("7", 160)),
        ("application/dtmf", " 12\r\n", Key("A", 160)),
        ("application/dtmf", "Signal=3\r\nDuration=100\r\n", Key("3", 100)),
        (RELAY, "Signal=16\r\n", None),
        (RELAY, "Signal=\u0663\r\n", None),
        (RELAY, "Signal=55555\r\n", None),
        (RELAY, "", None),
        ("application/dtmf", "77", None),
        ("application/dtmf", "", None),
        ("application/media_control+xml", "Signal=5", None),
        ("", "5", None),
    ],
)
def test_keys_are_read_as_phones_write_them(content_type: str, body: str, key: Key | None) -> None:
    assert key_of(content_type, body) == key


@given(st.sampled_from((RELAY, "application/dtmf")), st.text(max_size=60))
def test_no_body_does_harm(content_type: str, body: str) -> None:
    key = key_of(content_type, body)
    assert key is None or (key.digit in KEYS and 1 <= key.ms <= 10_000)

import re
from dataclasses import dataclass

SIGNAL = re.compile(r"(?im)^\s*signal\s*=\s*([0-9]{1,2}|[*#A-D])\s*$")
DURATION = re.compile(r"(?im)^\s*duration\s*=\s*([0-9]{1,5})\s*$")
# RFC 4733 numbers; some phones write 10 for the star.
KEYS = "0123456789*#ABCD"
USUAL_MS = 160
# A key held longer is a key that got stuck.
LONGEST_MS = 10_000


@dataclass(frozen=True, slots=True)
class Key:
    """A telephone key pressed by INFO, and for how many milliseconds."""

    digit: str
    ms: int = USUAL_MS


def key_of(content_type: str, body: str) -> Key | None:
    """The key an INFO tells of (application/dtmf-relay, application/dtmf), None when it tells of none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/dtmf-relay":
        return _relayed(body)
    if kind == "application/dtmf":
        text = body.strip().upper()
        return _key(text, USUAL_MS) if "=" not in text else _relayed(body)
    return None


def _relayed(body: str) -> Key | None:
    lines = body.replace("\r\n", "\n").replace("\r", "\n")
    signal, duration = SIGNAL.search(lines), DURATION.search(lines)
    return _key(signal[1].upper(), int(duration[1]) if duration else USUAL_MS) if signal else None


def _key(text: str, ms: int) -> Key | None:
    if len(text) == 2 and text.isascii() and text.isdecimal() and int(text) < len(KEYS):
        text = KEYS[int(text)]
    return Key(text, min(max(ms, 1), LONGEST_MS)) if len(text) == 1 and text in KEYS else None

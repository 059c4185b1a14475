"""The subject of what goes out: the ticket's number once, and no pile of Re: before it. Pure."""

import re

MAX_SUBJECT = 300
# Reply and forward signs of mail programs in the languages our customers' programs speak; [2] and (3) count them.
_SIGNS = (
    "re", "aw", "sv", "vs", "rif", "res", "ynt", "odp", "vá", "válasz", "antw",
    "fw", "fwd", "wg", "pd", "tov", "továbbítás", "i", "rv", "tr", "enc", "vb",
)  # fmt: skip
_SIGN = re.compile(rf"^\s*(?:{'|'.join(_SIGNS)})\s*(?:\[\d+\]|\(\d+\))?\s*:\s*", re.IGNORECASE)


def subject_line(subject: str, number: int, *, tag: str = "#", is_reply: bool = False) -> str:
    """`Re: [#48213] No internet`, whatever the subject was adorned with before."""
    mark = f"[{tag}{number}]"
    bare = bare_subject(subject, number, tag=tag)[: MAX_SUBJECT - len(mark) - len("Re:  ")]
    return f"{'Re: ' if is_reply else ''}{mark} {bare}".rstrip()


def bare_subject(subject: str, number: int, *, tag: str = "#") -> str:
    """Without reply signs and without the number, in whichever order and however often they stand there."""
    mark = re.compile(rf"\s*\[\s*{re.escape(tag)}\s*{number}\s*\]\s*", re.IGNORECASE)
    rest = " ".join(subject.split())
    while True:
        shorter = _SIGN.sub("", mark.sub(" ", rest)).strip()
        if shorter == rest:
            return rest
        rest = shorter

"""Address fields (RFC 5322 3.4) as they are found: commas in names, encoded words in quotes, missing brackets."""

import re

from hallom.mail.parse.limits import MAX_ADDRESSES, MAX_FIELD
from hallom.mail.parse.mail import Address
from hallom.mail.parse.words import UNCAPTURED, decode_words, one_line

TOKEN = re.compile(
    rf"(?P<word>{UNCAPTURED})"
    r'|(?P<quoted>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<angle><[^<>]*>)|(?P<comment>\([^()]*\))|(?P<mark>[,;:])'
    r"|(?P<space>\s+)|(?P<plain>[^\s,;:<\"(=]+|.)",
    re.S,
)
UNQUOTE = re.compile(r"\\(.)", re.S)
# Some mailers put the address into the name as well.
ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]{1,256}@[^\s@<>(),;:\"]{1,255}")


def addresses(field: str) -> tuple[Address, ...]:
    """In the order written; without those that name nobody, and without doubles."""
    found: dict[tuple[str, str], Address] = {}
    draft = _Draft()
    for match in TOKEN.finditer(field[:MAX_FIELD]):
        kind, token = match.lastgroup, match[0]
        if kind == "mark" and token == ":" and not draft.angle:
            draft = _Draft()
        elif kind == "mark":
            _add(found, draft)
            draft = _Draft()
        else:
            draft.take(kind or "plain", token)
        if len(found) >= MAX_ADDRESSES:
            break
    else:
        _add(found, draft)
    return tuple(found.values())


class _Draft:
    __slots__ = ("angle", "comments", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.angle = ""
        self.comments: list[str] = []

    def take(self, kind: str, token: str) -> None:
        if kind == "angle":
            if self.angle and "@" not in self.angle:
                self.words.append(self.angle)
            self.angle = token[1:-1].strip() or self.angle
        elif kind == "quoted":
            self.words.append(UNQUOTE.sub(r"\1", token[1:-1]))
        elif kind == "comment":
            self.comments.append(token[1:-1])
        else:
            self.words.append(token)

    def address(self) -> Address | None:
        name = one_line(decode_words("".join(self.words)))
        angle = self.angle.rpartition(":")[2] if self.angle.startswith("@") else self.angle
        addr = "".join(decode_words(angle).removeprefix("mailto:").split())
        if not addr:
            bare = ADDRESS.search(name)
            addr = bare[0] if bare else name.replace(" ", "")
            name = one_line(decode_words(" ".join(self.comments)))
        if name.strip("'\"").lower() == addr.lower():
            name = ""
        return Address(name[:300], addr[:320]) if addr else None


def _add(found: dict[tuple[str, str], Address], draft: _Draft) -> None:
    address = draft.address()
    if address is not None:
        found.setdefault((address.name, address.addr), address)

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

PARAMETER = re.compile(r';\s*([^\s;=,"<>]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?')
VIA = re.compile(
    r"SIP\s*/\s*2\.0\s*/\s*([A-Za-z0-9\-]+)\s+(\[[0-9A-Fa-f:.]+\]|[^\s;:,\[\]]+)\s*(?::\s*([0-9]{1,5}))?\s*(;.*)?\Z",
    re.I | re.S,
)
URI_CHARACTERS = re.compile(r"[!#-;=?-\[\]_a-z~]+\Z")
# What nearly every From, To, Contact and Via looks like; anything else is read the long way.
USUAL_ADDRESS = re.compile(r'(?:"([^"\\]*)" ?)?<([!#-;=?-\[\]_a-z~]+)>(?:;tag=([^\s;=,"<>]+))?\Z')
USUAL_VIA = re.compile(
    r"SIP/2\.0/([A-Z]+) ([a-z0-9.\-]+)(?::([0-9]{1,5}))?((?:;[a-z]+(?:=[^\s;=,\"<>]*)?)*)\Z"
)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*')


class BadHeader(ValueError):
    """A header field whose value does not follow its grammar."""


def split_commas(value: str) -> list[str]:
    """The items of a comma-separated header field, commas within quotes or <> not counting."""
    if "," not in value:
        return [value]
    items, start, quoted, bracketed, skip = [], 0, False, False, False
    for at, character in enumerate(value):
        if skip:
            skip = False
        elif quoted:
            skip, quoted = character == "\\", character != '"'
        elif character == '"':
            quoted = True
        elif character in "<>":
            bracketed = character == "<"
        elif character == "," and not bracketed:
            items.append(value[start:at].strip())
            start = at + 1
    items.append(value[start:].strip())
    return [item for item in items if item]


def unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parameters(text: str) -> dict[str, str]:
    """`;name=value` pairs, names in lower case, values unquoted, the first of a name winning."""
    found: dict[str, str] = {}
    if text:
        for name, value in PARAMETER.findall(text):
            found.setdefault(name.lower(), unquoted(value) if value[:1] == '"' else value)
    return found


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A From, To, Contact, Route or P-Asserted-Identity value (RFC 3261 20.10)."""

    name: str
    uri: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    # The same From and To come with every message of a call.
    @lru_cache(maxsize=4096)
    def parse(cls, value: str) -> "NameAddr":
        if usual := USUAL_ADDRESS.match(value):
            return cls(usual[1] or "", usual[2], {"tag": usual[3]} if usual[3] else {})
        name = ""
        if match := QUOTED.match(value):
            name, value = unquoted(f'"{match[1]}"'), value[match.end() :]
            if value[:1] != "<":
                raise BadHeader("a quoted name without <address>")
        elif value.startswith('"'):
            raise BadHeader("a name without its closing quote")
        opening = value.find("<")
        if opening < 0:
            uri, semicolon, rest = value.partition(";")
            return cls("", _checked(uri.strip()), parameters(semicolon + rest))
        closing = value.find(">", opening)
        if closing < 0:
            raise BadHeader("an address without its >")
        uri = _checked(value[opening + 1 : closing].strip())
        return cls(name or value[:opening].strip(), uri, parameters(value[closing + 1 :]))

    @property
    def tag(self) -> str:
        return self.parameters.get("tag", "")

    def __str__(self) -> str:
        shown = f"{quoted(self.name)} <{self.uri}>" if self.name else f"<{self.uri}>"
        return shown + "".join(
            f";{name}={value}" if value else f";{name}" for name, value in self.parameters.items()
        )


def _checked(uri: str) -> str:
    if URI_CHARACTERS.match(uri) is None:
        raise BadHeader("an address that is no URI")
    return uri


class Via(NamedTuple):
    """The topmost Via of a message (RFC 3261 20.42)."""

    transport: str
    host: str
    port: int | None
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, value: str) -> "Via":
        usual = USUAL_VIA.match(value)
        match = usual or VIA.match(value)
        if match is None:
            raise BadHeader("a Via that cannot be read")
        transport, host, digits, rest = match.groups("")
        port = int(digits) if digits else None
        if port is not None and not 0 < port < 65_536:
            raise BadHeader("a Via with an impossible port")
        if usual is None:
            return cls(transport.upper(), host.lower(), port, parameters(rest))
        return cls(transport, host, port, _plain_parameters(rest))

    @property
    def branch(self) -> str:
        return self.parameters.get("branch", "")


def _plain_parameters(text: str) -> dict[str, str]:
    """As `parameters`, of what USUAL_VIA has read: small names, nothing quoted, no blanks."""
    found = {}
    # Backwards, for the first of a name wins.
    for item in text.split(";")[:0:-1]:
        name, _, value = item.partition("=")
        found[name] = value
    return found


def legible(text: str) -> str:
    """Text fit for JSON and a database: bytes that were not UTF-8 are read as Latin-1."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    return text

import re

# A browser's offer of audio, video and data with all its candidates has about 200 lines.
MAX_LINES = 2_000
MAX_MEDIA = 32
MEDIA = re.compile(
    r"([A-Za-z0-9\-]{1,32}) ([0-9]{1,5})(?:/[0-9]+)? ([A-Za-z0-9/\-]{1,64})((?: [A-Za-z0-9.\-_*]{1,64}){1,256})\Z"
)
CONNECTION = re.compile(r"IN IP[46] ([0-9A-Za-z.:\-]{1,255})(?:/\S*)?\Z")
ORIGIN = re.compile(r"\S+ ([0-9]{1,20}) ([0-9]{1,20}) ")
VALUE = re.compile(r"[\x20-\x7e]{0,1024}\Z")
MAP = re.compile(r"([0-9]{1,3}) ([A-Za-z0-9\-_.]{1,64}/[0-9]{1,6}(?:/[0-9]{1,2})?)\Z")
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


class SdpError(ValueError):
    """A description that cannot be read, or for which there is no answer."""


class Section:
    """The lines of the session itself or of one media stream."""

    __slots__ = ("_attributes", "formats", "host", "id", "kind", "port", "protocol", "version")

    def __init__(
        self, kind: str = "", port: int = 0, protocol: str = "", formats: tuple[str, ...] = ()
    ) -> None:
        self.kind = kind
        self.port = port
        self.protocol = protocol
        self.formats = formats
        self.host = ""
        self.id = self.version = 1
        self._attributes: dict[str, list[str]] = {}

    def take(self, key: str, value: str) -> None:
        if key == "a":
            name, _, rest = value.partition(":")
            if VALUE.match(rest):
                self._attributes.setdefault(name.strip(), []).append(rest.strip())
        elif key == "c" and (match := CONNECTION.match(value)):
            self.host = self.host or match[1]
        elif key == "o" and (match := ORIGIN.match(value)):
            self.id, self.version = int(match[1]), int(match[2])

    def has(self, name: str) -> bool:
        return name in self._attributes

    def values(self, name: str) -> list[str]:
        return self._attributes.get(name, [])

    def value(self, name: str) -> str:
        """An attribute that is one word, empty when it is missing."""
        word = (self.values(name) or [""])[0]
        return word if " " not in word or name == "fingerprint" else word.split(" ")[0]

    def either(self, top: "Section", name: str) -> str:
        return self.value(name) or top.value(name)

    def number(self, name: str) -> int:
        word = self.value(name)
        return int(word) if word.isascii() and word.isdecimal() and len(word) < 6 else 0

    def direction(self) -> str:
        return next((name for name in DIRECTIONS if name in self._attributes), "")

    def maps(self) -> dict[str, str]:
        """The encoding of each payload type that has an rtpmap."""
        return {match[1]: match[2] for line in self.values("rtpmap") if (match := MAP.match(line))}


def read(text: str) -> tuple[Section, list[Section]]:
    """The session's own lines and those of each media stream; raises SdpError."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES or not lines[0].startswith("v=0"):
        raise SdpError("no session description")
    top = section = Section()
    media: list[Section] = []
    for line in lines[1:]:
        key, equals, value = line.partition("=")
        if key == "m" and equals:
            section = _media(value)
            media.append(section)
        elif equals:
            section.take(key, value.strip())
    if len(media) > MAX_MEDIA:
        raise SdpError("too many media")
    if any(section.port and not (section.host or top.host) for section in media if section.kind == "audio"):
        raise SdpError("no address")
    return top, media


def _media(value: str) -> Section:
    match = MEDIA.match(value.strip())
    if match is None or int(match[2]) > 65_535:
        raise SdpError("a media line that cannot be read")
    return Section(match[1], int(match[2]), match[3], tuple(match[4].split()))

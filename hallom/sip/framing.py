import re

from hallom.sip.limits import MAX_MESSAGE

LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,6})[ \t]*(?=\r\n)", re.I)
PING = b"\r\n\r\n"
PONG = b"\r\n"


class FramingLost(Exception):
    """A stream of which nobody can say where the next message begins; it has to be closed."""


class Framer:
    """Cuts a stream into messages by Content-Length (RFC 3261 18.3) and notes keep-alives (RFC 5626 4.4.1)."""

    __slots__ = ("_buffer", "pings")

    def __init__(self) -> None:
        self._buffer = b""
        self.pings = 0

    @property
    def is_empty(self) -> bool:
        return not self._buffer

    def feed(self, data: bytes) -> list[bytes]:
        self._buffer += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> bytes | None:
        self._skip_keep_alives()
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_MESSAGE:
                raise FramingLost
            return None
        found = LENGTH.search(self._buffer, 0, end + 2)
        whole = end + 4 + (int(found[1]) if found else 0)
        if found is None or whole > MAX_MESSAGE:
            raise FramingLost
        if len(self._buffer) < whole:
            return None
        message, self._buffer = self._buffer[:whole], self._buffer[whole:]
        return message

    def _skip_keep_alives(self) -> None:
        while self._buffer.startswith(PING):
            self.pings += 1
            self._buffer = self._buffer[len(PING) :]
        # A single line break is the answer to a ping of ours, or the first half of one of theirs.
        if self._buffer.startswith(PONG) and len(self._buffer) > len(PONG) and self._buffer[2:3] != b"\r":
            self._buffer = self._buffer[len(PONG) :]

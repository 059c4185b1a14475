"""Cuts a byte stream into SIP messages."""

import re
from dataclasses import dataclass, field

MESSAGE_LIMIT = 65_536
CONTENT_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*(?=\r\n)", re.IGNORECASE)
END_OF_HEADERS = b"\r\n\r\n"
PING = b"\r\n\r\n"
PONG = b"\r\n"


class FramingError(Exception):
    """The peer sends what cannot be cut into messages: the stream has to be closed."""


@dataclass(slots=True)
class Framer:
    """RFC 3261 18.3: Content-Length ends a message; RFC 5626 4.4.1: CRLFCRLF between messages is a ping."""

    pending: bytearray = field(default_factory=bytearray)
    searched: int = 0
    pings: int = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Messages completed by these bytes; raises FramingError."""
        self.pending += data
        messages = []
        while (message := self._cut()) is not None:
            messages.append(message)
        if len(self.pending) > MESSAGE_LIMIT:
            raise FramingError("message too long")
        return messages

    def take_pings(self) -> int:
        pings, self.pings = self.pings, 0
        return pings

    def _cut(self) -> bytes | None:
        self._skip_keep_alive()
        end = self.pending.find(END_OF_HEADERS, max(0, self.searched - 3))
        if end < 0:
            self.searched = len(self.pending)
            return None
        total = end + len(END_OF_HEADERS) + self._body_length(end)
        if total > MESSAGE_LIMIT:
            raise FramingError("message too long")
        if len(self.pending) < total:
            return None
        message = bytes(self.pending[:total])
        del self.pending[:total]
        self.searched = 0
        return message

    def _body_length(self, end: int) -> int:
        found = CONTENT_LENGTH.search(bytes(self.pending[: end + 2]))
        if found is None:
            raise FramingError("no Content-Length on a stream")
        return int(found[1])

    def _skip_keep_alive(self) -> None:
        while self.pending.startswith(PING):
            self.pings += 1
            del self.pending[: len(PING)]
        # A lone CRLF is a pong, but it may also be the first half of a ping that is still on its way.
        if len(self.pending) > 2 and self.pending.startswith(PONG) and self.pending[2:3] != b"\r":
            del self.pending[: len(PONG)]

"""A real SMTP server on loopback that takes mail, or does what servers do when they do not."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

TAKEN = "250 2.0.0 taken"


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail the server said yes to, or would have if the connection had lived."""

    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def identifier(self) -> str:
        return str(self.mail["Message-ID"]).strip("<>")


# Without slots: aiosmtpd looks at every member of its handler, and Python 3.11.2 (Debian 12) leaves a broken one with them.
@dataclass
class Postbox:
    """Replies by address, to the sender and to the data; what stands in ``data`` is used up from the front."""

    recipients: dict[str, str] = field(default_factory=dict)
    sender: str = ""
    data: list[str] = field(default_factory=list)
    # Takes the mail and hangs up instead of saying so.
    hangs_up: int = 0
    # Hangs up before it takes anything.
    drops: int = 0
    answer_after: Callable[[], float] = lambda: 0.0
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    users: list[str] = field(default_factory=list)
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _controller: Controller | None = None

    def open(self, **options: Any) -> Postbox:
        self._controller = _Door(self, hostname="127.0.0.1", port=0, **options)
        self._controller.start()
        server: Any = self._controller.server
        self.port = server.sockets[0].getsockname()[1]
        return self

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()

    def count(self) -> Counter[str]:
        """How often each mail was taken, by Message-ID."""
        with self._lock:
            return Counter(each.identifier for each in self.taken)

    # What aiosmtpd calls.

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender and (address or "<>") in self.sender:
            return self.sender.partition("|")[2]
        envelope.mail_from = address or "<>"
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.recipients.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.drops:
            self.drops -= 1
            _hang_up(server)
            return TAKEN
        reply = self.data.pop(0) if self.data else TAKEN
        if not reply.startswith("250"):
            return reply
        await self._wait()
        with self._lock:
            self.taken.append(
                Taken(
                    (envelope.mail_from or "").strip("<>"),
                    tuple(envelope.rcpt_tos),
                    bytes(envelope.content or b""),
                )
            )
        await self._wait()
        if self.hangs_up:
            self.hangs_up -= 1
            _hang_up(server)
        return reply

    async def _wait(self) -> None:
        if seconds := self.answer_after():
            await asyncio.sleep(seconds)

    def check_login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.users.append(f"{mechanism} {given.login.decode()}")
        return AuthResult(success=given.password == b"right", handled=False)


class _Door(Controller):
    def __init__(self, box: Postbox, *, strict: bool = False, **options: Any) -> None:
        self.box = box
        super().__init__(box, **options)

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        # The base class connects to the port it was given; with port 0 the chosen one has to be asked for.
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _hang_up(server: SMTP) -> None:
    transport: Any = server.transport
    transport.abort()


def until(condition: Callable[[], Any], *, seconds: float = 20.0, what: str = "") -> Any:
    """The first true value; looked at every 10 ms. For what another thread or process does."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(0.01)
    return value


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context

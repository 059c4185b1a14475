"""Mail handed in by another mail server (RFC 5321): taken for our mailboxes only, stored before it is answered with 250."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone
from prometheus_client import Counter

from hallom.mail import intake
from hallom.mail.address_book import AddressBook, book_of
from hallom.mail.models import Intake, Mailbox
from hallom.mail.parse.limits import MAX_RAW

log = structlog.get_logger(__name__)
TAKEN = Counter("hallom_mail_taken", "Mails handed in by SMTP", ["outcome"])

# Each holds its mail in memory until it is stored: 20 x 50 MB at the very worst.
MOST_CONNECTIONS = 20
# Each has a connection to the database.
THREADS = 4
# A server that says nothing for so long is gone (RFC 5321 4.5.3.2 asks for at least 5 minutes).
SILENCE_SECONDS = 300.0
NETWORKS = tuple[IPv4Network | IPv6Network, ...]
# The book is read again after this long even if nobody said that a mailbox changed.
BOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where we listen, and who may come."""

    host: str
    port: int
    networks: NETWORKS

    def admits(self, peer: str) -> bool:
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.networks if network.version == mapped.version)


class Taker:
    """aiosmtpd's handler. ``stored`` is called after a mail was committed."""

    def __init__(self, door: Door, stored: Callable[[], None]) -> None:
        self.door = door
        self._stored = stored
        self._book: AddressBook | None = None
        self._read_at = 0.0
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="smtp intake")
        self.connections = 0

    def forget(self) -> None:
        """Mailboxes have changed."""
        self._book = None

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        try:
            book = await self._known()
        except (DatabaseError, InterfaceError):
            return "451 4.3.0 Try again later"
        if not book.is_ours(address):
            TAKEN.labels("unknown_recipient").inc()
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 5.6.0 No bytes"
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._store, content, envelope)
        except Exception:
            log.exception("mail.not_taken")
            TAKEN.labels("failed").inc()
            return "451 4.3.0 Could not be stored; try again later"
        TAKEN.labels("stored").inc()
        self._stored()
        return "250 2.0.0 Stored"

    async def _known(self) -> AddressBook:
        if self._book is None or time.monotonic() - self._read_at > BOOK_SECONDS:
            self._book = await asyncio.get_running_loop().run_in_executor(self._pool, _read_book)
            self._read_at = time.monotonic()
        return self._book

    def _store(self, raw: bytes, envelope: Envelope) -> None:
        """Once for each mailbox, however many of its addresses were named."""
        close_old_connections()
        book, now = _read_book(), timezone.now()
        wanted: dict[int, tuple[Mailbox, str]] = {}
        for address in envelope.rcpt_tos:
            mailbox = book.mailbox_of(address)
            # The address with a sign says more than the one without.
            if mailbox is not None and (mailbox.pk not in wanted or "+" in address):
                wanted[mailbox.pk] = (mailbox, address)
        if not wanted:
            raise LookupError("the mailbox is gone")
        sender = envelope.mail_from or ""
        for mailbox, address in wanted.values():
            intake.store(raw, mailbox, envelope_from=sender, envelope_to=address, now=now)


class Server(SMTP):
    """One connection. Refuses whoever may not come before a word is spoken."""

    # Mail of careless programs has lines of any length; RFC 5321's 998 would send it back to people who wrote nothing wrong.
    line_length_limit = 1024 * 1024

    def connection_made(self, transport: Any) -> None:
        taker: Taker = self.event_handler
        peer = transport.get_extra_info("peername") or ("",)
        taker.connections += 1
        if taker.door.admits(str(peer[0])) and taker.connections <= MOST_CONNECTIONS:
            super().connection_made(transport)
            return
        TAKEN.labels("not_admitted").inc()
        self.transport = None
        transport.write(
            b"554 5.7.1 Not from here\r\n" if taker.connections <= MOST_CONNECTIONS else b"421 4.7.0 Busy\r\n"
        )
        transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.connections -= 1
        if self.transport is not None:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self.transport is not None:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self.transport is not None else False


async def listen(taker: Taker) -> asyncio.Server:
    """Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()

    def one() -> Server:
        return Server(
            taker,
            data_size_limit=MAX_RAW,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="hallom",
            ident="Hallom",
            timeout=SILENCE_SECONDS,
            loop=loop,
        )

    return await loop.create_server(one, taker.door.host, taker.door.port)


def _read_book() -> AddressBook:
    close_old_connections()
    try:
        return book_of(Mailbox.objects.filter(is_active=True, intake=Intake.SMTP).order_by("pk"))
    except (DatabaseError, InterfaceError):
        connection.close()
        raise

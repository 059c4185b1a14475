"""One connection to an IMAP server (RFC 3501, 2177): what the fetcher asks of it. Blocks; a thread of its own."""

from __future__ import annotations

import contextlib
import imaplib
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxFetchError, MailboxFlagError, MailboxUidsError
from imap_tools.utils import check_command_status

from hallom.mail import oauth
from hallom.mail.models import Mailbox, Provider, Security
from hallom.mail.problems import SignInRefused

TIMEOUT_SECONDS = 30.0
# How soon a fetcher that waits for news hears that it is to stop.
LOOK_SECONDS = 0.5
# A peer that vanished without a word is noticed after two minutes instead of at the next IDLE.
KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 3}
# UIDs in one command: servers limit the length of a line (RFC 7162: 8192 bytes).
UIDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a mail before it is fetched; ``message_id`` without angle brackets."""

    uid: int
    size: int
    message_id: str


class Session:
    """Signed in, the folder chosen. Raises what imaplib, ssl, socket and imap-tools raise; problems.code_of knows them."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._box = _connect(mailbox)
        try:
            _keep_alive(self._box.client.sock)
            _sign_in(self._box, mailbox)
            self._box.folder.set(mailbox.imap_folder)
            self.uid_validity = self._number("UIDVALIDITY")
            self.uid_next = self._number("UIDNEXT")
        except BaseException:
            self.close()
            raise

    @property
    def can_idle(self) -> bool:
        return "IDLE" in self._box.client.capabilities

    def uids(self, *criteria: str) -> list[int]:
        """Ascending UIDs of what the folder holds by these criteria."""
        result = self._box.client.uid("SEARCH", *criteria)
        check_command_status(result, MailboxUidsError)
        return sorted({int(uid) for line in result[1] if line for uid in line.split()})

    def headers(self, uids: Sequence[int]) -> list[Header]:
        what = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
        return [_header(said, body) for said, body in self._fetch(uids, what)]

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """By UID; those that are gone from the server are missing."""
        found = (_header(said, b"") for said, _body in self._fetch(uids, "(UID RFC822.SIZE)"))
        return {header.uid: header.size for header in found}

    def raw(self, uid: int, *, most: int) -> bytes | None:
        """At most so many bytes of the mail; None when it is gone."""
        for said, body in self._fetch([uid], f"(UID BODY.PEEK[]<0.{most}>)"):
            if _field(said, rb"UID (\d+)") == uid:
                return body
        return None

    def flag_seen(self, uids: Iterable[int]) -> None:
        for some in _chunks(list(uids)):
            result = self._box.client.uid("STORE", _set_of(some), "+FLAGS.SILENT", r"(\Seen)")
            check_command_status(result, MailboxFlagError)

    def idle(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Until the server has news, the time has passed, or it is over."""
        client: Any = self._box.client
        tag = client._command("IDLE")
        while client._get_response() is not None:
            if client.tagged_commands[tag]:
                check_command_status(client.tagged_commands.pop(tag), imaplib.IMAP4.error)
                raise imaplib.IMAP4.abort("IDLE refused")
        until = time.monotonic() + seconds
        while time.monotonic() < until and not is_over() and not self._has_news():
            pass
        client.send(b"DONE\r\n")
        self._box.consume_until_tagged_response(tag)

    def look(self) -> None:
        """What a server without IDLE is asked, so that it tells of new mail."""
        self._box.client.noop()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._box.client.logout()

    def _has_news(self) -> bool:
        """Something to read: already in Python's buffer, or on the socket within LOOK_SECONDS."""
        client: Any = self._box.client
        client.sock.settimeout(0)
        try:
            if client.file.peek(1):
                return True
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            client.sock.settimeout(TIMEOUT_SECONDS)
        poller = select.poll()
        poller.register(client.sock, select.POLLIN)
        return bool(poller.poll(LOOK_SECONDS * 1000))

    def _number(self, name: str) -> int:
        _kind, data = self._box.client.response(name)
        value = data[0] if data else None
        if not isinstance(value, bytes) or not value.isdigit():
            raise imaplib.IMAP4.error(f"the server told no {name}")
        return int(value)

    def _fetch(self, uids: Sequence[int], what: str) -> Iterator[tuple[bytes, bytes]]:
        for some in _chunks(uids):
            result = self._box.client.uid("FETCH", _set_of(some), what)
            check_command_status(result, MailboxFetchError)
            yield from _answers(result[1])


def folder_names(mailbox: Mailbox) -> list[str]:
    """What folders there are; raises like Session."""
    box = _connect(mailbox)
    try:
        _sign_in(box, mailbox)
        return [folder.name for folder in box.folder.list()]
    finally:
        with contextlib.suppress(Exception):
            box.client.logout()


def _connect(mailbox: Mailbox) -> BaseMailBox:
    host, port = mailbox.imap_host, mailbox.imap_port
    if mailbox.imap_security == Security.NONE:
        return MailBoxUnencrypted(host, port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    if mailbox.imap_security == Security.STARTTLS:
        return MailBoxStartTls(host, port, timeout=TIMEOUT_SECONDS, ssl_context=context)
    return MailBox(host, port, timeout=TIMEOUT_SECONDS, ssl_context=context)


def _sign_in(box: BaseMailBox, mailbox: Mailbox) -> None:
    user = mailbox.imap_user or mailbox.address
    try:
        if mailbox.provider != Provider.PASSWORD:
            box.xoauth2(user, oauth.access_token(mailbox), initial_folder=None)
        elif f"{user}{mailbox.imap_password}".isascii():
            box.login(user, mailbox.imap_password or "", initial_folder=None)
        else:
            box.login_utf8(user, mailbox.imap_password or "", initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        oauth.forget(mailbox)
        raise SignInRefused(*error.args) from None


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _answers(data: Sequence[Any]) -> Iterator[tuple[bytes, bytes]]:
    """imaplib gives a FETCH as (line, literal) and what follows the literal, or as a line alone."""
    for place, item in enumerate(data):
        if isinstance(item, tuple):
            after = data[place + 1] if place + 1 < len(data) and isinstance(data[place + 1], bytes) else b""
            yield item[0] + b" " + after, item[1]
        elif isinstance(item, bytes) and b"UID " in item and not _follows_literal(data, place):
            yield item, b""


def _follows_literal(data: Sequence[Any], place: int) -> bool:
    return place > 0 and isinstance(data[place - 1], tuple)


def _header(said: bytes, body: bytes) -> Header:
    found = re.search(rb"<([^<>]{1,400})>", body)
    message_id = found[1].decode(errors="replace").strip() if found else ""
    return Header(_field(said, rb"UID (\d+)"), _field(said, rb"RFC822\.SIZE (\d+)"), message_id)


def _field(said: bytes, pattern: bytes) -> int:
    found = re.search(pattern, said)
    return int(found[1]) if found else 0


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), UIDS_AT_ONCE):
        yield uids[start : start + UIDS_AT_ONCE]


def _set_of(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))

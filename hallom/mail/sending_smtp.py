"""One connection to the SMTP server of a mailbox, and what comes of handing a mail to it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib.errors import (
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from hallom.mail import oauth, problems
from hallom.mail.models import Mailbox, Provider, Security
from hallom.mail.problems import Problem
from hallom.mail.sending_rules import Attempt, Patience, Reply

# Many servers close the connection after a hundred mails; a fresh one costs less than finding out.
MAILS_A_CONNECTION = 90
SAID = 300


class CannotConnect(Exception):
    """The server of the mailbox is not to be had: ``problem`` as `problems.in_words` reads it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Parcel:
    """A composed mail and whom it still has to reach (id of the recipient to address). ``spare_from`` is who sends when
    the server wants no null sender."""

    mail: int
    envelope_from: str
    spare_from: str
    recipients: Mapping[int, str]
    raw: bytes


class Connection:
    """Used by one lane at a time; after CannotConnect or a broken attempt it is closed and a new one is needed."""

    def __init__(self, mailbox: Mailbox, patience: Patience) -> None:
        self._mailbox = mailbox
        self._patience = patience
        self._left = MAILS_A_CONNECTION
        self._smtp = _client(mailbox, patience)

    @property
    def is_usable(self) -> bool:
        return self._smtp.is_connected and self._left > 0

    async def open(self) -> None:
        """Raises CannotConnect."""
        try:
            await self._smtp.connect()
        except (SMTPException, OSError, ssl.SSLError, ValueError) as error:
            self._smtp.close()
            if isinstance(error, aiosmtplib.SMTPAuthenticationError):
                oauth.forget(self._mailbox)
            raise CannotConnect(kept_problem(error)) from error
        except oauth.OAuthProblem as error:
            self._smtp.close()
            raise CannotConnect(f"{error.code}: {error.args[-1]}"[: problems.MOST]) from error

    async def close(self) -> None:
        with contextlib.suppress(SMTPException, OSError, asyncio.TimeoutError):
            await self._smtp.quit(timeout=5)
        self._smtp.close()

    async def offer(self, sender: str) -> None:
        """Would it take a mail of this sender to himself? Nothing is sent; raises SMTPResponseException."""
        await self._smtp.mail(sender)
        await self._smtp.rcpt(sender)
        await self._reset()

    async def hand_over(self, parcel: Parcel, before_data: Callable[[], Awaitable[bool]]) -> Attempt | None:
        """``before_data`` is awaited when the server would take it: what it commits tells a later process that the
        mail may have left. None if it says no."""
        self._left -= 1
        answers: dict[int, Reply] = dict.fromkeys(parcel.recipients, Reply(0))
        try:
            refusal = await self._sender(parcel)
            if refusal is not None:
                await self._reset()
                return refusal
            for key, address in parcel.recipients.items():
                answers[key] = await self._recipient(address)
        except (SMTPException, OSError) as error:
            self._smtp.close()
            return Attempt(_unanswered(answers), broken=kept_problem(error))
        if not any(reply.is_yes for reply in answers.values()):
            await self._reset()
            return Attempt(answers)
        if not await before_data():
            await self._reset()
            return None
        return await self._data(parcel, answers)

    async def _sender(self, parcel: Parcel) -> Attempt | None:
        """None when the server takes the sender."""
        try:
            size = [f"SIZE={len(parcel.raw)}"] if self._smtp.supports_extension("size") else None
            await self._smtp.mail(parcel.envelope_from, options=size, timeout=self._patience.command_seconds)
        except SMTPSenderRefused as refused:
            if not parcel.envelope_from and refused.code >= 500:
                # Some providers let nobody send without an address; Auto-Submitted says what it is all the same.
                spare = Parcel(
                    parcel.mail, parcel.spare_from, parcel.spare_from, parcel.recipients, parcel.raw
                )
                return await self._sender(spare)
            return _sender_refused(parcel, refused)
        return None

    async def _recipient(self, address: str) -> Reply:
        try:
            response = await self._smtp.rcpt(address, timeout=self._patience.command_seconds)
        except SMTPRecipientRefused as refused:
            return _reply(refused)
        return Reply(response.code, _said(response.message))

    async def _data(self, parcel: Parcel, answers: Mapping[int, Reply]) -> Attempt:
        try:
            response = await self._smtp.data(parcel.raw, timeout=self._patience.data_seconds)
        except SMTPDataError as refused:
            return Attempt(answers, _reply(refused))
        except (SMTPException, OSError):
            self._smtp.close()
            return Attempt(answers, is_unknown=True)
        return Attempt(answers, Reply(response.code, _said(response.message)))

    async def _reset(self) -> None:
        try:
            await self._smtp.rset()
        except (SMTPException, OSError):
            self._smtp.close()


# 552 and 5.3.4, 5.2.3: the mail itself is too large; every other no to the sender is about the mailbox.
def _sender_refused(parcel: Parcel, refused: SMTPSenderRefused) -> Attempt:
    reply = _reply(refused)
    if refused.code == 552 or reply.status in ("5.3.4", "5.2.3"):
        return Attempt(dict.fromkeys(parcel.recipients, reply))
    broken = f"{Problem.SENDER.value}: {refused.code} {reply.text}"
    return Attempt(dict.fromkeys(parcel.recipients, Reply(0)), broken=broken[: problems.MOST])


def _unanswered(answers: Mapping[int, Reply]) -> dict[int, Reply]:
    """A yes is worth nothing when the data never came; a no stays a no."""
    return {key: Reply(0) if reply.is_yes else reply for key, reply in answers.items()}


def _reply(refused: SMTPResponseException) -> Reply:
    return Reply(refused.code, _said(refused.message))


def _said(text: object) -> str:
    """On one line, and so that the database takes it: a server may say anything."""
    line = " ".join(str(text).replace("\x00", " ").split())
    return line.encode("utf-8", "replace").decode("utf-8")[:SAID]


def kept_problem(error: BaseException) -> str:
    """As MailboxState keeps it: a code, and what the server said."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"{Problem.PASSWORD.value}: {_reply(error).text}"[: problems.MOST]
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return str(Problem.NO_ANSWER.value)
    root = error.__cause__ if isinstance(error, SMTPConnectError) and error.__cause__ else error
    if isinstance(root, aiosmtplib.SMTPServerDisconnected):
        return str(Problem.LOST.value)
    if isinstance(root, SMTPResponseException):
        return f"{Problem.PROTOCOL.value}: {root.code} {_reply(root).text}"[: problems.MOST]
    if isinstance(root, SMTPException):
        return str((Problem.NO_TLS if "STARTTLS" in str(root) else Problem.PROTOCOL).value)
    return problems.kept(root)


def _client(mailbox: Mailbox, patience: Patience) -> aiosmtplib.SMTP:
    user = mailbox.smtp_user or mailbox.imap_user
    password = mailbox.smtp_password or mailbox.imap_password or ""
    is_oauth = mailbox.provider != Provider.PASSWORD

    async def token() -> str:
        return await asyncio.to_thread(oauth.access_token, mailbox)

    return aiosmtplib.SMTP(
        hostname=mailbox.smtp_host,
        port=mailbox.smtp_port,
        username=(user or mailbox.address) if is_oauth else (user or None),
        password=None if is_oauth else (password or None),
        oauth_token_generator=token if is_oauth else None,
        # What our machine calls itself is nobody's business, and some servers refuse a bare host name.
        local_hostname=mailbox.address.rpartition("@")[2].encode("idna").decode("ascii"),
        timeout=patience.connect_seconds,
        use_tls=mailbox.smtp_security == Security.TLS,
        start_tls=mailbox.smtp_security == Security.STARTTLS,
        tls_context=None if mailbox.smtp_security == Security.NONE else ssl.create_default_context(),
    )

"""“Test connection”: what works with a mailbox and what does not, for somebody who is no mail administrator."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from aiosmtplib.errors import SMTPException, SMTPResponseException
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from imap_tools.errors import MailboxFolderSelectError

from hallom.mail import imap, problems
from hallom.mail.models import Intake, Mailbox
from hallom.mail.problems import Problem
from hallom.mail.sending_nowhere import connection_to
from hallom.mail.sending_rules import Patience
from hallom.mail.sending_smtp import CannotConnect

# Somebody sits before it and waits.
HURRY = Patience(connect_seconds=10, command_seconds=10)
KEPT_SECONDS = 600
MOST_FOLDERS = 30
# OpenSSL's X509_V_ERR_… in words.
CERTIFICATES: dict[int, Any] = {
    9: gettext_lazy("The server's certificate is not valid yet. Is the clock of this machine right?"),
    10: gettext_lazy("The server's certificate is out of date."),
    18: gettext_lazy("The server's certificate is made by itself: nobody vouches for it."),
    19: gettext_lazy("The server's certificate is from an authority that nobody here knows."),
    20: gettext_lazy("The server's certificate is from an authority that nobody here knows."),
    62: gettext_lazy(
        "The server's certificate is for another name. Is the server's name spelt as its provider spells it?"
    ),
    64: gettext_lazy(
        "The server's certificate is for a name and not for this address: enter the server's name."
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """``part`` incoming or outgoing; ``problem`` empty when it works, else as `problems.in_words` reads it. ``verify`` is
    OpenSSL's number of what is wrong with a certificate."""

    part: str
    problem: str = ""
    verify: int = 0
    folders: tuple[str, ...] = ()

    @property
    def is_fine(self) -> bool:
        return not self.problem

    @property
    def words(self) -> str:
        if self.is_fine:
            return _("works")
        if self.verify in CERTIFICATES:
            return str(CERTIFICATES[self.verify])
        said = problems.in_words(self.problem)
        if self.folders:
            return f"{said} {_('There are these: %(folders)s.') % {'folders': ', '.join(self.folders)}}"
        return said


def try_out(mailbox: Mailbox) -> list[Finding]:
    """Sign in at both servers and offer the sender's address; no mail is fetched, none is sent. Blocks for half a minute at most."""
    return list(_findings(mailbox))


def begin(mailbox: Mailbox, defer: Callable[..., Any]) -> str:
    """A test is to be made by the worker; what it is asked for by."""
    token = secrets.token_urlsafe(12)
    cache.set(_place(mailbox.pk, token), {"findings": None}, KEPT_SECONDS)
    defer(mailbox=mailbox.pk, token=token)
    return token


def carry_out(key: int, token: str) -> None:
    mailbox = Mailbox.objects.filter(pk=key).first()
    found = try_out(mailbox) if mailbox is not None else []
    cache.set(_place(key, token), {"findings": [asdict(finding) for finding in found]}, KEPT_SECONDS)


def result(key: int, token: str) -> list[Finding] | None:
    """None while it is under way; KeyError when there is no such test any more."""
    kept = cache.get(_place(key, token))
    if kept is None:
        raise KeyError(token)
    if kept["findings"] is None:
        return None
    return [Finding(**{**each, "folders": tuple(each["folders"])}) for each in kept["findings"]]


def _findings(mailbox: Mailbox) -> Iterator[Finding]:
    if mailbox.intake == Intake.IMAP:
        yield _incoming(mailbox)
    if mailbox.smtp_host:
        yield _outgoing(mailbox)


def _incoming(mailbox: Mailbox) -> Finding:
    try:
        imap.Session(mailbox).close()
    except MailboxFolderSelectError:
        return Finding("incoming", Problem.FOLDER.value, folders=_folders(mailbox))
    except Exception as error:
        # Whatever a server does: it is what was asked for.
        return Finding("incoming", problems.kept(error), _verify(error))
    return Finding("incoming")


def _folders(mailbox: Mailbox) -> tuple[str, ...]:
    with contextlib.suppress(Exception):
        return tuple(imap.folder_names(mailbox)[:MOST_FOLDERS])
    return ()


def _outgoing(mailbox: Mailbox) -> Finding:
    try:
        said = asyncio.run(_offer(mailbox))
    except CannotConnect as error:
        return Finding("outgoing", error.problem, _verify(error))
    except (SMTPException, OSError) as error:
        return Finding("outgoing", problems.kept(error), _verify(error))
    return Finding("outgoing", said)


async def _offer(mailbox: Mailbox) -> str:
    """The empty string when the server would take a mail of ours."""
    connection = connection_to(mailbox, HURRY)
    await connection.open()
    try:
        await connection.offer(mailbox.address)
    except SMTPResponseException as refused:
        return f"{Problem.SENDER.value}: {refused.code} {' '.join(str(refused.message).split())}"[
            : problems.MOST
        ]
    finally:
        await connection.close()
    return ""


def _verify(error: BaseException | None) -> int:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_code
        error = error.__cause__ or error.__context__
    return 0


def _place(key: int, token: str) -> str:
    return f"mail-trial-{key}-{token}"

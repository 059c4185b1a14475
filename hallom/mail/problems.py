"""What is wrong with a mailbox, for the administrator: a code is kept, the words are found when they are read."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl

from django.db import models
from django.utils.translation import gettext_lazy as _
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailboxStarttlsError,
)

MOST = 400
# Servers answer with addresses and whole sentences; the beginning says what matters.
SAID = 200


class Problem(models.TextChoices):
    NO_SUCH_HOST = "no_such_host", _("There is no server of this name. Is it spelt right?")
    NO_ANSWER = (
        "no_answer",
        _("The server does not answer. Are name and port right, and does a firewall let us through?"),
    )
    REFUSED = "refused", _("Nothing listens on this port of the server. Is the port right?")
    LOST = "lost", _("The server closed the connection.")
    CERTIFICATE = (
        "certificate",
        _(
            "The server's certificate cannot be trusted: it is for another name, out of date or made by itself."
        ),
    )
    NO_TLS = (
        "no_tls",
        _("The server does not speak TLS on this port. Does another kind of security belong to it?"),
    )
    PASSWORD = "password", _("The server does not accept this user name and password.")
    CONSENT = (
        "consent",
        _("The permission to read this mailbox has been withdrawn or has run out: grant it again."),
    )
    CLIENT = "client", _("The provider does not know this application: check client id, secret and tenant.")
    TOKEN = "token", _("The provider's sign-in service does not answer as it should.")
    FOLDER = "folder", _("There is no such folder in the mailbox.")
    TOO_LARGE = "too_large", _("A mail was larger than we take; its beginning has become a ticket.")
    SENDER = "sender", _("The server does not let this user name send mail from the mailbox's address.")
    PROTOCOL = "protocol", _("The server answered something we do not understand.")
    OURS = "ours", _("Hallom itself could not go on; the log of the mailer says why.")


class SignInRefused(Exception):
    """The server answered, and not with yes."""


def code_of(error: BaseException) -> Problem:
    """What it means; an error that names a `code` of its own means that."""
    named = getattr(error, "code", None)
    if isinstance(named, Problem):
        return named
    for kinds, problem in _KINDS:
        if isinstance(error, kinds):
            return problem
    return Problem.OURS


def kept(error: BaseException) -> str:
    """What MailboxState keeps: the code, and what the server said where that helps."""
    problem = code_of(error)
    said = " ".join(_said(error).split())[:SAID]
    return f"{problem.value}: {said}"[:MOST] if said and problem in _QUOTED else str(problem.value)


def in_words(text: str) -> str:
    """The kept problem in the reader's language, with the server's own words behind it."""
    code, _colon, said = text.partition(": ")
    if code not in Problem.values:
        return text
    words = str(Problem(code).label)
    return f"{words} ({said})" if said else words


def _said(error: BaseException) -> str:
    if isinstance(error, ImapToolsError):
        result = getattr(error, "command_result", None)
        data = result[1] if isinstance(result, tuple) and len(result) > 1 else ""
        return _plain(data)
    return _plain(error.args[-1] if error.args else "")


def _plain(data: object) -> str:
    if isinstance(data, (list, tuple)):
        return " ".join(_plain(one) for one in data)
    return data.decode(errors="replace") if isinstance(data, bytes) else str(data or "")


_QUOTED = {
    Problem.PASSWORD,
    Problem.CONSENT,
    Problem.CLIENT,
    Problem.TOKEN,
    Problem.FOLDER,
    Problem.SENDER,
    Problem.PROTOCOL,
}
# The first that fits decides, so the narrower stand first.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], Problem], ...] = (
    ((socket.gaierror,), Problem.NO_SUCH_HOST),
    ((ssl.SSLCertVerificationError,), Problem.CERTIFICATE),
    ((MailboxStarttlsError, smtplib.SMTPNotSupportedError), Problem.NO_TLS),
    ((ssl.SSLError,), Problem.NO_TLS),
    ((MailboxLoginError, SignInRefused, smtplib.SMTPAuthenticationError), Problem.PASSWORD),
    ((MailboxFolderSelectError,), Problem.FOLDER),
    ((ConnectionRefusedError,), Problem.REFUSED),
    ((TimeoutError,), Problem.NO_ANSWER),
    ((ConnectionError, imaplib.IMAP4.abort, smtplib.SMTPServerDisconnected), Problem.LOST),
    ((OSError,), Problem.NO_ANSWER),
    ((imaplib.IMAP4.error, ImapToolsError), Problem.PROTOCOL),
)

"""The post of a running house: a private Dovecot where customers' mails arrive, and the SMTP server that ours reach."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from pathlib import Path
from typing import Any

from tests.browser.running import Running
from tests.mail.dovecot import PASSWORD, Dovecot
from tests.mail.postbox import Postbox, Taken
from tests.telephony.house import free_ports, until

ADDRESS = "segitseg@pannonhalo.pelda.hu"
USER = "segitseg"
SETUP = """
import json, sys
import django
django.setup()
from django.db import connection, transaction
from hallom.customers.models import ContactKind, ContactPoint, Customer, Organisation
from hallom.mail import wake
from hallom.mail.models import Mailbox
from hallom.staff.models import Team
from django.utils import timezone
given = json.loads(sys.argv[1])
with transaction.atomic():
    Mailbox.objects.exclude(address=given["address"]).update(is_default=False)
    Mailbox.objects.exclude(address=given["address"]).update(is_active=False)
    box, _ = Mailbox.objects.update_or_create(address=given["address"], defaults={
        **given["mailbox"], "team": Team.objects.get(name=given["team"]), "is_default": True})
    organisation, _ = Organisation.objects.get_or_create(name=given["organisation"])
    for name, address in given["people"]:
        point = ContactPoint.objects.filter(kind=ContactKind.EMAIL, normalised=address).first()
        if point is None:
            one = Customer.register(name=name, by=None, now=timezone.now(), organisation=organisation, language="hu")
            ContactPoint.objects.create(customer=one, kind=ContactKind.EMAIL, value=address)
    wake.config_changed()
"""


class Post:
    def __init__(self, running: Running, dovecot: Dovecot, box: Postbox) -> None:
        self.running, self.dovecot, self.box = running, dovecot, box

    def set_up(self, *, team: str, organisation: str, people: list[tuple[str, str]]) -> None:
        """The mailbox in the house's settings, and customers of one organisation."""
        ours = {
            "name": "Segítség", "display_name": "Pannonháló", "language": "hu", "imap_host": "127.0.0.1",
            "imap_port": self.dovecot.port, "imap_security": "none", "imap_user": USER, "imap_password": PASSWORD,
            "smtp_host": "127.0.0.1", "smtp_port": self.box.port, "smtp_security": "none", "smtp_user": "post", "smtp_password": "right",
            "is_active": True, "intake": "imap",
        }  # fmt: skip
        given = {
            "address": ADDRESS,
            "mailbox": ours,
            "team": team,
            "organisation": organisation,
            "people": people,
        }
        began = datetime.now(UTC)
        self.running.command("-c", SETUP, json.dumps(given))
        until(lambda: self._is_watched(began), seconds=30, what="the mailer watches the mailbox")

    def _is_watched(self, began: datetime) -> bool:
        return bool(
            self.running.query(
                "SELECT 1 FROM mail_mailboxstate s JOIN mail_mailbox m ON m.id = s.mailbox_id"
                " WHERE m.address = %s AND s.fetched_at > %s AND s.fetch_problem = ''",
                ADDRESS,
                began,
            )
        )

    def arrive(self, mail: EmailMessage | bytes) -> None:
        self.dovecot.deliver(USER, mail if isinstance(mail, bytes) else mail.as_bytes())

    def fate(self, message_id: str) -> dict[str, Any]:
        """What became of a mail, once it has been read."""

        def found() -> dict[str, Any] | None:
            rows = self.running.query(
                "SELECT * FROM mail_incomingmail WHERE identifier = %s AND progress <> 'stored'",
                message_id.strip("<>"),
            )
            return rows[0] if rows else None

        row: dict[str, Any] = until(found, seconds=30, what=f"{message_id} is imported")
        return row

    def sent_to(self, address: str, *, after: int = 0, seconds: float = 40.0) -> Taken:
        """The first mail to an address that the server took after so many others."""

        def found() -> Taken | None:
            return next((mail for mail in self.box.taken[after:] if address in mail.recipients), None)

        mail: Taken = until(found, seconds=seconds, what=f"a mail to {address}")
        return mail


def letter(sender: str, subject: str, text: str, *, answers: str = "", **headers: str) -> EmailMessage:
    """A mail to the house; ``answers``: the Message-ID it replies to. Header names with underscores for hyphens."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ADDRESS, subject
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(">"))
    if answers:
        mail["In-Reply-To"] = mail["References"] = answers
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def bounce(original: str, address: str) -> bytes:
    """What Postfix writes when there is nobody of that name."""
    edge = "=_edge"
    return (
        f"From: MAILER-DAEMON@mx.pelda.hu (Mail Delivery System)\r\nTo: {ADDRESS}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nReturn-Path: <>\r\n"
        f"Date: {format_datetime(localtime())}\r\nMessage-ID: {make_msgid(domain='mx.pelda.hu')}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{edge}"\r\n\r\n'
        f"--{edge}\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you that your message could not be"
        f" delivered.\r\n\r\n<{address}>: User unknown\r\n"
        f"--{edge}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.pelda.hu\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        f"--{edge}\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original}\r\nTo: {address}\r\n\r\n--{edge}--\r\n"
    ).encode()


@contextmanager
def opened(running: Running) -> Iterator[Post]:
    folder = Path(tempfile.mkdtemp(prefix="hallom-post-"))
    folder.chmod(0o755)
    dovecot = Dovecot(folder, free_ports(1)[0])
    dovecot.add_user(USER)
    box = Postbox()
    try:
        dovecot.start()
        box.open(authenticator=box.check_login, auth_require_tls=False, auth_required=True)
        yield Post(running, dovecot, box)
    finally:
        box.close()
        dovecot.stop()
        shutil.rmtree(folder, ignore_errors=True)

"""Mails as they arrive in tests: made, stored and imported."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Any

from hallom.mail import intake
from hallom.mail.importing import import_mail
from hallom.mail.models import IncomingMail, Mailbox

HELP = "help@example.com"


def mailbox(**facts: Any) -> Mailbox:
    given: dict[str, Any] = {"name": "Help", "address": HELP, "language": "en", "intake": "none", **facts}
    return Mailbox.objects.create(**given)


def letter(
    subject: str = "No internet",
    *,
    sender: str = "Carla Customer <carla@example.org>",
    to: str = HELP,
    body: str = "It has been down since noon.\n",
    html: str = "",
    **headers: str,
) -> EmailMessage:
    """Header names with underscores for hyphens."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def arrive(
    mail: EmailMessage | bytes, at: datetime, *, to: Mailbox | None = None, **envelope: Any
) -> IncomingMail:
    """Into the mailbox, by default the first there is."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    target = to or Mailbox.objects.order_by("pk")[0]
    return import_mail(intake.store(raw, target, now=at, **envelope), now=at)

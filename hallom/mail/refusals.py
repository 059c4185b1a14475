"""Why a mail did not get through, in words for whoever wrote it."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from hallom.mail import problems
from hallom.mail.models import OutgoingMail, Recipient, RecipientState

# RFC 3463; the first that fits decides.
_STATUSES: tuple[tuple[str, Any], ...] = (
    (r"[45]\.1\.(?:1|3|6|10)", _("There is no such mailbox. Is the address spelt right?")),
    (r"[45]\.(?:1\.2|4\.[14])", _("The part of the address after the @ does not exist or takes no mail.")),
    (r"[45]\.2\.1", _("The mailbox is closed.")),
    (r"[45]\.2\.2", _("The mailbox is full.")),
    (r"[45]\.(?:2\.3|3\.4)", _("The mail is too large for this recipient: send fewer or smaller files.")),
    (r"[45]\.4\.6", _("The mail goes round in circles between the recipient's servers.")),
    (r"[45]\.7\.\d+", _("The recipient's server does not want mail like this or from us.")),
    (r"550|551|553", _("There is no such mailbox. Is the address spelt right?")),
    (r"552", _("The mailbox is full, or the mail is too large.")),
    (r"554", _("The recipient's server does not want mail like this or from us.")),
)
_PROBLEMS: dict[str, Any] = {
    "file_missing": _("A file of the message is no longer there."),
    "file_infected": _("A file of the message holds a virus."),
    "address": _("An address cannot be written in a mail."),
    "lost": _("The connection was lost while the mail was handed over."),
}
_REFUSED = _("The recipient's server refused the mail.")
_NOT_TAKEN = _("The recipient's server did not take the mail in all this time.")


def of_recipient(recipient: Recipient) -> str:
    """Empty when nothing is wrong."""
    if recipient.state not in (RecipientState.REFUSED, RecipientState.BOUNCED, RecipientState.DEFERRED):
        return ""
    for pattern, words in _STATUSES:
        if re.fullmatch(pattern, recipient.status):
            return str(words)
    if not recipient.status:
        return of_mail(recipient.mail)
    return str(_NOT_TAKEN if recipient.status.startswith("4") else _REFUSED)


def of_mail(mail: OutgoingMail) -> str:
    """What hindered the mail as a whole; what a server said about it stands as it is."""
    if mail.problem in _PROBLEMS:
        return str(_PROBLEMS[mail.problem])
    return problems.in_words(mail.problem) if mail.problem else ""

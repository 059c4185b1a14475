"""What the house knows of itself when a mail comes: its addresses, the keys of its tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hallom.mail.address_book import AddressBook, book_of
from hallom.mail.keys import token_keys
from hallom.mail.models import Mailbox
from hallom.mail.thread import Numbering
from hallom.tickets.models import StatusName
from hallom.tickets.models.naming import default_names


@dataclass(frozen=True, slots=True)
class House:
    """``book`` has the mailboxes out of use too: their addresses are ours as long as they stand here."""

    book: AddressBook
    numbering: Numbering
    keys: tuple[bytes, ...]
    status_names: Mapping[str, StatusName]
    mailboxes: Mapping[int, Mailbox]


def house() -> House:
    mailboxes = list(Mailbox.objects.select_related("team", "category").order_by("pk"))
    tags = dict.fromkeys(mailbox.subject_tag for mailbox in mailboxes if mailbox.subject_tag)
    return House(
        book_of(mailboxes),
        Numbering(tuple(tags)),
        token_keys(),
        default_names(),
        {one.pk: one for one in mailboxes},
    )

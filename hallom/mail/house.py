"""What the house knows of itself when a mail comes: its addresses, the keys of its tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hallom.mail.address_book import AddressBook, book_of
from hallom.mail.keys import token_keys
from hallom.mail.models import Mailbox
from hallom.mail.thread import Numbering


@dataclass(frozen=True, slots=True)
class House:
    """``book`` has the mailboxes out of use too: their addresses are ours as long as they stand here."""

    book: AddressBook
    numbering: Numbering
    keys: tuple[bytes, ...]


def house() -> House:
    mailboxes: Iterable[Mailbox] = list(Mailbox.objects.order_by("pk"))
    tags = dict.fromkeys(mailbox.subject_tag for mailbox in mailboxes if mailbox.subject_tag)
    return House(book_of(mailboxes), Numbering(tuple(tags)), token_keys())

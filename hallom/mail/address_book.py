"""Which mailbox an address of ours belongs to: its own, an alias, or either with a plus sign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hallom.mail.models import Mailbox
from hallom.mail.parse.mail import address_key


@dataclass(frozen=True, slots=True)
class AddressBook:
    mailboxes: dict[str, Mailbox]

    def mailbox_of(self, address: str) -> Mailbox | None:
        key = address_key(address)
        return self.mailboxes.get(key) or self.mailboxes.get(without_plus(key))

    def is_ours(self, address: str) -> bool:
        return self.mailbox_of(address) is not None


def without_plus(key: str) -> str:
    local, at, domain = key.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def book_of(mailboxes: Iterable[Mailbox]) -> AddressBook:
    book: dict[str, Mailbox] = {}
    for mailbox in mailboxes:
        for address in [mailbox.address, *mailbox.aliases.split()]:
            book.setdefault(address_key(address), mailbox)
    return AddressBook(book)


def is_ours(address: str) -> bool:
    """Asked once for an answer to all, so it looks anew."""
    return book_of(Mailbox.objects.all()).is_ours(address)

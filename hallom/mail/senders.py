"""Who wrote a mail, and which customer that is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from hallom.customers.models import ContactKind, ContactPoint, Customer
from hallom.mail.address_book import AddressBook
from hallom.mail.models import Mailbox
from hallom.mail.parse import Address, ParsedMail
from hallom.staff.models import User

NAME_LENGTH = 160
# What a contact point holds.
ADDRESS_LENGTH = 200


def sender_of(parsed: ParsedMail, book: AddressBook) -> Address | None:
    """Who wrote it. A form on our own website writes as ourselves, and names the customer in Reply-To."""
    written = parsed.from_ or parsed.sender
    if written is not None and book.is_ours(written.addr):
        others = (address for address in parsed.reply_to if not book.is_ours(address.addr))
        return next((address for address in others if _is_usable(address)), written)
    return written if written is not None and _is_usable(written) else None


def customers_of(address: str) -> list[int]:
    """Ids of those who have the address, who had it first standing first."""
    points = ContactPoint.objects.filter(kind=ContactKind.EMAIL, normalised=address)
    return list(points.order_by("id").values_list("customer", flat=True))


def customer_of(
    sender: Address | None,
    mailbox: Mailbox,
    *,
    book: AddressBook,
    now: datetime,
    wanted: Collection[int] = (),
) -> Customer | None:
    """The customer of the address, one of the ``wanted`` before others; a new one when nobody has it yet.

    None when the mail tells no address, or one of ours.
    """
    if sender is None or not _is_usable(sender) or book.is_ours(sender.addr):
        return None
    key = sender.key
    rows = Customer.objects.filter(contact_points__kind=ContactKind.EMAIL, contact_points__normalised=key)
    found = list(rows.order_by("contact_points__id")[:20])
    if found:
        return next((customer for customer in found if customer.pk in wanted), found[0])
    return _registered(sender, key, mailbox, now)


def add_address(customer: Customer, address: str, *, by: User, now: datetime) -> None:
    """A further address of a customer we know."""
    _point, made = ContactPoint.objects.get_or_create(
        customer=customer, kind=ContactKind.EMAIL, normalised=address, defaults={"value": address}
    )
    if made:
        customer.tell("customer.changed", by=by, now=now, fields=["contact_points"])


def _registered(sender: Address, key: str, mailbox: Mailbox, now: datetime) -> Customer:
    name = _name_of(sender)
    customer = Customer.register(name=name, by=None, now=now, language=mailbox.language)
    ContactPoint.objects.create(customer=customer, kind=ContactKind.EMAIL, value=key)
    return customer


def _name_of(sender: Address) -> str:
    name = " ".join(sender.name.replace("\x00", "").split()).strip("\"' ")
    # Programs that have no name for the writer put the address there.
    return (name if name and "@" not in name else sender.key)[:NAME_LENGTH]


def _is_usable(address: Address) -> bool:
    key = address.key
    local, at, domain = key.rpartition("@")
    return (
        bool(local and at and domain)
        and len(key) <= ADDRESS_LENGTH
        and not any(sign in key for sign in " \x00\r\n\t")
    )

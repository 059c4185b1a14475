"""Who wrote a mail, and which customer that is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import F
from django.db.models.expressions import RawSQL

from hallom.customers.joined_rows import JoinedModels
from hallom.customers.models import ContactKind, ContactPoint, Customer
from hallom.mail.address_book import AddressBook
from hallom.mail.automatic import is_nobody
from hallom.mail.models import Mailbox
from hallom.mail.parse import Address, ParsedMail
from hallom.staff.models import User
from hallom.timeline.prepared import PreparedModels

NAME_LENGTH = 160
# What a contact point holds.
ADDRESS_LENGTH = 200
# A discussion may want its answers in two or three places; more is a list, not an answer.
MOST_ANSWERED = 5


def sender_of(parsed: ParsedMail, book: AddressBook) -> Address | None:
    """Who wrote it. A form on our own website writes as ourselves, and names the customer in Reply-To."""
    written = parsed.from_ or parsed.sender
    if written is not None and book.is_ours(written.addr):
        return _reply_to(parsed, book) or written
    return written if written is not None and _is_usable(written) else None


def writer_of(parsed: ParsedMail, sender: Address | None, book: AddressBook) -> Address | None:
    """Whose ticket a new one is. A form elsewhere writes from an address where nobody reads, and names the customer in
    Reply-To. Only for new tickets: Reply-To is no proof that somebody belongs to one."""
    if sender is None or not is_nobody(sender.addr):
        return sender
    named = _reply_to(parsed, book)
    return sender if named is None or is_nobody(named.addr) else named


def answers_to(parsed: ParsedMail, sender: Address | None, book: AddressBook) -> list[Address]:
    """Where the writer wants the answer, if that is not where he wrote from; never to ourselves or to nobody."""
    wanted: dict[str, Address] = {}
    for one in parsed.reply_to:
        if _is_usable(one) and not book.is_ours(one.addr) and not is_nobody(one.addr):
            wanted.setdefault(one.key, one)
    is_same = sender is not None and list(wanted) == [sender.key]
    return [] if sender is None or is_same else list(wanted.values())[:MOST_ANSWERED]


def _reply_to(parsed: ParsedMail, book: AddressBook) -> Address | None:
    others = (address for address in parsed.reply_to if not book.is_ours(address.addr))
    return next((address for address in others if _is_usable(address)), None)


_CUSTOMER = PreparedModels(Customer, lambda pk: Customer.objects.filter(pk=pk).order_by())
# Those who have an address, who had it first standing first.
_HAVING = JoinedModels(
    Customer,
    lambda addresses: (
        Customer.objects.filter(
            contact_points__kind=ContactKind.EMAIL,
            contact_points__normalised__in=RawSQL("SELECT jsonb_array_elements_text(%s::jsonb)", [addresses]),
        )
        .annotate(has=F("contact_points__normalised"))
        .order_by("contact_points__id")
    ),
)


def having(addresses: Sequence[str]) -> dict[str, list[Customer]]:
    """Customers by an address of theirs, for each of these."""
    found: dict[str, list[Customer]] = {address: [] for address in addresses}
    for customer in _HAVING.objects(json.dumps(list(addresses))):
        found[customer.__dict__["has"]].append(customer)
    return found


def customer_of(
    sender: Address | None,
    mailbox: Mailbox,
    *,
    book: AddressBook,
    now: datetime,
    at_hand: Customer | None = None,
    known: Sequence[int] | None = None,
    customers: Callable[[str], list[Customer]] | None = None,
) -> Customer | None:
    """The customer of the address, the one ``at_hand`` before others; a new one when nobody has it yet.

    ``known``: ids of those who have it, if that was asked before; ``customers`` tells them otherwise. None when the mail tells no address, or one of ours.
    """
    if sender is None or not _is_usable(sender) or book.is_ours(sender.addr):
        return None
    if at_hand is not None and known is not None and at_hand.pk in known:
        return at_hand
    if known is None:
        found = customers(sender.key) if customers else having([sender.key])[sender.key]
    else:
        found = _CUSTOMER.objects(known[0]) if known else []
    if at_hand is not None and at_hand in found:
        return at_hand
    return found[0] if found else _registered(sender, sender.key, mailbox, now)


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

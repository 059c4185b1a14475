"""Where a mail belongs: a bounce to the mail that bounced, an answer to its ticket, a stranger's to whoever decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from hallom.customers.models import Customer
from hallom.mail import bounced, filing, senders, strangers_told
from hallom.mail.automatic import Automatic, Counts, automatic_of, why_not_answer
from hallom.mail.bounce import bounce_of
from hallom.mail.doubles import Earlier
from hallom.mail.filing import Learned
from hallom.mail.foreseen import Signs
from hallom.mail.house import House
from hallom.mail.known import InHouse
from hallom.mail.models import IncomingMail, Mailbox, Progress
from hallom.mail.parse import Address, ParsedMail
from hallom.mail.settling import Fate
from hallom.mail.thread import Decision, Evidence, Kind, Rules, Standing, decide, evidence_of
from hallom.tickets.models import Channel, LinkKind, Message, SideThread, Status, Ticket
from hallom.tickets.models.naming import known_names
from hallom.tickets.notices import known_watchers
from hallom.timeline.journal import record

SUBJECT_LENGTH = 200
# Machines that tell us something while we wait for a person; the ticket stays as it was.
BY_THE_WAY = {Automatic.OUT_OF_OFFICE, Automatic.AUTO_REPLY}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail while it finds its place."""

    row: IncomingMail
    parsed: ParsedMail
    house: House
    sender: Address | None
    kind: Automatic | None
    now: datetime
    known: InHouse = field(default_factory=InHouse)

    @property
    def mailbox(self) -> Mailbox:
        return self.row.mailbox


def signs_of(row: IncomingMail, parsed: ParsedMail, house: House) -> Signs:
    sender, kind = senders.sender_of(parsed, house.book), automatic_of(parsed, keys=house.keys)
    addresses = {address.key for address in (sender, *parsed.reply_to) if address}
    return Signs(sender, kind, evidence_for(row, parsed, house, sender), frozenset(addresses))


def place(
    row: IncomingMail,
    raw: bytes,
    parsed: ParsedMail,
    house: House,
    *,
    earlier: Earlier,
    now: datetime,
    signs: Signs | None = None,
    known: InHouse | None = None,
) -> Fate:
    """Within the importing transaction; ``signs`` and ``known``: what was read and asked ahead."""
    signs = signs or signs_of(row, parsed, house)
    filing.remember_reader(row, parsed, signs.sender)
    double = earlier.double_of(row, raw)
    if double is not None:
        return Fate(Progress.IGNORED, "double", double.ticket)
    known = known or InHouse(parsed.message_id)
    mail = Mail(row, parsed, house, signs.sender, signs.kind, now, known)
    if mail.kind is Automatic.OWN:
        return Fate(Progress.IGNORED, "own", is_automatic=True)
    if mail.kind is Automatic.BOUNCE:
        return _bounce(mail)
    rules = Rules(follow_up=timedelta(days=row.mailbox.follow_up_days))
    decision = decide(signs.evidence, known, now=now, rules=rules)
    return _PLACES[decision.kind](mail, decision)


def evidence_for(row: IncomingMail, parsed: ParsedMail, house: House, sender: Address | None) -> Evidence:
    """Besides what its fields name, its own id: an answer to it may have come before it."""
    evidence = evidence_of(
        parsed,
        recipients=_recipients(row, parsed),
        keys=house.keys,
        numbering=house.numbering,
        sender=sender.key if sender else "",
    )
    own = parsed.message_id
    return replace(evidence, identifiers=(*evidence.identifiers, own)) if own else evidence


def _recipients(row: IncomingMail, parsed: ParsedMail) -> list[str]:
    written = [address.addr for address in (*parsed.to, *parsed.cc)]
    return [address for address in (row.envelope_to, *parsed.delivered_to, *written) if address]


def _bounce(mail: Mail) -> Fate:
    bounce = bounce_of(mail.parsed)
    named = [*mail.parsed.in_reply_to, *mail.parsed.references]
    original = bounced.original_of(bounce, named=named, now=mail.now) if bounce else None
    if bounce is None or original is None:
        return Fate(Progress.IGNORED, "bounce_of_unknown", is_automatic=True)
    ticket = original.message.ticket
    is_final = bounced.attach(original, bounce, now=mail.now)
    record(
        "mail.bounced",
        now=mail.now,
        ticket=ticket,
        customer=ticket.customer_id,
        data={"message": original.message_id, "mail": mail.row.pk, "permanent": is_final},
        topics=[ticket.topic],
    )
    reason = "bounce" if is_final else "delayed"
    return Fate(Progress.NOTED, reason, ticket, original.message, is_automatic=True)


def _aside(mail: Mail, decision: Decision) -> Fate:
    """It answers nothing we know of, and asks nothing."""
    return Fate(Progress.IGNORED, str(mail.kind or decision.why), is_automatic=True)


def _own_ticket(mail: Mail, decision: Decision) -> Fate:
    return open_ticket(mail, linked=decision.linked)


def open_ticket(mail: Mail, *, linked: int | None = None) -> Fate:
    """A ticket of its own, related to the one it followed on, if any."""
    mail = replace(mail, sender=senders.writer_of(mail.parsed, mail.sender, mail.house.book))
    customer = _customer(mail)
    silent = _why_silent(mail)
    ticket = Ticket.open(
        subject_of(mail.parsed, mail.mailbox),
        by=None,
        now=mail.now,
        customer=customer,
        team=mail.mailbox.team,
        category=mail.mailbox.category,
        channel=Channel.EMAIL,
        told={"mail": mail.row.pk, "mailbox": mail.mailbox.pk, "silent": silent},
        names=mail.house.status_names,
        waiting_since=mail.row.received_at,
    )
    known_watchers(ticket, [])
    message = _filed(mail, ticket, customer, is_automatic=False)
    if linked is not None:
        other = Ticket.objects.filter(pk=linked).first()
        if other is not None:
            ticket.link(other, kind=LinkKind.RELATED, by=None, now=mail.now)
    learned = _learned(mail, ticket, message)
    return Fate(Progress.IMPORTED, silent, ticket, message, is_automatic=bool(silent), learned=learned)


def _answer(mail: Mail, decision: Decision) -> Fate:
    ticket = mail.known.whole(decision.ticket or 0)
    known_names(ticket, mail.house.status_names)
    if ticket.merged_into_id is None:
        known_watchers(ticket, ticket.__dict__["watched_by"])
    side = SideThread.objects.filter(pk=decision.side).first() if decision.side else None
    is_ours = side is not None or decision.sender_standing is Standing.STAFF
    # Third parties and colleagues do not become customers by writing.
    customer = None if is_ours else _customer(mail, ticket=ticket, known=mail.known.people)
    return _joined(mail, ticket, side, customer, reopens=decision.reopens)


def join(mail: Mail, ticket: Ticket, side: SideThread | None) -> Fate:
    """A person says that it belongs to the ticket."""
    customer = None if side else _customer(mail, ticket=ticket)
    return _joined(mail, ticket, side, customer, reopens=True)


def _joined(
    mail: Mail, ticket: Ticket, side: SideThread | None, customer: Customer | None, *, reopens: bool
) -> Fate:
    by_the_way = mail.kind in BY_THE_WAY
    message = _filed(mail, ticket, customer, side=side, is_automatic=by_the_way)
    if reopens and not by_the_way and ticket.status == Status.CLOSED:
        ticket.resume(by=None, now=mail.now)
    progress = Progress.NOTED if by_the_way else Progress.IMPORTED
    reason, learned = str(mail.kind or ""), _learned(mail, ticket, message, side)
    return Fate(progress, reason, ticket, message, is_automatic=mail.kind is not None, learned=learned)


def _stranger(mail: Mail, decision: Decision) -> Fate:
    ticket = Ticket.objects.select_related("owner").get(pk=decision.ticket or 0)
    if mail.kind in BY_THE_WAY:
        # A machine asks nobody to decide about it.
        return Fate(Progress.NOTED, str(mail.kind), ticket, is_automatic=True)
    if ticket.spam_at:
        # Nobody looks there: whoever is not the one that was meant must not wait unseen.
        return open_ticket(mail)
    mail.row.excerpt = strangers_told.excerpt_of(mail.parsed)
    strangers_told.tell(ticket, mail.row, now=mail.now)
    return Fate(Progress.STRANGER, "stranger", ticket, is_automatic=mail.kind is not None)


def side_of(mail: Mail, ticket: Ticket) -> SideThread | None:
    """The conversation with a third party that the mail answers, whoever wrote it."""
    evidence = evidence_for(mail.row, mail.parsed, mail.house, mail.sender)
    tokens = [token.side for token in (*evidence.address_tokens, *evidence.message_tokens)]
    sides = [*tokens, *(found.side for found in InHouse(mail.parsed.message_id).by_ids(evidence.identifiers))]
    named = [side for side in sides if side is not None]
    rows = SideThread.objects.filter(pk__in=named, ticket__in=ticket.family_ids())
    return rows.order_by("-pk").first() if named else None


def subject_of(parsed: ParsedMail, mailbox: Mailbox) -> str:
    subject = " ".join(filing.plain(parsed.subject).split())
    if subject:
        return subject[:SUBJECT_LENGTH]
    with translation.override(mailbox.language):
        return _("(no subject)")


def _customer(
    mail: Mail, *, ticket: Ticket | None = None, known: Sequence[int] | None = None
) -> Customer | None:
    at_hand = ticket.customer if ticket else None
    return senders.customer_of(
        mail.sender,
        mail.mailbox,
        book=mail.house.book,
        now=mail.now,
        at_hand=at_hand,
        known=known,
        customers=mail.known.customers,
    )


def _filed(
    mail: Mail,
    ticket: Ticket,
    customer: Customer | None,
    *,
    is_automatic: bool,
    side: SideThread | None = None,
) -> Message:
    return filing.file_message(
        ticket,
        mail.parsed,
        sender=mail.sender,
        reply_to=senders.answers_to(mail.parsed, mail.sender, mail.house.book),
        customer=customer,
        side=side,
        is_automatic=is_automatic,
        at=mail.row.received_at,
        now=mail.now,
    )


def _learned(mail: Mail, ticket: Ticket, message: Message, side: SideThread | None = None) -> Learned:
    address = mail.sender.key if mail.kind is None and mail.sender is not None else ""
    return filing.learned(ticket, message, mail.parsed, side=side, address=address)


def _why_silent(mail: Mail) -> str:
    """Why no machine of ours may answer; empty: it may."""
    if mail.sender is None or mail.house.book.is_ours(mail.sender.addr):
        return "no_sender"
    is_flood, has_exchanged = mail.known.recent(mail.sender, now=mail.now)
    if is_flood or has_exchanged:
        return "flood" if is_flood else "exchanged"
    return why_not_answer(mail.parsed, Counts(), keys=mail.house.keys) or ""


_PLACES: dict[Kind, Callable[[Mail, Decision], Fate]] = {
    Kind.NEW: _own_ticket,
    Kind.REPLY: _answer,
    Kind.STRANGER: _stranger,
    Kind.ASIDE: _aside,
}

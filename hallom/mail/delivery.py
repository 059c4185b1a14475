"""What happens to a mail on its way out: each step is a compare-and-set that is committed before the next begins."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F, QuerySet

from hallom.mail import bad_address, problems
from hallom.mail.bounce import Failed
from hallom.mail.compose import Unwritable, compose, envelope_address
from hallom.mail.models import Mailbox, MailboxState, OutgoingMail, Recipient, RecipientState, SendState
from hallom.mail.sending_letter import CannotCompose, letter_of
from hallom.mail.sending_rules import Attempt, Fate, Patience, Verdict, is_over, verdict
from hallom.mail.sending_smtp import Parcel
from hallom.storage import blobs
from hallom.tickets import notices, outgoing
from hallom.tickets.models import Delivery, Message, NoticeKind

log = structlog.get_logger(__name__)
# As many are looked through for one that nobody else is about to take.
LOOKED_AT = 20
OPEN = (RecipientState.WAITING, RecipientState.DEFERRED)
UNDELIVERED = (RecipientState.REFUSED, RecipientState.BOUNCED)


class Due(NamedTuple):
    mailbox: int
    mails: int


def recover(at: datetime) -> int:
    """What a process left behind when it died is tried again at that time. Only for whoever alone sends."""
    begun = OutgoingMail.objects.filter(state=SendState.SENDING).update(state=SendState.WAITING, next_at=at)
    handed = OutgoingMail.objects.filter(state=SendState.HANDING_OVER)
    return begun + handed.update(state=SendState.WAITING, next_at=at, maybe_twice=True)


def due(now: datetime) -> list[Due]:
    """Mailboxes that have something to send, and how much."""
    found: dict[int, int] = {}
    for mailbox in _due(now).values_list("mailbox", flat=True):
        found[mailbox] = found.get(mailbox, 0) + 1
    return [Due(mailbox, count) for mailbox, count in found.items()]


def claim(mailbox: int, now: datetime) -> int | None:
    """The next mail of the mailbox, now being sent by the caller and by nobody else."""
    rows = _due(now).filter(mailbox=mailbox).order_by("next_at", "pk")
    return next(
        (
            mail
            for mail, message in rows.values_list("pk", "message")[:LOOKED_AT]
            if _claim(mail, message, now)
        ),
        None,
    )


def parcel_of(key: int, now: datetime) -> Parcel | None:
    """The bytes, composed the first time and kept; None when they cannot be: the mail is then given up."""
    mail = _row(key)
    try:
        if mail.raw is None or mail.raw.discarded_at is not None:
            mail.raw = blobs.keep(compose(letter_of(mail)), now=now)
            mail.save(update_fields=["raw"])
        raw = blobs.read(mail.raw)
        recipients = {
            each.pk: envelope_address(each.address) for each in mail.recipients.filter(state__in=OPEN)
        }
    except (CannotCompose, Unwritable) as error:
        give_up(mail, error.code, now=now)
        return None
    except FileNotFoundError:
        give_up(mail, "file_missing", now=now)
        return None
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        # A mail nobody can compose must not stand in the way of all the others.
        log.exception("mail.not_composed", mail=key)
        give_up(mail, problems.Problem.OURS.value, now=now)
        return None
    if not recipients:
        _settle(mail, now)
        return None
    return Parcel(mail.pk, mail.envelope_from, envelope_address(mail.mailbox.address), recipients, raw)


def begin_handing(key: int) -> bool:
    """From here on the server may have it."""
    return (
        OutgoingMail.objects.filter(pk=key, state=SendState.SENDING).update(state=SendState.HANDING_OVER) == 1
    )


def attempts_of(key: int) -> int:
    return OutgoingMail.objects.filter(pk=key).values_list("attempts", flat=True).first() or 1


@transaction.atomic
def finish(key: int, attempt: Attempt, patience: Patience, *, now: datetime) -> None:
    """Write down what came of it: over, or when it is tried again."""
    mail = _locked(key)
    if mail is None or mail.state not in (SendState.SENDING, SendState.HANDING_OVER):
        return
    said = verdict(attempt)
    _write_recipients(said, now)
    _mark_addresses(said, now)
    mail.problem = said.problem[: problems.MOST]
    mail.maybe_twice = mail.maybe_twice or said.maybe_twice
    if said.is_again and not is_over(mail.send_at, now, patience):
        _wait(mail, now + patience.pause(mail.attempts))
        return
    _refuse_open(mail, now)
    _settle(mail, now)


@transaction.atomic
def put_back(key: int, until: datetime, problem: str, patience: Patience, *, now: datetime) -> None:
    """The server was not to be had; after the last hour it is not waited for any longer."""
    mail = _locked(key)
    if mail is None or mail.state != SendState.SENDING:
        return
    mail.problem = problem[: problems.MOST]
    if is_over(mail.send_at, now, patience):
        _refuse_open(mail, now)
        _settle(mail, now)
    else:
        _wait(mail, until)


def postpone(mailbox: int, until: datetime, problem: str) -> int:
    """Nothing more is tried for this mailbox before then."""
    rows = OutgoingMail.objects.filter(mailbox=mailbox, state=SendState.WAITING, next_at__lt=until)
    return rows.filter(send_at__lte=until).update(next_at=until, problem=problem[: problems.MOST])


def tell_state(mailbox: Mailbox, problem: str, *, now: datetime) -> None:
    """How the sending of a mailbox fares, for its administrator; empty: it works."""
    state, _made = MailboxState.objects.get_or_create(mailbox=mailbox)
    if problem:
        since = state.send_problem_since if state.send_problem else now
        MailboxState.objects.filter(pk=state.pk).update(
            send_problem=problem[:400], send_problem_since=since or now
        )
    else:
        MailboxState.objects.filter(pk=state.pk).update(sent_at=now, send_problem="", send_problem_since=None)


@transaction.atomic
def give_up(mail: OutgoingMail, code: str, *, now: datetime) -> None:
    """It will never leave; its author hears of it."""
    mail.problem = code
    mail.recipients.filter(state__in=OPEN).update(
        state=RecipientState.REFUSED, diagnostic="", status="", at=now
    )
    _settle(mail, now)


@transaction.atomic
def mark_bounced(mail: OutgoingMail, address: str, *, status: str, diagnostic: str, now: datetime) -> bool:
    """A bounce says this recipient never got it; False if the mail never went to that address."""
    found = mail.recipients.filter(address__iexact=address).first()
    if found is None:
        return False
    found.state, found.status, found.diagnostic = RecipientState.BOUNCED, status[:20], diagnostic[:400]
    found.at = now
    found.save()
    locked = _locked(mail.pk)
    if locked is not None and locked.state in (SendState.SENT, SendState.FAILED):
        _settle(locked, now)
    return True


def _due(now: datetime) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(state=SendState.WAITING, next_at__lte=now, mailbox__is_active=True)


@transaction.atomic
def _claim(key: int, message_key: int, now: datetime) -> bool:
    # The message first, as recall does: whoever has it decides whether the mail leaves.
    locked = Message.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "ticket", "author"
    )
    message = locked.filter(pk=message_key).first()
    if message is None:
        return False
    waiting = OutgoingMail.objects.filter(pk=key, state=SendState.WAITING, next_at__lte=now)
    if waiting.update(state=SendState.SENDING, attempts=F("attempts") + 1) != 1:
        return False
    outgoing.delivered(message, Delivery.SENDING, now=now)
    return True


def _row(key: int) -> OutgoingMail:
    return OutgoingMail.objects.select_related(
        "mailbox", "raw", "message__ticket__customer", "message__author"
    ).get(pk=key)


def _locked(key: int) -> OutgoingMail | None:
    message = OutgoingMail.objects.filter(pk=key).values_list("message", flat=True).first()
    if message is None:
        return None
    Message.objects.select_for_update(of=("self",)).filter(pk=message).first()
    rows = OutgoingMail.objects.select_for_update(of=("self",)).select_related(
        "message__ticket", "message__author"
    )
    return rows.filter(pk=key).first()


def _write_recipients(said: Verdict, now: datetime) -> None:
    for key, (fate, reply) in said.fates.items():
        Recipient.objects.filter(pk=key).update(
            state=_STATES[fate],
            status=reply.status if reply.code else "",
            diagnostic=f"{reply.code} {reply.text}"[:400] if reply.code and fate is not Fate.ACCEPTED else "",
            at=now,
        )


def _mark_addresses(said: Verdict, now: datetime) -> None:
    """A server that knows of no such mailbox says at once what a bounce would say later."""
    refused = {key: reply for key, (fate, reply) in said.fates.items() if fate is Fate.REFUSED and reply.code}
    for each in Recipient.objects.filter(pk__in=refused):
        reply = refused[each.pk]
        status = reply.status if "." in reply.status else ""
        bad_address.mark(Failed(each.address, status, f"{reply.code} {reply.text}"), now)


_STATES = {
    Fate.ACCEPTED: RecipientState.ACCEPTED,
    Fate.DEFERRED: RecipientState.DEFERRED,
    Fate.REFUSED: RecipientState.REFUSED,
}


def _wait(mail: OutgoingMail, until: datetime) -> None:
    mail.state, mail.next_at = SendState.WAITING, until
    mail.save(update_fields=["state", "next_at", "problem", "maybe_twice"])


def _refuse_open(mail: OutgoingMail, now: datetime) -> None:
    mail.recipients.filter(state__in=OPEN).update(state=RecipientState.REFUSED, at=now)


def _settle(mail: OutgoingMail, now: datetime) -> None:
    """Over, one way or the other; the message says the same, and who wrote it hears when somebody did not get it."""
    states = set(mail.recipients.values_list("state", flat=True))
    has_some = RecipientState.ACCEPTED in states
    mail.state = SendState.SENT if has_some else SendState.FAILED
    mail.sent_at = mail.sent_at or (now if has_some else None)
    mail.next_at = None
    mail.save(update_fields=["state", "sent_at", "next_at", "problem", "maybe_twice"])
    missing = not states.isdisjoint(UNDELIVERED)
    told = Delivery.FAILED if not has_some else Delivery.PARTLY if missing else Delivery.SENT
    outgoing.delivered(mail.message, told, now=now)
    if missing or not has_some:
        _tell_author(mail.message, now)


def _tell_author(message: Message, now: datetime) -> None:
    told = message.author or message.ticket.root().owner
    if told is not None:
        notices.notify(told, NoticeKind.FAILED, message.ticket.root(), now=now)

"""What becomes of a finished text of the composer: an answer that leaves, a note that stays, a call written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hallom.customers.models import ContactKind
from hallom.staff.models import User
from hallom.tickets import composer_tools, drafts, outgoing, written
from hallom.tickets.composing import FORWARD, KINDS, NOTE, PUBLIC
from hallom.tickets.forms.answer import Asked, Unclear
from hallom.tickets.forms.entry import EntryForm
from hallom.tickets.models import (
    Attachment,
    Direction,
    Draft,
    DraftKind,
    IllegalTransition,
    Message,
    Note,
    SideThread,
    Ticket,
)
from hallom.tickets.outgoing import Answer, CannotSend, NotPublic
from hallom.tickets.persons import Person

NO_SIGNATURE = "none"
MISSING = "<mark data-missing="


@dataclass(frozen=True, slots=True)
class Kept:
    """``message`` when something is to leave and can be called back."""

    message: Message | None = None


def keep(ticket: Ticket, asked: Asked, *, side: SideThread | None, by: User, now: datetime) -> Kept:
    """All or nothing, the draft included; raises Unclear with words for the author."""
    if MISSING in asked.html and not asked.confirmed:
        raise Unclear(_("The text has places that nobody has filled in yet."))
    try:
        with transaction.atomic():
            message = _kept(ticket, asked, side=side, by=by, now=now)
            _carry_out(ticket, asked, message, by=by, now=now)
            drafts.discard(ticket, by, asked.composing(side=side).draft_kind, side=side, now=now)
    except CannotSend as refused:
        raise Unclear(words_of(refused.code)) from None
    except NotPublic:
        raise Unclear(
            _("A file or picture in it is internal and must not leave. Take it out, please.")
        ) from None
    except IllegalTransition as refused:
        raise Unclear(
            str(refused)
            if type(refused) is not IllegalTransition
            else _("The status cannot be changed like this any more.")
        ) from None
    return Kept(message)


def words_of(code: str) -> str:
    return {
        "no_way_out": _("No mailbox is set up that could send it."),
        "nobody": _("Nobody is named whom it should go to."),
        "empty": _("Nothing is written yet."),
        "file": _("One of the files is not there any more. Attach it again, please."),
        "status": _("It has been sent already."),
        "address": _("One of the addresses cannot be written to."),
        "sender": _("It cannot be sent from this mailbox. Choose another, please."),
        "signature": _("This signature is not there any more. Choose another, please."),
        "loop": _("So many automatic mails went there that no more are sent."),
        "macro": _("A macro cannot do what it should. Take it out, please, or do its steps by hand."),
    }.get(code, _("It cannot be sent: %(code)s.") % {"code": code})


def _kept(
    ticket: Ticket, asked: Asked, *, side: SideThread | None, by: User, now: datetime
) -> Message | None:
    if asked.kind == PUBLIC:
        return outgoing.send(ticket, _answer(ticket, asked, side=side, by=by, now=now), by=by, now=now)
    if asked.kind == NOTE:
        _note(ticket, asked, by=by, now=now)
    else:
        _call(ticket, asked, by=by, now=now)
    return None


def _answer(ticket: Ticket, asked: Asked, *, side: SideThread | None, by: User, now: datetime) -> Answer:
    to, cc, bcc = (named(ticket, asked.people(part)) for part in ("to", "cc", "bcc"))
    if asked.mode == FORWARD and side is None:
        side = _opened(ticket, asked, by=by, now=now)
    return Answer(
        html=asked.html,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=asked.values.get("subject", ""),
        attachments=asked.attachments,
        side=side,
        send_at=asked.send_at(now),
        quote=_quote(ticket, asked, side),
        signature=_signature(ticket, by, asked.values.get("signature", "")),
        then=asked.then,
        via=_via(asked),
        chosen=asked.chosen(now),
    )


def _signature(ticket: Ticket, by: User, chosen: str) -> str:
    tools = composer_tools.snippets()
    if tools is None or chosen == NO_SIGNATURE:
        return ""
    return tools.signature(by, ticket, language="", chosen=chosen)


def _via(asked: Asked) -> int | None:
    """What was chosen to send from; None: the usual. Whether one may is asked by the room that sends."""
    key = asked.values.get("via", "")
    return int(key) if key.isascii() and key.isdigit() and len(key) < 19 else None


def named(ticket: Ticket, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """With the customer's name where only the address was given."""
    if ticket.customer is None or all(one.name for one in people):
        return people
    points = ticket.customer.contact_points.filter(kind=ContactKind.EMAIL).values_list("value", flat=True)
    own = {value.casefold() for value in points}
    name = ticket.customer.name
    return tuple(replace(one, name=name) if not one.name and one.key in own else one for one in people)


def _opened(ticket: Ticket, asked: Asked, *, by: User, now: datetime) -> SideThread:
    """A conversation with a third party begins with the first mail to it."""
    to = asked.people("to")
    if not to:
        raise CannotSend("nobody")
    subject = " ".join(asked.values.get("subject", "").split())[:200] or ticket.subject
    return SideThread.objects.create(
        ticket=ticket,
        subject=subject,
        name=to[0].name[:160],
        address=to[0].address,
        opened_by=by,
        opened_at=now,
    )


def _quote(ticket: Ticket, asked: Asked, side: SideThread | None) -> Message | None:
    """The message the author left ticked, if it is of this thread; a page that is out of date quotes nothing."""
    key = asked.values.get("quote", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    rows = Message.objects.select_related("author", "customer").filter(
        ticket__in=ticket.family_ids(), side=side
    )
    return rows.filter(pk=int(key)).first()


def _note(ticket: Ticket, asked: Asked, *, by: User, now: datetime) -> None:
    words = written.internal(asked.html)
    if words.is_empty and not asked.attachments:
        raise CannotSend("empty")
    mentioned = User.objects.filter(pk__in=words.mentions, is_active=True)
    note = ticket.add_note(words.text, html=words.html, mentions=mentioned, by=by, now=now)
    _adopt(ticket, asked, words.images, by=by, note=note)


def _call(ticket: Ticket, asked: Asked, *, by: User, now: datetime) -> None:
    words = written.public(asked.html)
    if words.is_empty:
        raise CannotSend("empty")
    _label, channel, direction = EntryForm.SAID.get(asked.values.get("said", ""), EntryForm.SAID["phone-out"])
    speaker = ticket.customer if direction == Direction.IN else None
    message = ticket.add_message(
        words.text, html=words.html, channel=channel, direction=direction, by=by, customer=speaker, now=now
    )
    _adopt(ticket, asked, words.images, by=by, message=message)


def _adopt(
    ticket: Ticket,
    asked: Asked,
    images: tuple[int, ...],
    *,
    by: User,
    note: Note | None = None,
    message: Message | None = None,
) -> None:
    """The files of the author's own draft of this kind; any other stays where it is."""
    draft = Draft.objects.filter(ticket=ticket, author=by, kind=KINDS[asked.kind], side=None).first()
    if draft is not None:
        wanted = Attachment.objects.filter(draft=draft, pk__in=(*asked.attachments, *images))
        for one in wanted:
            one.draft, one.note, one.message, one.is_inline = None, note, message, one.pk in images
            one.save(update_fields=["draft", "note", "message", "is_inline"])


def _carry_out(ticket: Ticket, asked: Asked, message: Message | None, *, by: User, now: datetime) -> None:
    tools = composer_tools.snippets()
    if tools is None or not asked.macros:
        return
    tools.carry_out(ticket, asked.macros, by=by, now=now)
    if message is not None:
        ticket.refresh_from_db(fields=["status", "snoozed_until", "waiting_since"])
        outgoing.carried_out(message, ticket, by=by, now=now)


def begin_forward(ticket: Ticket, message: Message, *, by: User, now: datetime) -> Draft:
    """A draft to a third party that holds what the message says, and copies of its files: the author sees and may
    shorten all that will leave. One begun already stays as it is."""
    draft = drafts.find(ticket, by, DraftKind.FORWARD)
    if draft is not None and draft.html:
        return draft
    with transaction.atomic():
        draft = drafts.hold_files(ticket, by, DraftKind.FORWARD, now=now)
        html = f"<p></p>{outgoing.quoted(message, ticket)}"
        draft = drafts.save(
            ticket,
            by,
            DraftKind.FORWARD,
            html=html,
            now=now,
            revision=draft.revision,
            values={"subject": ticket.subject},
        )
        # Telephones send every photo within the text: what is quoted is without pictures, so they go as files.
        for one in message.attachments.all():
            Attachment.objects.create(
                draft=draft,
                blob=one.blob,
                name=one.name,
                content_type=one.content_type,
                position=one.position,
            )
    return draft


def plain(body: str) -> str:
    return written.internal(body).html if "<" in body else written.html_of(body)

"""An answer made of a text template, sent by the one door everybody uses."""

from __future__ import annotations

from datetime import datetime

from hallom.automation.languages import languages_of
from hallom.automation.models import TextTemplate
from hallom.automation.signatures import signature_for
from hallom.automation.values import label, values_of
from hallom.automation.variables import Filled, fill
from hallom.customers.models import ContactKind
from hallom.staff.models import User
from hallom.tickets import outgoing
from hallom.tickets.models import Channel, Direction, Message, Ticket
from hallom.tickets.outgoing import Answer, CannotSend
from hallom.tickets.persons import Person
from hallom.tickets.versions import version_of


class Incomplete(Exception):
    """``missing``: what people call the variables that have no value."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def filled(
    template: TextTemplate,
    ticket: Ticket,
    user: User | None,
    *,
    now: datetime,
    language: str = "",
    mark_gaps: bool = True,
) -> tuple[str, Filled]:
    """The language of the version that is taken, and its words; the HTML is empty when the template has no version."""
    version = version_of(template.versions.all(), languages_of(ticket, language))
    if version is None:
        return "", Filled("", ())
    values = values_of(ticket, user, language=version.language, now=now)
    return version.language, fill(version.html, values, label=label if mark_gaps else lambda _name: "")


def recipient_of(ticket: Ticket) -> Person | None:
    """Who wrote last, else the customer."""
    said = Message.objects.filter(
        ticket__in=ticket.family_ids(), side=None, channel=Channel.EMAIL, is_automatic=False
    )
    last = said.filter(direction=Direction.IN).exclude(from_address="").order_by("-at", "-pk").first()
    if last is not None:
        return Person.of(last.reply_to[0]) if last.reply_to else Person(last.from_address, last.from_name)
    if ticket.customer is None:
        return None
    point = ticket.customer.contact_points.filter(kind=ContactKind.EMAIL).first()
    return Person(point.value, ticket.customer.name) if point else None


def send_template(template: TextTemplate, ticket: Ticket, *, by: User, now: datetime) -> Message:
    """To whom a reply goes anyway; raises Incomplete, CannotSend."""
    language, words = filled(template, ticket, by, now=now)
    if words.missing:
        raise Incomplete(tuple(label(name) for name in words.missing))
    to = recipient_of(ticket)
    if to is None:
        raise CannotSend("nobody")
    signature = signature_for(ticket, language, user=by, now=now)
    reply = Answer(html=words.html, to=(to,), subject=ticket.subject, signature=signature)
    return outgoing.send(ticket, reply, by=by, now=now)

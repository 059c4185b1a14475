"""An answer made of a text template, sent by the one door everybody uses."""

from __future__ import annotations

from datetime import datetime

from hallom.automation.languages import languages_of
from hallom.automation.models import TextTemplate
from hallom.automation.signatures import signature_for
from hallom.automation.templates_offered import version_of
from hallom.automation.values import label, values_of
from hallom.automation.variables import Filled, fill
from hallom.staff.models import User
from hallom.tickets import composing, outgoing
from hallom.tickets.models import Message, Ticket
from hallom.tickets.outgoing import Answer, CannotSend
from hallom.tickets.persons import persons


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
    version = version_of(template, languages_of(ticket, language))
    if version is None:
        return "", Filled("", ())
    values = values_of(ticket, user, language=version.language, now=now)
    return version.language, fill(version.html, values, label=label if mark_gaps else lambda _name: "")


def send_template(template: TextTemplate, ticket: Ticket, *, by: User, now: datetime) -> Message:
    """To whom a reply goes anyway; raises Incomplete, CannotSend."""
    language, words = filled(template, ticket, by, now=now)
    if words.missing:
        raise Incomplete(tuple(label(name) for name in words.missing))
    to = persons(composing.reply(ticket, by).to)
    if not to:
        raise CannotSend("nobody")
    html = words.html + signature_for(ticket, language, user=by, now=now)
    return outgoing.send(ticket, Answer(html=html, to=to, subject=ticket.subject), by=by, now=now)

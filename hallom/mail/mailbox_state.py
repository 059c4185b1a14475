"""How a mailbox fares, for its administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from hallom.mail import problems
from hallom.mail.models import Intake, Mailbox, MailboxState, Provider


@dataclass(frozen=True, slots=True)
class StateLine:
    """``tone`` pine, honey or cherry; ``problem`` in words, ``at`` when it last worked, ``since`` when it stopped."""

    label: str
    tone: str
    problem: str = ""
    at: datetime | None = None
    since: datetime | None = None


def state_lines(mailbox: Mailbox) -> list[StateLine]:
    if not mailbox.is_active:
        return [StateLine(_("not in use"), "slate")]
    state = MailboxState.objects.filter(mailbox=mailbox).first() or MailboxState(mailbox=mailbox)
    lines = []
    if mailbox.provider != Provider.PASSWORD and not mailbox.oauth_refresh_token:
        lines.append(
            StateLine(_("not connected"), "honey", _("The provider has not been asked for permission yet."))
        )
    if mailbox.intake == Intake.IMAP:
        lines.append(_line(_("fetching"), state.fetched_at, state.fetch_problem, state.fetch_problem_since))
    if mailbox.smtp_host:
        lines.append(_line(_("sending"), state.sent_at, state.send_problem, state.send_problem_since))
    else:
        lines.append(
            StateLine(_("sending"), "honey", _("There is no SMTP server: nothing is sent from here."))
        )
    return lines


def _line(label: str, at: datetime | None, problem: str, since: datetime | None) -> StateLine:
    tone = "cherry" if problem else "pine" if at else "honey"
    return StateLine(label, tone, problems.in_words(problem) if problem else "", at, since)

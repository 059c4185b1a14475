"""Mails that did not get through, and how far one message has got."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hallom.mail import dead_letters as letters
from hallom.mail import refusals
from hallom.mail.compose import Unwritable
from hallom.mail.forms import ResendForm
from hallom.mail.models import OutgoingMail, SendState
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.models import Ticket
from hallom.tickets.outgoing import CannotSend
from hallom.tickets.shown import shown

ROWS = 25


@login_required
@require_GET
def dead_letters(request: SignedInRequest) -> HttpResponse:
    require(request.user, "ticket.view")
    page = Paginator(letters.undelivered(request.user), ROWS).get_page(request.GET.get("page"))
    tickets = shown(mail.message.ticket for mail in page)
    rows = [_row(mail, tickets[mail.message.ticket_id], request) for mail in page]
    return render(request, "mail/dead_letters.html", {"page": page, "rows": rows})


@login_required
@require_POST
def resend(request: SignedInRequest, pk: int) -> HttpResponse:
    mail = _mail(request, pk, "ticket.change")
    form = ResendForm(mail, request.POST)
    if not form.is_valid():
        messages.warning(request, _("Please enter complete e-mail addresses."))
        return redirect("mail:dead-letters")
    try:
        letters.resend(mail, by=request.user, now=timezone.now(), corrected=form.corrected)
    except (CannotSend, Unwritable):
        messages.warning(request, _("This mail cannot be sent again: somebody has dealt with it already."))
    else:
        messages.success(request, _("The mail is on its way again."))
    return redirect("mail:dead-letters")


@login_required
@require_POST
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    mail = _mail(request, pk, "ticket.change")
    if letters.settle(mail, by=request.user, now=timezone.now()):
        messages.success(request, _("Left at that. The ticket keeps what happened."))
    return redirect("mail:dead-letters")


@login_required
@require_GET
def delivery(request: SignedInRequest, message: int) -> HttpResponse:
    """What became of a message, recipient by recipient."""
    rows = letters.with_details(OutgoingMail.objects.filter(message=message))
    mail = _allowed(request, rows.first(), "ticket.view")
    return render(request, "mail/delivery.html", {"row": _row(mail, mail.message.ticket.root(), request)})


def _row(mail: OutgoingMail, ticket: Ticket, request: SignedInRequest) -> dict[str, Any]:
    may_act = can(request.user, "ticket.change", ticket)
    if not can(request.user, "ticket.view", ticket):
        # Merged into a ticket of another team: its words are not this user's.
        ticket = mail.message.ticket
    is_late = mail.state == SendState.WAITING and bool(mail.problem)
    return {
        "mail": mail,
        "ticket": ticket,
        "recipients": [(each, refusals.of_recipient(each)) for each in mail.recipients.all()],
        "problem": refusals.of_mail(mail) if mail.state in (SendState.FAILED, SendState.WAITING) else "",
        "is_late": is_late,
        "may_act": may_act,
        "form": ResendForm(mail) if may_act and not is_late else None,
    }


def _mail(request: SignedInRequest, pk: int, act: str) -> OutgoingMail:
    return _allowed(request, letters.with_details(OutgoingMail.objects.filter(pk=pk)).first(), act)


def _allowed(request: SignedInRequest, mail: OutgoingMail | None, act: str) -> OutgoingMail:
    """One of a ticket the user may not see does not exist for him."""
    if mail is None or not can(request.user, "ticket.view", mail.message.ticket.root()):
        raise Http404
    require(request.user, act, mail.message.ticket.root())
    return mail

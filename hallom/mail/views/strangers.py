"""A stranger's mail gets its place: in the ticket it writes about, or in one of its own."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hallom.mail import strangers
from hallom.mail.models import IncomingMail
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.storage import serving
from hallom.tickets.views.fetch import Gone

FILE_NAME, FILE_TYPE = "mail.eml", "message/rfc822"


@login_required
@require_POST
def place(request: SignedInRequest, pk: int) -> HttpResponse:
    """``place`` is ``here`` or ``own``; ``remember``: the address becomes the customer's."""
    mail = _mail(request, pk, "ticket.change")
    now = timezone.now()
    try:
        if request.POST.get("place") == "own":
            return redirect(strangers.turn_away(mail, by=request.user, now=now))
        remember = bool(request.POST.get("remember")) and can(request.user, "customer.change")
        return redirect(strangers.admit(mail, by=request.user, now=now, remember=remember))
    except strangers.TicketDeleted as deleted:
        raise Gone(deleted.ticket) from None
    except strangers.Decided:
        messages.info(request, _("Somebody has decided about this mail already."))
        return redirect(mail.ticket) if mail.ticket else redirect("tickets:tickets")


@login_required
@require_safe
def original(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The mail as it came, to be kept as a file."""
    mail = _mail(request, pk, "ticket.view")
    try:
        return serving.response(mail.raw, FILE_NAME, FILE_TYPE)
    except (serving.NotServed, FileNotFoundError):
        raise Http404 from None


def _mail(request: SignedInRequest, pk: int, act: str) -> IncomingMail:
    """One that leads to no ticket the user may see does not exist for him."""
    mail = IncomingMail.objects.select_related("ticket__customer", "raw", "mailbox").filter(pk=pk).first()
    if mail is None or mail.ticket is None or not can(request.user, "ticket.view", mail.ticket.root()):
        raise Http404
    require(request.user, act, mail.ticket.root())
    return mail

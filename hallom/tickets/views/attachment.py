"""Files and the HTML of mails: given out only to who may see the ticket, and without the rights of our pages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hallom.staff.permissions import can
from hallom.staff.signed_in import SignedInRequest
from hallom.storage import serving
from hallom.storage.serving import NotServed
from hallom.tickets.markup import with_remote_images
from hallom.tickets.models import Attachment, Message, Ticket
from hallom.tickets.views.fetch import ticket_for
from hallom.tickets.written import html_of

PREVIEW_TYPE = "image/webp"
# Nothing runs in it and nothing is loaded from elsewhere; mails style themselves by attributes.
POLICY = (
    "default-src 'none'; img-src 'self'{images}; style-src 'self'; style-src-attr 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups "
    "allow-popups-to-escape-sandbox"
)


@login_required
@require_GET
def attachment(request: SignedInRequest, pk: int, name: str) -> HttpResponseBase:
    """``?preview``: the small picture of it; ``?download``: to be kept even if it is a picture."""
    found = _visible(request, pk)
    blob, kind = found.blob, found.content_type
    try:
        serving.check(blob)
        if "preview" in request.GET and blob.preview is not None:
            blob, kind = blob.preview, PREVIEW_TYPE
        etag = request.headers.get("If-None-Match", "")
        return serving.response(blob, found.name, kind, inline="download" not in request.GET, etag=etag)
    except NotServed as refused:
        return render(
            request, "tickets/not_served.html", {"why": _why(refused.code), "name": found.name}, status=403
        )
    except FileNotFoundError:
        raise Http404 from None


def _visible(request: SignedInRequest, pk: int) -> Attachment:
    """A draft's file is its author's alone; all others are of everybody who may see the ticket."""
    rows = Attachment.objects.select_related(
        "blob__preview", "message__ticket", "note__ticket", "draft__ticket"
    )
    found = get_object_or_404(rows, pk=pk)
    holder = found.message or found.note or found.draft
    if holder is None or not _may_see(request, holder.ticket):
        raise Http404
    if found.draft is not None and found.draft.author_id != request.user.pk:
        raise Http404
    return found


def _may_see(request: SignedInRequest, ticket: Ticket) -> bool:
    """The ticket itself, or the one it was merged into: that one's page shows the file."""
    user = request.user
    return can(user, "ticket.view", ticket) or (
        ticket.merged_into_id is not None and can(user, "ticket.view", ticket.root())
    )


def _why(code: str) -> str:
    if code == "infected":
        return _("A virus was found in this file, so it is not given out.")
    return _("This file is still being checked for viruses. Please try again in a minute.")


@login_required
@require_GET
def mail_body(request: SignedInRequest, number: int, pk: int) -> HttpResponse:
    """The page in the frame. ``?part=quoted``: the folded history; ``?images``: with pictures of other servers."""
    ticket = ticket_for(request, number)
    message = get_object_or_404(Message, pk=pk, ticket__in=ticket.family_ids())
    is_quoted = request.GET.get("part") == "quoted"
    html, text = (message.quoted_html, message.quoted) if is_quoted else (message.html, message.body)
    with_images = "images" in request.GET
    shown = with_remote_images(html) if with_images else html
    context = {"body": mark_safe(shown or html_of(text)), "is_plain": not html}
    response = render(request, "tickets/mail_body.html", context)
    response["Content-Security-Policy"] = POLICY.format(images=" https: http:" if with_images else "")
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=600"
    return response

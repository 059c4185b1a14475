from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import notices as told
from hallom.ui import fragments

ROWS = 40


@login_required
@require_http_methods(["GET", "POST"])
def notices(request: SignedInRequest) -> HttpResponse:
    """What one was told, newest first; POST marks all as read."""
    require(request.user, "ticket.view")
    if request.method == "POST":
        told.read(request.user, now=timezone.now())
        if not fragments.wanted(request):
            return redirect("tickets:notices")
    page = Paginator(told.of(request.user), ROWS).get_page(request.GET.get("page"))
    template = "tickets/_notice_rows.html" if fragments.wanted(request) else "tickets/notices.html"
    return render(request, template, {"page": page, "unread": told.unread(request.user)})


@login_required
@require_POST
def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read it: marked so, and on to what it points at."""
    require(request.user, "ticket.view")
    found = get_object_or_404(told.of(request.user), pk=pk)
    told.read(request.user, now=timezone.now(), notice=found.pk)
    anchor = f"#note-{found.note_id}" if found.note_id else ""
    return redirect(f"{found.ticket.root().get_absolute_url()}{anchor}")

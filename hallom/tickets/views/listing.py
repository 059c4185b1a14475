from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hallom.staff.permissions import can, require, visible
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import saved_views
from hallom.tickets.bulk_choices import groups
from hallom.tickets.csv_export import tickets_csv
from hallom.tickets.filters import TicketFilter, known
from hallom.tickets.forms.saved_view import SavedViewForm
from hallom.tickets.listed import listed, rows_of
from hallom.tickets.models import SavedView, Ticket
from hallom.tickets.views.many import back
from hallom.timeline.journal import record
from hallom.ui import fragments, typed_search
from hallom.ui.paging import BoundedPaginator

ROWS = 50


@login_required
@require_http_methods(["GET", "POST"])
@typed_search.typed_search
def tickets(request: SignedInRequest) -> HttpResponse:
    require(request.user, "ticket.view")
    now = timezone.now()
    asked = _asked(request)
    chosen = TicketFilter(asked.values, user=request.user, now=now)
    found = chosen.apply(visible(request.user, Ticket.objects.all()))
    page = BoundedPaginator(found, ROWS).get_page(asked.chosen.get("page"))
    today = timezone.localdate(now)
    rows = [listed(row, now, today) for row in rows_of(page.object_list)]
    template = "tickets/_ticket_rows.html" if fragments.wanted(request) else "tickets/ticket_list.html"
    acts = groups(request.user, chosen) if can(request.user, "ticket.bulk") else []
    context = {"filter": chosen, "page": page, "rows": rows, "acts": acts, "may_choose": bool(acts)}
    context |= {"asked": asked, "may_export": can(request.user, "ticket.export")}
    answer = render(request, template, context | _views(request, chosen, counts=False))
    return typed_search.tell_address(answer, request, asked.address(request.path))


def _asked(request: SignedInRequest) -> typed_search.Asked:
    """What the page is asked for, with what the saved view means that its address names."""
    asked = typed_search.asked(request)
    view = saved_views.named(request.user, asked.chosen.get(saved_views.IN_ADDRESS, ""))
    return asked.besides(view.filters) if view else asked


@login_required
@require_http_methods(["GET", "POST"])
def export(request: SignedInRequest) -> StreamingHttpResponse:
    """What the list shows, all pages of it, as a file."""
    require(request.user, "ticket.export")
    now = timezone.now()
    given = _asked(request).values
    chosen = TicketFilter(given, user=request.user, now=now)
    found = chosen.apply(visible(request.user, Ticket.objects.all()))
    with transaction.atomic():
        asked = sorted(known(given))
        record("tickets.exported", now=now, actor=request.user, data={"asked": asked})
    name = f"tickets-{timezone.localdate(now):%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        tickets_csv(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@login_required
@require_POST
@typed_search.typed_search
def view_counts(request: SignedInRequest) -> HttpResponse:
    """The saved views with their counts; asked for after the list is there, so that the list never waits for them."""
    require(request.user, "ticket.view")
    chosen = TicketFilter(_asked(request).values, user=request.user, now=timezone.now())
    return render(request, "tickets/_views.html", _views(request, chosen, counts=True))


@login_required
@require_POST
def views(request: SignedInRequest) -> HttpResponse:
    """Keep the filters of the page under a name."""
    require(request.user, "ticket.view")
    form = SavedViewForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.warning(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect(back(request))
    try:
        form.keep(by=request.user, now=timezone.now())
    except saved_views.TooMany:
        messages.warning(
            request, _("You keep %(most)d views: remove one first.") % {"most": saved_views.MOST_OF_ONE}
        )
    else:
        messages.success(request, _("The view is kept."))
    return redirect(back(request))


@login_required
@require_http_methods(["POST", "DELETE"])
def view(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a view; POST says `method=delete`, as a form without a script cannot say DELETE."""
    found = get_object_or_404(SavedView, pk=pk)
    if not saved_views.may_remove(request.user, found):
        raise PermissionDenied
    saved_views.remove(found, by=request.user, now=timezone.now())
    return redirect("tickets:tickets")


def _views(request: SignedInRequest, chosen: TicketFilter, *, counts: bool) -> dict[str, Any]:
    named = saved_views.views_of(request.user)
    current = urlencode(known(chosen.given))
    shown = (
        saved_views.counted(named, request.user, now=timezone.now(), current=current)
        if counts
        else [saved_views.Counted(one, -1, False, urlencode(one.filters) == current) for one in named]
    )
    return {"views": shown, "query": current, "view_form": SavedViewForm(user=request.user)}

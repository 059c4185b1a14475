from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.forms import OpeningForm
from hallom.tickets.models import TicketTemplate


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "ticket.open")
    now = timezone.now()
    form = OpeningForm(request.POST or None, initial=OpeningForm.start(request.GET, request.user, now))
    if request.method == "POST" and form.is_valid():
        return redirect(form.open(by=request.user, now=now))
    context = {"form": form, "templates": TicketTemplate.objects.filter(is_active=True)}
    return render(request, "tickets/ticket_new.html", context, status=422 if form.errors else 200)

import re

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hallom.customers import lookup
from hallom.customers.models import Customer
from hallom.staff.permissions import require, visible
from hallom.staff.signed_in import SignedInRequest
from hallom.ui import fragments, typed_search

ROWS = 50
CHOICES = 8
NUMBER = re.compile(r"[0-9]{1,18}")


@login_required
@require_http_methods(["GET", "POST"])
@typed_search.typed_search
def customers(request: SignedInRequest) -> HttpResponse:
    """All, or those looked for: by POST, as an address must not hold whom somebody looked for."""
    require(request.user, "customer.view")
    asked = typed_search.asked(request)
    text = asked.typed.get("q", "").strip()[:100]
    found = visible(request.user, lookup.by_text(text)).select_related("organisation")
    if only := NUMBER.findall(request.GET.get("only", "")[: 20 * ROWS]):
        found = found.filter(pk__in=map(int, only))
    page = Paginator(found.prefetch_related("contact_points", "addresses"), ROWS).get_page(
        asked.chosen.get("page")
    )
    template = (
        "customers/_customer_rows.html" if fragments.wanted(request) else "customers/customer_list.html"
    )
    answer = render(request, template, {"asked": asked, "text": text, "page": page})
    return typed_search.tell_address(answer, request, asked.address(request.path))


@login_required
@require_http_methods(["GET", "POST"])
@typed_search.typed_search
def choices(request: SignedInRequest) -> HttpResponse:
    """Customers to choose from while somebody types into a form; by POST like every search for a person."""
    require(request.user, "customer.view")
    text = request.POST.get("customer_text", "").strip()[:100]
    found: list[Customer] = []
    if text:
        likely = visible(request.user, lookup.by_text(text)).prefetch_related("contact_points")
        found = list(likely[:CHOICES])
    return render(request, "customers/_choices.html", {"choices": found, "text": text})

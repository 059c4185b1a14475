from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.customers.card import card
from hallom.customers.history import history
from hallom.customers.models import Customer
from hallom.customers.views.fetch import customer_for
from hallom.staff.permissions import can
from hallom.staff.signed_in import SignedInRequest


@login_required
@require_GET
def customer_page(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = customer_for(request, pk)
    context = _card_context(request, customer)
    context["history"] = history(customer, request.user, contacts=context["card"].contacts)
    return render(request, "customers/customer.html", context)


@login_required
@require_GET
def card_fragment(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(request, "customers/_aside.html", _card_context(request, customer_for(request, pk)))


@login_required
@require_GET
def history_fragment(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = customer_for(request, pk)
    context = {"person": customer, "history": history(customer, request.user)}
    return render(request, "customers/_history.html", context)


def _card_context(request: SignedInRequest, customer: Customer) -> dict[str, Any]:
    return {
        "person": customer,
        "card": card(customer, request.user, now=timezone.now()),
        "may_change": can(request.user, "customer.change", customer),
    }

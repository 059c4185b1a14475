from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hallom.customers.forms import AddressForms, ContactPointForms, CustomerForm, ServiceForms
from hallom.customers.models import Customer
from hallom.customers.views.fetch import customer_for
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest

ROWS: dict[str, Any] = {"points": ContactPointForms, "addresses": AddressForms, "services": ServiceForms}

# What was looked for in vain begins a new customer: by POST, as addresses hold no names.
TYPED_NAME = "typed_name"


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "customer.change")
    return _edited(request, Customer(), _("New customer"))


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = customer_for(request, pk, "customer.change")
    return _edited(request, customer, customer.name)


def _edited(request: SignedInRequest, customer: Customer, heading: str) -> HttpResponse:
    data = request.POST if request.method == "POST" and TYPED_NAME not in request.POST else None
    form = CustomerForm(data, instance=customer, initial=_known(request, customer))
    rows = {name: formset(data, instance=customer, prefix=name) for name, formset in ROWS.items()}
    if data is not None and all([form.is_valid(), *(formset.is_valid() for formset in rows.values())]):
        return redirect(_kept(request, form, rows))
    context = {"form": form, "rows": rows, "person": customer, "heading": heading}
    return render(request, "customers/customer_form.html", context, status=422 if data is not None else 200)


@transaction.atomic
def _kept(request: SignedInRequest, form: CustomerForm, rows: dict[str, Any]) -> Customer:
    now = timezone.now()
    customer = form.keep(by=request.user, now=now)
    changed = [name for name, formset in rows.items() if formset.has_changed()]
    for name in changed:
        rows[name].instance = customer
        rows[name].save()
    if changed:
        customer.tell("customer.changed", by=request.user, now=now, fields=changed)
    return customer


def _known(request: SignedInRequest, customer: Customer) -> dict[str, str]:
    """A new customer's name, if the page one comes from has one already."""
    return {} if customer.pk else {"name": request.POST.get(TYPED_NAME, "")[:160]}

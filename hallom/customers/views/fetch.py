from django.shortcuts import get_object_or_404

from hallom.customers.models import Customer
from hallom.staff.permissions import require, visible
from hallom.staff.signed_in import SignedInRequest


def customer_for(request: SignedInRequest, pk: int, act: str = "customer.view") -> Customer:
    """The customer, if the user may do the act to it; one the user may not see does not exist for him."""
    found = visible(request.user, Customer.objects.select_related("organisation"))
    customer = get_object_or_404(found, pk=pk)
    require(request.user, act, customer)
    return customer

from django.http import Http404

from hallom.customers.joined_rows import JoinedModels
from hallom.customers.models import Customer
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest

_FOUND = JoinedModels(
    Customer, lambda key: Customer.objects.filter(pk=key).select_related("organisation").order_by()
)


def customer_for(request: SignedInRequest, pk: int, act: str = "customer.view") -> Customer:
    """The customer, if the user may do the act to it; one the user may not see does not exist for him."""
    customer = _FOUND.first(pk)
    if customer is None or not can(request.user, "customer.view", customer):
        raise Http404
    require(request.user, act, customer)
    return customer

"""The rows a customer owns, edited beneath the customer."""

from django import forms
from django.forms import inlineformset_factory

from hallom.customers.forms.customer import DATE_FORMAT
from hallom.customers.models import Address, ContactPoint, Customer, Service

ContactPointForms = inlineformset_factory(
    Customer, ContactPoint, fields=["kind", "value", "label", "is_preferred"], extra=1
)
AddressForms = inlineformset_factory(
    Customer, Address, fields=["kind", "country", "postcode", "town", "street", "remark"], extra=1
)
ServiceForms = inlineformset_factory(
    Customer,
    Service,
    fields=["name", "since", "until"],
    extra=1,
    widgets={name: forms.DateInput({"type": "date"}, DATE_FORMAT) for name in ("since", "until")},
)

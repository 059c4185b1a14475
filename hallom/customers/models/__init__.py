from hallom.customers.models.contact_point import Address, ContactKind, ContactPoint
from hallom.customers.models.customer import Customer, CustomerKind, Organisation
from hallom.customers.models.holding import Consent, ConsentPurpose, Service

__all__ = [
    "Address",
    "Consent",
    "ConsentPurpose",
    "ContactKind",
    "ContactPoint",
    "Customer",
    "CustomerKind",
    "Organisation",
    "Service",
]

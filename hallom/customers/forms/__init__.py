from hallom.customers.forms.customer import CustomerForm
from hallom.customers.forms.holdings import AddressForms, ContactPointForms, ServiceForms

__all__ = ["AddressForms", "ContactPointForms", "CustomerForm", "ServiceForms"]

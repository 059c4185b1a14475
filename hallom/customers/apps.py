from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "hallom.customers"
    label = "customers"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.ui import navigation

        navigation.register_rail(
            _("Customers"), "customers:customers", icon="users", act="customer.view", order=30
        )

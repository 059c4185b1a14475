from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "hallom.staff"
    label = "staff"
    verbose_name = _("Staff")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.staff import signing_in
        from hallom.ui import navigation

        signing_in.listen()
        navigation.register_rail(
            _("Settings"), "ui:settings", icon="settings", act="settings.hours", order=90
        )
        staff = _("Staff")
        navigation.register(staff, _("Users"), "staff:users", "settings.staff")
        navigation.register(staff, _("Teams"), "staff:teams", "settings.staff")
        navigation.register(staff, _("Skills"), "staff:skills", "settings.staff")
        navigation.register(staff, _("Audit trail"), "staff:audit", "audit.view")

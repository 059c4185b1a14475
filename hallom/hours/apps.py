from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HoursConfig(AppConfig):
    name = "hallom.hours"
    label = "hours"
    verbose_name = _("Opening hours")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.ui import navigation

        navigation.register(_("Organisation"), _("Opening hours"), "hours:calendars", "settings.hours")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TimelineConfig(AppConfig):
    name = "hallom.timeline"
    label = "timeline"
    verbose_name = _("Timeline")
    default_auto_field = "django.db.models.BigAutoField"

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "hallom.automation"
    label = "automation"
    verbose_name = _("Automation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.automation import many_at_once
        from hallom.automation.snippets import Snippets
        from hallom.tickets import composer_tools
        from hallom.ui import navigation

        composer_tools.register(Snippets())
        many_at_once.register()
        for label, name in (
            (_("Text templates"), "templates"),
            (_("Macros"), "macros"),
            (_("Signatures"), "signatures"),
            (_("Acknowledgements"), "acknowledgements"),
        ):
            navigation.register(_("Tickets"), label, f"automation:{name}", "settings.tickets")

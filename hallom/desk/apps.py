from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DeskConfig(AppConfig):
    name = "hallom.desk"
    label = "desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from hallom.calls import promises
        from hallom.customers import card, history
        from hallom.desk import promised, screen_pop
        from hallom.tickets import worklist
        from hallom.ui import navigation

        worklist.register("promises", _("Promised calls"), promised.on_worklist, promises.of)
        history.register("promises", promised.in_history)
        card.register_line(screen_pop.ON_THE_LINE)
        navigation.register_rail(_("Work"), "desk:home", icon="inbox", order=10, count=worklist.open_count)
        navigation.register_rail(
            pgettext_lazy("main menu", "Supervisor"),
            "desk:supervisor",
            icon="headphones",
            act="calls.supervise",
            order=75,
        )
        navigation.register_rail(
            _("Console"), "desk:switchboard", icon="phone-forwarded", act="switchboard.use", order=5
        )
        navigation.register_rail(
            _("Wallboard"), "desk:wallboard", icon="monitor", act="wallboard.view", order=80
        )

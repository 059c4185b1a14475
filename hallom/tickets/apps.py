from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketsConfig(AppConfig):
    name = "hallom.tickets"
    label = "tickets"
    verbose_name = _("Tickets")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.customers import card, history
        from hallom.tickets import history as ticket_history
        from hallom.tickets import matters, notices
        from hallom.ui import navigation

        card.register("tickets", matters.open_matters)
        history.register("tickets", ticket_history.lines)
        navigation.register_rail(_("Tickets"), "tickets:tickets", icon="ticket", act="ticket.view", order=20)
        navigation.register_rail(
            # Translators: a rail of 64 pixels; a long word has a soft hyphen where it may break.
            pgettext_lazy("rail", "Notices"),
            "tickets:notices",
            icon="bell",
            act="ticket.view",
            order=25,
            count=notices.unread,
        )
        navigation.register(_("Tickets"), _("Categories"), "tickets:categories", "settings.tickets")
        for label, url_name in (
            (_("Statuses"), "tickets:status-names"),
            (_("Fields"), "tickets:own-fields"),
            (_("Checklists"), "tickets:checklists"),
            (_("Ticket templates"), "tickets:ticket-templates"),
            (_("Recurring tickets"), "tickets:recurrences"),
        ):
            navigation.register(_("Tickets"), label, url_name, "settings.tickets")

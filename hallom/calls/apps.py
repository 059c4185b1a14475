from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "hallom.calls"
    label = "calls"
    verbose_name = _("Calls")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.calls import in_conversation
        from hallom.tickets import conversation
        from hallom.ui import navigation

        conversation.register("calls", in_conversation.calls_of)
        navigation.register_rail(_("Calls"), "calls:calls", icon="phone", act="call.view", order=30)
        for label, name in (
            (_("Queues"), "queues"),
            (_("Numbers"), "numbers"),
            (_("Extensions"), "extensions"),
            (_("Outside contacts"), "outside-contacts"),
            (_("Switchboard"), "switchboard-setup"),
            (_("Greetings"), "greetings"),
            (_("Pause reasons"), "pauses"),
            (_("Call outcomes"), "dispositions"),
            (_("Alarms"), "alarms"),
            (_("Desk phones"), "phones"),
            (_("Trunks"), "trunks"),
            (_("Toll policy"), "toll"),
            (_("Blocked sources"), "bans"),
        ):
            navigation.register(_("Telephone"), label, f"calls:{name}", "settings.calls")

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MailConfig(AppConfig):
    name = "hallom.mail"
    label = "mail"
    verbose_name = _("E-mail")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.mail import address_book, in_conversation, sending_queue, waiting
        from hallom.mail.sending_queue import EmailSender
        from hallom.tickets import composing, conversation, conversation_rows, outgoing, worklist
        from hallom.ui import navigation

        conversation.register("strangers", in_conversation.strangers_of)
        composing.register_ours(address_book.is_ours)
        conversation_rows.register_details(lambda message: reverse("mail:delivery", args=[message]))
        outgoing.register("email", EmailSender())
        outgoing.register_ways(sending_queue.ways)
        worklist.register_count(waiting.STRANGERS, waiting.strangers)
        worklist.register_count(waiting.UNDELIVERED, waiting.undelivered)
        navigation.register_rail(
            pgettext_lazy("rail", "Mail aside"),
            "mail:waiting",
            icon="mail",
            act=waiting.ACT,
            order=22,
            count=waiting.number,
        )
        navigation.register(_("E-mail"), _("Mailboxes"), "mail:mailboxes", "settings.mail")
        navigation.register(_("E-mail"), _("Undelivered mail"), "mail:dead-letters", "ticket.view")

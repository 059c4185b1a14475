from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class KnowledgeConfig(AppConfig):
    name = "hallom.knowledge"
    label = "knowledge"
    verbose_name = _("Knowledge base")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hallom.ui import navigation

        navigation.register_rail(
            # Translators: a rail of 64 pixels; a long word has a soft hyphen where it may break.
            pgettext_lazy("rail", "Knowledge"),
            "knowledge:articles",
            icon="book-open-text",
            act="article.view",
            order=40,
        )

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Greeting(models.Model):
    """What a caller hears; one text or sound for each language."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("greeting")
        verbose_name_plural = _("greetings")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def in_language(self, language: str) -> "GreetingText | None":
        """The wording in `language`, else in English, else the first there is."""
        texts = {text.language: text for text in self.texts.all()}
        return texts.get(language) or texts.get("en") or next(iter(texts.values()), None)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class GreetingText(models.Model):
    """An uploaded sound goes before the text; the text is then what deaf colleagues and searches read."""

    greeting = models.ForeignKey(Greeting, on_delete=models.CASCADE, related_name="texts", db_index=False)
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text to be read out"), blank=True, default="")
    sound = models.CharField(_("sound"), max_length=200, blank=True, default="")
    sound_seconds = models.FloatField(null=True)

    class Meta:
        verbose_name = _("greeting text")
        verbose_name_plural = _("greeting texts")
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(fields=["greeting", "language"], name="greeting_language_once"),
            models.CheckConstraint(condition=~models.Q(text="", sound=""), name="greeting_text_or_sound"),
        ]

    def __str__(self) -> str:
        return f"{self.greeting_id} {self.language}"

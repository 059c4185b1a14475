import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.greeting import Greeting
from hallom.calls.models.queue import Queue


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Number(models.Model):
    """A number customers dial."""

    number = models.CharField(_("number"), max_length=32, unique=True, help_text=_("as in +36 1 555 0100"))
    dialled = models.CharField(max_length=32, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, default="en")
    greeting = models.ForeignKey(
        Greeting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="numbers",
        verbose_name=_("greeting"),
    )
    closed_greeting = models.ForeignKey(
        Greeting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_numbers",
        verbose_name=_("greeting when closed"),
    )
    calendar = models.ForeignKey(
        "hours.Calendar",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="numbers",
        verbose_name=_("opening hours"),
        help_text=_("empty: always open"),
    )
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, related_name="numbers", verbose_name=_("queue")
    )
    is_recorded = models.BooleanField(_("record the calls"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("telephone number")
        verbose_name_plural = _("telephone numbers")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: object, **options: object) -> None:
        self.dialled = digits(self.number)
        super().save(*args, **options)  # type: ignore[arg-type]


def digits(number: str) -> str:
    """The number as the switch compares it: a plus sign if there is one, and digits."""
    plain = "".join(character for character in number if character.isdigit())
    return f"+{plain}" if number.strip().startswith("+") else plain

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.tickets.models.category import Category


class FieldKind(models.TextChoices):
    TEXT = "text", _("text")
    LONG_TEXT = "long_text", _("long text")
    NUMBER = "number", pgettext_lazy("quantity", "number")
    DATE = "date", _("date")
    YES_NO = "yes_no", _("yes or no")
    CHOICE = "choice", _("one of several")
    CHOICES = "choices", _("some of several")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Field(models.Model):
    """A fact the house wants to keep of its tickets. Values are in ``Ticket.fields`` under ``key``, typed by ``kind``:
    str, number as str of a Decimal, ISO date, bool, list of str."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=60)
    kind = models.CharField(_("kind"), max_length=9, choices=FieldKind.choices)
    choices = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, verbose_name=_("values to choose from")
    )
    help = models.CharField(_("hint"), max_length=160, blank=True)
    is_required = models.BooleanField(_("must be filled in before the ticket is solved"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    categories = models.ManyToManyField(
        Category, blank=True, related_name="fields", verbose_name=_("only for these categories")
    )

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.label

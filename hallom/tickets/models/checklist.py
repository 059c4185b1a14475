import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.category import Category
from hallom.tickets.models.checkable import MOST_STEPS
from hallom.tickets.models.ticket import Ticket
from hallom.timeline.prepared import PreparedRows


class ChecklistItem(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="checklist")
    text = models.CharField(_("step"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Checklist(models.Model):
    """Steps kept ready to be put into a ticket; those of a category are put in when a ticket of it is opened."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    steps = ArrayField(models.CharField(max_length=200), default=list, verbose_name=_("steps"))
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="checklists",
        verbose_name=_("for tickets of this category"),
    )

    class Meta:
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def steps_for(category: int) -> list[str]:
    """What the checklists of a category say, one after the other; those of the categories above it count too."""
    return [step for steps, _name in _OF_CATEGORY(category, category, category) for step in steps][
        :MOST_STEPS
    ]


_OF_CATEGORY = PreparedRows(
    lambda own, parent, grandparent: (
        Checklist.objects.filter(
            models.Q(category=own)
            | models.Q(category__children=parent)
            | models.Q(category__children__children=grandparent)
        )
        .distinct()
        .order_by("name")
        .values_list("steps", "name")
    )
)

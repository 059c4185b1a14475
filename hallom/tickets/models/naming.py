from collections.abc import Mapping

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.status import Status
from hallom.timeline.prepared import PreparedModels


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class StatusName(models.Model):
    """A status of the house's own: a name for one of the fixed meanings. A ticket without one shows the meaning's name.

    ``leads_to`` narrows the moves that the meanings allow; empty, it narrows nothing.
    """

    meaning = models.CharField(_("meaning"), max_length=8, choices=Status.choices)
    name = models.CharField(_("name"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    is_default = models.BooleanField(_("taken when only the meaning is said"), default=False)
    leads_to = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="+", verbose_name=_("may become")
    )

    class Meta:
        verbose_name = _("status")
        verbose_name_plural = _("statuses")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["meaning"],
                condition=models.Q(is_default=True),
                name="tickets_one_default_status",
                violation_error_message=_("Another status is taken by default for this meaning."),
            )
        ]

    def __str__(self) -> str:
        return self.name


def default_names() -> dict[str, StatusName]:
    """The names taken when only the meaning is said, by meaning."""
    return {name.meaning: name for name in _DEFAULTS.objects()}


def known_names(row: models.Model, names: Mapping[str, StatusName]) -> None:
    """``default_names()``, for whoever has just asked and now moves the row."""
    row.__dict__[_KNOWN] = names


def default_names_for(row: models.Model) -> Mapping[str, StatusName]:
    names: Mapping[str, StatusName] | None = row.__dict__.get(_KNOWN)
    return default_names() if names is None else names


_KNOWN = "known_default_names"
_DEFAULTS = PreparedModels(
    StatusName, lambda: StatusName.objects.filter(is_default=True, is_active=True).order_by()
)

from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Language, Team
from hallom.tickets.models import Category


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class TextTemplate(models.Model):
    """An answer, or a piece of one, kept ready. What it says stands in its versions, one for each language."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("only for the team"),
    )
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("offered first for the category"),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("text template")
        verbose_name_plural = _("text templates")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class TextVersion(models.Model):
    """A template in one language: HTML with variables such as ``{{ customer.name }}``."""

    template = models.ForeignKey(
        TextTemplate, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    language = models.CharField(_("language"), max_length=5, choices=Language.choices)
    html = models.TextField(_("text"))

    class Meta:
        verbose_name = _("version of a text template")
        verbose_name_plural = _("versions of text templates")
        constraints = [
            models.UniqueConstraint(fields=["template", "language"], name="automation_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.template_id} {self.language}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Signature(models.Model):
    """What stands under every answer of a team in a language; without a team, under everybody else's."""

    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("team"),
        db_index=False,
    )
    language = models.CharField(_("language"), max_length=5, choices=Language.choices)
    html = models.TextField(_("text"))

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["team", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "language"],
                nulls_distinct=False,
                name="automation_signature_once",
                violation_error_message=_("The team has a signature in this language already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.language}"

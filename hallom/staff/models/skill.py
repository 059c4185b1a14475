import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Skill(models.Model):
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="staff_skill_name_once",
                violation_error_message=_("There is already a skill of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class UserSkill(models.Model):
    """How well somebody does something: 1 learner … 5 master."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="user_skills", db_index=False
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="user_skills")
    level = models.PositiveSmallIntegerField(
        _("level"), default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    class Meta:
        verbose_name = _("user's skill")
        verbose_name_plural = _("users' skills")
        constraints = [
            models.UniqueConstraint(fields=["user", "skill"], name="staff_skill_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="staff_skill_level"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id}: {self.level}"


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent())
class UserLanguage(models.Model):
    """A language somebody can serve customers in, as an ISO 639 code; not the language of the screens."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="languages", db_index=False
    )
    language = models.CharField(_("language"), max_length=5)

    class Meta:
        verbose_name = _("spoken language")
        verbose_name_plural = _("spoken languages")
        constraints = [models.UniqueConstraint(fields=["user", "language"], name="staff_language_once")]

    def __str__(self) -> str:
        return self.language

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Announce(models.TextChoices):
    NOBODY = "", _("to nobody")
    AGENT = "agent", _("to the agent")
    BOTH = "both", _("to agent and caller")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Queue(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    rank = models.PositiveSmallIntegerField(_("place in lists"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    music = models.CharField(_("waiting music"), max_length=200, blank=True, default="")
    offer_seconds = models.PositiveSmallIntegerField(
        _("ring an agent for (s)"), default=20, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    wrap_up_seconds = models.PositiveSmallIntegerField(
        _("wrap-up (s)"), default=30, validators=[MaxValueValidator(3600)]
    )
    service_level_seconds = models.PositiveSmallIntegerField(
        _("answer within (s)"), default=20, validators=[MinValueValidator(1)]
    )
    service_level_percent = models.PositiveSmallIntegerField(
        _("for at least (%)"), default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    max_waiting = models.PositiveSmallIntegerField(
        _("most callers waiting"), default=50, validators=[MinValueValidator(1)]
    )
    announcement_seconds = models.PositiveSmallIntegerField(
        _("tell the position every (s)"), default=60, help_text=_("0: never")
    )
    announce_listening = models.CharField(
        _("announce that a supervisor listens"),
        max_length=8,
        choices=Announce.choices,
        default=Announce.NOBODY,
        blank=True,
        help_text=_("With a short tone, at the moment the supervisor begins to hear the conversation."),
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="calls.QueueMember", related_name="queues", verbose_name=_("agents")
    )

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["rank", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(service_level_percent__range=(1, 100)), name="queue_target_percent"
            ),
            models.CheckConstraint(condition=models.Q(offer_seconds__gte=5), name="queue_offer_seconds"),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class QueueMember(models.Model):
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="queue_memberships"
    )
    level = models.PositiveSmallIntegerField(
        _("level"), default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    class Meta:
        verbose_name = _("agent of a queue")
        verbose_name_plural = _("agents of queues")
        ordering = ["-level", "id"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "agent"], name="queue_member_once"),
            models.CheckConstraint(condition=models.Q(level__range=(1, 5)), name="queue_member_level"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.agent_id} {self.level}"

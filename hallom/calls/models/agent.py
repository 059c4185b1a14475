from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

REASON_LENGTH = 40


class AgentState(models.TextChoices):
    OFFLINE = "offline", _("offline")
    AVAILABLE = "available", _("available")
    OFFERED = "offered", _("ringing")
    TALKING = "talking", _("on a call")
    WRAP_UP = "wrap_up", _("wrap-up")
    PAUSED = "paused", _("paused")


class AgentStatus(models.Model):
    """What one agent does now, as the switch sees it."""

    agent = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="status"
    )
    state = models.CharField(max_length=10, choices=AgentState.choices, default=AgentState.OFFLINE)
    reason = models.CharField(max_length=REASON_LENGTH, default="")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    call = models.CharField(max_length=26, default="")
    # The agent's browser has gone in mid-call; the caller hears music until it is back.
    is_lost = models.BooleanField(default=False)
    # Not to be disturbed, and where his calls go instead: `hallom.switch.desk.Desk` without its promises.
    desk = models.JSONField(default=dict)
    # What a supervisor decided that he is, `by`, `state` and `reason`; empty once it is over.
    forced = models.JSONField(default=dict)
    entry = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "agent statuses"

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state}"

    @property
    def set_by(self) -> int | None:
        """Who put the agent into the state in which he is; None when he did so himself."""
        forced = self.forced
        if not forced or (forced["state"], forced["reason"][:REASON_LENGTH]) != (self.state, self.reason):
            return None
        return int(forced["by"])


class AgentStateSpan(models.Model):
    entry = models.BigIntegerField(primary_key=True)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="state_spans", db_index=False
    )
    state = models.CharField(max_length=10, choices=AgentState.choices)
    reason = models.CharField(max_length=REASON_LENGTH, default="")
    call = models.CharField(max_length=26, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["entry"]
        indexes = [
            models.Index(fields=["agent", "entry"], name="agent_span_order"),
            models.Index(fields=["started_at"], name="agent_span_when"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state}"

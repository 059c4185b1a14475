from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.number import Number
from hallom.calls.models.queue import Queue


class Outcome(models.TextChoices):
    OPEN = "open", _("in progress")
    ANSWERED = "answered", _("answered")
    ABANDONED = "abandoned", _("hung up while waiting")
    LEFT_EARLY = "left_early", _("hung up during the greeting")
    CLOSED = "closed", _("called outside opening hours")
    REJECTED = "rejected", _("not let in")
    FAILED = "failed", _("failed")
    UNREACHED = "unreached", _("nobody reached")


class Direction(models.TextChoices):
    INCOMING = "incoming", _("incoming")
    OUTGOING = "outgoing", _("outgoing")
    INTERNAL = "internal", _("internal")


class Call(models.Model):
    """The record of one call, folded from the journal; only customer and ticket are linked by hand.

    `caller` is the other side's number: of an outgoing call the one that was called, of an internal one the extension of
    whoever calls.
    """

    id = models.CharField(max_length=26, primary_key=True)
    number = models.ForeignKey(Number, on_delete=models.SET_NULL, null=True, related_name="calls")
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.INCOMING)
    dialled = models.CharField(max_length=64, default="")
    caller = models.CharField(max_length=128, default="")
    caller_name = models.CharField(max_length=128, default="")
    # Reversed digits, so that the end of a number finds it through a btree.
    caller_reversed = models.CharField(max_length=32, default="")
    peer = models.CharField(max_length=80, default="")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    arrived_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    bridged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, default="")
    cause = models.CharField(max_length=64, default="")
    queue = models.ForeignKey(
        Queue, on_delete=models.SET_NULL, null=True, related_name="calls", db_index=False
    )
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="calls", db_index=False
    )
    wait_seconds = models.FloatField(null=True)
    talk_seconds = models.FloatField(default=0)
    hold_seconds = models.FloatField(default=0)
    held_since = models.DateTimeField(null=True)
    # As in `hallom.switch.call.CallState`; how often somebody sent the caller on, and how often he came back.
    state = models.CharField(max_length=12, default="")
    state_since = models.DateTimeField(null=True)
    transfers = models.PositiveSmallIntegerField(default=0)
    returns = models.PositiveSmallIntegerField(default=0)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.SET_NULL, null=True, related_name="calls", db_index=False
    )
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, related_name="calls")

    class Meta:
        ordering = ["-arrived_at", "-id"]
        indexes = [
            models.Index(fields=["-arrived_at", "-id"], name="call_newest"),
            models.Index(fields=["agent", "-arrived_at"], name="call_agent"),
            models.Index(fields=["queue", "-arrived_at"], name="call_queue"),
            models.Index(fields=["customer", "-arrived_at"], name="call_customer"),
            models.Index(fields=["caller_reversed"], name="call_caller", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["id"], name="call_open", condition=models.Q(ended_at__isnull=True)),
            # What is looked for because it is rare.
            models.Index(fields=["outcome", "-arrived_at", "-id"], name="call_outcome"),
            models.Index(
                fields=["-arrived_at", "-id"], name="call_returned", condition=models.Q(returns__gt=0)
            ),
            models.Index(fields=["talk_seconds"], name="call_talk"),
            GinIndex(OpClass(Upper("caller_name"), name="gin_trgm_ops"), name="call_caller_name"),
        ]

    def __str__(self) -> str:
        return self.id


class Leg(models.Model):
    class Role(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        AGENT = "agent", _("agent")
        ASKED = "asked", _("asked colleague")
        OUTSIDE = "outside", _("outside number")
        SUPERVISOR = "supervisor", _("supervisor")

    id = models.CharField(max_length=40, primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="legs")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    worker = models.CharField(max_length=40, default="")
    role = models.CharField(max_length=10, choices=Role.choices, default="", blank=True)
    # Of somebody outside.
    number = models.CharField(max_length=64, default="")
    # When its call did: so the calls an agent took part in are read newest first.
    arrived_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    bridged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, default="")
    cause = models.CharField(max_length=64, default="")
    talk_seconds = models.FloatField(default=0)
    hold_seconds = models.FloatField(default=0)
    mos = models.FloatField(null=True)
    jitter_ms = models.FloatField(null=True)
    loss = models.FloatField(null=True)
    round_trip_ms = models.FloatField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["agent", "-arrived_at", "-call"],
                name="leg_newest",
                condition=models.Q(agent__isnull=False, answered_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_customer(self) -> bool:
        return self.id == f"{self.call_id}-1"

    @property
    def loss_percent(self) -> float | None:
        """`loss` is the share of packets lost, 0 to 1."""
        return None if self.loss is None else 100 * self.loss


class QueueWait(models.Model):
    entry = models.BigIntegerField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="waits")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="waits", db_index=False)
    position = models.PositiveSmallIntegerField(default=1)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, default="")

    class Meta:
        ordering = ["entry"]
        indexes = [
            models.Index(fields=["queue", "entered_at"], name="queue_wait_when"),
            models.Index(fields=["queue"], name="queue_wait_open", condition=models.Q(left_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.queue_id}"


class Offer(models.Model):
    class Result(models.TextChoices):
        RINGING = "ringing", _("ringing")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        EXPIRED = "expired", _("not answered")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.CharField(max_length=40, primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="offers")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="offers", db_index=False
    )
    queue = models.ForeignKey(Queue, on_delete=models.SET_NULL, null=True, related_name="+")
    leg = models.CharField(max_length=40, default="")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.RINGING)
    reason = models.CharField(max_length=64, default="")

    class Meta:
        ordering = ["made_at", "id"]
        indexes = [models.Index(fields=["agent", "-made_at"], name="offer_agent")]

    def __str__(self) -> str:
        return self.id

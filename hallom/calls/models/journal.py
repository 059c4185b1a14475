from django.db import models
from django.db.models.functions import Now


class JournalEntry(models.Model):
    """One step the switch took, written before the outside world was told; all records are folded from it."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    call = models.CharField(max_length=26, null=True)  # noqa: DJ001 - the switch writes NULL
    agent = models.IntegerField(null=True)
    kind = models.TextField()
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "switch_journal"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["call", "id"], name="journal_call"),
            models.Index(
                fields=["agent", "id"], name="journal_agent", condition=models.Q(kind="agent.changed")
            ),
            models.Index(fields=["agent", "at"], name="journal_dial", condition=models.Q(kind="dial.made")),
            # What is open is asked by a switch that starts, while nobody can control a call.
            models.Index(
                fields=["call"],
                name="journal_begun",
                condition=models.Q(kind__in=["call.arrived", "call.placed"]),
            ),
            models.Index(
                fields=["call"],
                name="journal_ended",
                condition=models.Q(kind__in=["call.ended", "call.rejected"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.call or ''}"


class Order(models.Model):
    """A wish of an agent to the switch; the row stays until the switch has answered it."""

    id = models.BigAutoField(primary_key=True)
    agent = models.IntegerField()
    verb = models.TextField()
    args = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    ok = models.BooleanField(null=True)
    error = models.TextField(default="", db_default="")

    class Meta:
        db_table = "switch_order"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], name="order_waiting", condition=models.Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.verb}"


class RelayPosition(models.Model):
    """The last entry one reader has dealt with, moved in the same transaction as what it wrote."""

    reader = models.CharField(max_length=40, primary_key=True)
    entry = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.reader} {self.entry}"

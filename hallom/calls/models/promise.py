from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Promise(models.Model):
    """What was promised for when somebody is free; folded from the journal, but for how it was settled in the end.

    `outcome` is what the switch says became of it. A promise that was not kept stays before people until one of them
    settles it.
    """

    class Kind(models.TextChoices):
        CONNECT = "connect", _("connect the caller who waits")
        CALL_CUSTOMER = "call_customer", _("call back")
        CALL_ME = "call_me", _("call a colleague")

    class Outcome(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept")
        REFUSED = "refused", _("refused")
        EXPIRED = "expired", _("not kept in time")

    class Settlement(models.TextChoices):
        KEPT = "kept", _("kept after all")
        DROPPED = "dropped", _("no longer needed")

    id = models.CharField(max_length=26, primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # Who has to keep it, and who has given it.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="promises",
        db_index=False,
    )
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    call = models.CharField(max_length=26, default="")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.SET_NULL, null=True, related_name="promises"
    )
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.SET_NULL, null=True, related_name="promises"
    )
    name = models.CharField(max_length=300, default="")
    number = models.CharField(max_length=128, default="")
    why = models.CharField(max_length=300, default="")
    made_at = models.DateTimeField()
    deadline = models.DateTimeField()
    ripe_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    settlement = models.CharField(max_length=8, choices=Settlement.choices, default="")

    class Meta:
        ordering = ["deadline", "id"]
        indexes = [
            models.Index(fields=["deadline"], name="promise_pending", condition=Q(settled_at=None)),
            models.Index(fields=["owner"], name="promise_owner", condition=Q(settled_at=None)),
            models.Index(fields=["maker"], name="promise_maker", condition=Q(settled_at=None)),
        ]

    def __str__(self) -> str:
        return self.id

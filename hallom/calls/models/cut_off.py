from django.db import models

from hallom.calls.models.call import Call


class CutOff(models.Model):
    """A call that ended without either side wanting it to, and the ticket that says to call back."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="cut_off")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="cut_off_calls")
    # Reversed digits, as in Call: by them a later call of the same number is found.
    number_reversed = models.CharField(max_length=32)
    made_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    reached_in = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["made_at", "id"]
        indexes = [
            models.Index(
                fields=["number_reversed"], name="cut_off_open", condition=models.Q(reached_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return str(self.call_id)

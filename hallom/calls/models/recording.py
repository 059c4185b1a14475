from pathlib import Path

from django.conf import settings
from django.db import models

from hallom.calls.models.call import Call


class Recording(models.Model):
    """`path` is below the recordings folder; `pauses` are [from, to] in epoch seconds, the last may be open."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="recordings", db_index=False)
    path = models.CharField(max_length=200)
    worker = models.CharField(max_length=40, default="")
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    pauses = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["call", "path"], name="recording_once"),
        ]
        indexes = [models.Index(fields=["-started_at", "-id"], name="recording_newest")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.path}"

    @property
    def is_paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    @property
    def file(self) -> Path:
        """Raises ValueError when the stored path leads out of the recordings folder."""
        folder = (Path(settings.HALLOM_DATA) / "recordings").resolve()
        path = (folder / self.path).resolve()
        if not path.is_relative_to(folder):
            raise ValueError(f"recording {self.pk} lies outside {folder}")
        return path


class ListenedTo(models.Model):
    """Who heard which recording; a player asks in pieces, so pieces close in time are one listening."""

    recording = models.ForeignKey(
        Recording, on_delete=models.CASCADE, related_name="listenings", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="listenings")
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["recording", "-at"], name="listened_when")]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.user_id}"

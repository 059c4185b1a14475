from django.db import models
from django.utils.translation import gettext_lazy as _


class Scan(models.TextChoices):
    UNSCANNED = "unscanned", _("not scanned")
    CLEAN = "clean", _("clean")
    INFECTED = "infected", _("infected")


class Blob(models.Model):
    """Bytes kept once, in a file named by their SHA-256. What they are called and who may see them is said by the
    rows that point here."""

    digest = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    stored_at = models.DateTimeField()
    # The file is gone, as agreed; the row still tells the same bytes when they come again.
    discarded_at = models.DateTimeField(null=True, blank=True)
    scan = models.CharField(max_length=9, choices=Scan.choices, default=Scan.UNSCANNED)
    preview = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.size}"

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hallom.knowledge.models.article import Article
from hallom.staff.models import User
from hallom.storage.models import Blob


class Picture(models.Model):
    """Shown in an article's text. Without an article it was put into a text that nobody has saved yet."""

    article = models.ForeignKey(
        Article, null=True, blank=True, on_delete=models.CASCADE, related_name="pictures"
    )
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=120)
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("picture of an article")
        verbose_name_plural = _("pictures of articles")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("knowledge:picture", args=[self.pk, self.name])

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.customers.folding import fold
from hallom.staff.models import Language, Team, User
from hallom.tickets import written
from hallom.tickets.models import Category
from hallom.timeline.journal import record

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

# One sign may become several: three dots of one, two letters of ß.
LONGEST_FOLDED = 400

# Reading a text costs a third of a millisecond for every thousand letters, and lists are long.
HEAD = 400


class State(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("article", "draft")
    IN_USE = "in_use", pgettext_lazy("article", "in use")
    ARCHIVED = "archived", pgettext_lazy("article", "archived")


class Audience(models.TextChoices):
    HOUSE = "house", _("only for colleagues")
    CUSTOMERS = "customers", _("may be sent to customers")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Article(models.Model):
    """Something the house knows, written down once. What it says stands in its versions, one for each language."""

    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("Offered of itself while a ticket of this category is answered."),
    )
    # A team that is gone must not open to everybody what was its own.
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("only for the team"),
    )
    audience = models.CharField(
        _("for whom"), max_length=10, choices=Audience.choices, default=Audience.HOUSE
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("changed by")
    )

    versions: RelatedManager[ArticleVersion]

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def __str__(self) -> str:
        first = self.versions.order_by("pk").first() if self.pk else None
        return first.title if first else ""

    def get_absolute_url(self) -> str:
        return reverse("knowledge:article", args=[self.pk])

    def tell(self, act: str, *, by: User, now: datetime) -> None:
        """Onto the timeline, in the transaction of the change; ``act`` is added, changed or removed."""
        record("knowledge.changed", now=now, actor=by, data={"article": self.pk, "act": act})


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ArticleVersion(models.Model):
    """An article in one language. The folded columns are what is searched."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="versions", db_index=False)
    language = models.CharField(_("language"), max_length=5, choices=Language.choices)
    title = models.CharField(_("title"), max_length=200)
    html = models.TextField(_("text"))
    title_folded = models.CharField(max_length=LONGEST_FOLDED, editable=False)
    text_folded = models.TextField(editable=False)
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        constraints = [models.UniqueConstraint(fields=["article", "language"], name="knowledge_version_once")]
        indexes = [
            GinIndex(OpClass(F("title_folded"), name="gin_trgm_ops"), name="knowledge_title_trgm"),
            GinIndex(OpClass(F("text_folded"), name="gin_trgm_ops"), name="knowledge_text_trgm"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def text(self) -> str:
        return written.text_of(self.html)

    @property
    def beginning(self) -> str:
        """Enough words of the text for a line or two of a list."""
        head = self.html[:HEAD]
        # In what has been made harmless a bare < only ever begins a tag.
        return " ".join(
            written.text_of(head[: head.rfind("<")] if head.rfind("<") > head.rfind(">") else head).split()
        )

    def write(self, title: str, html: str, *, by: User | None, now: datetime) -> bool:
        """Whether anything is different from what stood there."""
        if self.pk and (self.title, self.html) == (title, html):
            return False
        self.title, self.html = title, html
        self.title_folded = fold(title)[:LONGEST_FOLDED]
        self.text_folded = fold(self.text)
        self.changed_at, self.changed_by = now, by
        self.save()
        return True

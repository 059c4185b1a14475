"""Which articles somebody may read, and in which languages."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from hallom.knowledge.models import Article, State
from hallom.staff.models import User
from hallom.staff.permissions import can, visible


def readable(user: User) -> QuerySet[Article]:
    """Those in use that are everybody's or of the user's teams; for who may change articles, drafts and archived ones too."""
    rows = visible(user, Article.objects.all())
    return rows if can(user, "article.change") else rows.filter(state=State.IN_USE)


def languages_of(user: User, asked: str = "") -> tuple[str, ...]:
    """Best first, each once."""
    return tuple(dict.fromkeys(one for one in (asked, user.language, settings.LANGUAGE_CODE) if one))

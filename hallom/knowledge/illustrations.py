"""The pictures in the text of an article."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from hallom.knowledge.models import Article, ArticleVersion, Picture
from hallom.staff.models import User
from hallom.tickets import written
from hallom.tickets.written import Written

log = structlog.get_logger(__name__)

ADDRESS = re.compile(r"/knowledge/pictures/([0-9]{1,18})/[^\"?#/]*\Z")


# Whoever has a form open that shows a picture saves it on the same day.
KEPT = timedelta(days=1)


def clean(html: str) -> Written:
    """The text made harmless; of pictures only those of articles stay."""
    return written.illustrated(html, ADDRESS)


def shown_in(htmls: Iterable[str]) -> set[int]:
    return {key for html in htmls for key in clean(html).images}


def adopt(article: Article, htmls: Iterable[str], *, by: User) -> None:
    """What somebody has uploaded while he wrote the article belongs to it from now on."""
    mine = Picture.objects.filter(pk__in=shown_in(htmls), article=None, uploaded_by=by)
    mine.update(article=article)


def foreign(article: Article, htmls: Iterable[str], *, by: User) -> bool:
    """Whether a picture is shown that is neither the article's nor one that the user has just uploaded. Those that
    are stay until the caller's transaction ends."""
    keys = shown_in(htmls)
    own = Q(article=None, uploaded_by=by)
    if article.pk:
        own |= Q(article=article)
    held = Picture.objects.select_for_update(no_key=True).filter(own, pk__in=keys).order_by("pk")
    return len(held.values_list("pk")) != len(keys)


def remove_unused(now: datetime) -> int:
    """How many pictures were deleted that no article shows; their files go when nothing else points to them."""
    before = now - KEPT
    removed = _remove(Picture.objects.filter(article=None), ArticleVersion.objects.all(), before)
    articles = Article.objects.filter(pictures__uploaded_at__lt=before, changed_at__lt=before)
    for key in articles.order_by("pk").values_list("pk", flat=True).distinct():
        removed += _remove_from(key, before)
    log.info("unused_pictures_removed", pictures=removed)
    return removed


@transaction.atomic
def _remove_from(article: int, before: datetime) -> int:
    # Whoever saves the article at this moment may put a picture in again.
    held = Article.objects.select_for_update(no_key=True).filter(pk=article, changed_at__lt=before).first()
    if held is None:
        return 0
    return _remove(held.pictures.all(), held.versions.all(), before)


@transaction.atomic
def _remove(pictures: QuerySet[Picture], versions: QuerySet[ArticleVersion], before: datetime) -> int:
    address = Concat(
        Value("/knowledge/pictures/"),
        Cast(OuterRef("pk"), TextField()),
        Value("/"),
        output_field=TextField(),
    )
    shown = Exists(versions.filter(html__contains=address))
    unused = pictures.filter(~shown, uploaded_at__lt=before).select_for_update(of=("self",))
    keys = [picture.pk for picture in unused.order_by("pk")]
    return Picture.objects.filter(pk__in=keys).delete()[0]

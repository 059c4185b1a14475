"""The pictures in the text of an article."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Q

from hallom.knowledge.models import Article, Picture
from hallom.staff.models import User
from hallom.tickets import written
from hallom.tickets.written import Written

ADDRESS = re.compile(r"/knowledge/pictures/([0-9]{1,18})/[^\"?#/]*\Z")


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
    """Whether a picture is shown that is neither the article's nor one that the user has just uploaded."""
    keys = shown_in(htmls)
    own = Q(article=None, uploaded_by=by)
    if article.pk:
        own |= Q(article=article)
    return Picture.objects.filter(own, pk__in=keys).count() != len(keys)

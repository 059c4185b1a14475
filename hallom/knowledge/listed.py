"""The list of articles: what is looked for, and each article as a row in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Case, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from hallom.knowledge.models import Article, ArticleVersion, State
from hallom.knowledge.search import matching
from hallom.staff.models import Language
from hallom.tickets.category_tree import choices
from hallom.tickets.filters import Choice, choices_of
from hallom.tickets.forms.in_languages import ORDER
from hallom.tickets.models import Category
from hallom.tickets.versions import version_of

LONGEST_TEXT = 100
# Two lines of the list.
BEGINNING = 18
# As deep as categories go.
LEVELS = ("category", "category__parent", "category__parent__parent")


@dataclass(frozen=True, slots=True)
class Row:
    """``missing`` are the languages of the house it is not written in."""

    article: Article
    version: ArticleVersion
    beginning: str
    languages: tuple[str, ...]
    missing: tuple[str, ...]


def found(
    articles: QuerySet[Article], text: str, chosen: Mapping[str, str], languages: Sequence[str]
) -> QuerySet[Article]:
    """Those looked for, best first; by their title when no words are given. An unknown choice counts for nothing."""
    if chosen.get("state") in State.values:
        articles = articles.filter(state=chosen["state"])
    category = chosen.get("category", "")
    if category.isascii() and category.isdigit() and len(category) < 19:
        articles = articles.filter(reduce(or_, (Q(**{level: int(category)}) for level in LEVELS)))
    if chosen.get("lacks") in Language.values:
        articles = articles.exclude(versions__language=chosen["lacks"])
    text = text.strip()[:LONGEST_TEXT]
    return matching(articles, text) if text else articles.order_by(_title(languages), "pk")


def rows(articles: Iterable[Article], languages: Sequence[str]) -> list[Row]:
    return [_row(article, languages) for article in articles]


def with_versions(articles: QuerySet[Article]) -> QuerySet[Article]:
    versions = ArticleVersion.objects.defer("text_folded").order_by("pk")
    return articles.select_related("category", "team", "changed_by").prefetch_related(
        Prefetch("versions", versions)
    )


def _row(article: Article, languages: Sequence[str]) -> Row:
    versions = list(article.versions.all())
    version = version_of(versions, languages) or ArticleVersion(article=article)
    written_in = {one.language for one in versions}
    return Row(
        article,
        version,
        Truncator(version.beginning).words(BEGINNING, truncate="…"),
        tuple(str(one.label) for one in ORDER if one in written_in),
        tuple(str(one.label) for one in ORDER if one not in written_in),
    )


def _title(languages: Sequence[str]) -> Subquery:
    ranks = [When(language=code, then=Value(rank)) for rank, code in enumerate(languages)]
    nearest = Case(*ranks, default=Value(len(languages)), output_field=IntegerField())
    versions = ArticleVersion.objects.filter(article=OuterRef("pk")).order_by(nearest, "pk")
    return Subquery(versions.values("title_folded")[:1])


def filters(chosen: Mapping[str, str]) -> dict[str, list[Choice]]:
    """What the list can be narrowed to, with what it is narrowed to now."""
    kinds = choices(Category.objects.filter(is_active=True))[1:]
    lacks = [(str(one), _("not in %(language)s") % {"language": one.label}) for one in ORDER]
    return {
        "categories": choices_of(
            [("", _("all categories")), *((str(key), name) for key, name in kinds)],
            chosen.get("category", ""),
        ),
        "states": choices_of([("", _("any state")), *State.choices], chosen.get("state", "")),
        "lacking": choices_of([("", _("any translation")), *lacks], chosen.get("lacks", "")),
    }

"""Which articles suit an answer, and what of one goes into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape

from django.db.models import Case, Prefetch, QuerySet, Value, When

from hallom.knowledge.illustrations import ADDRESS
from hallom.knowledge.models import Article, ArticleVersion, Audience, Picture, State
from hallom.knowledge.reading import readable
from hallom.knowledge.search import matching
from hallom.staff.models import User
from hallom.tickets.category_tree import above
from hallom.tickets.models import Ticket
from hallom.tickets.versions import version_of

# Nobody reads further in a list under the cursor.
MOST = 8
SOURCE = re.compile(r' src="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Candidate:
    article: Article
    version: ArticleVersion


def offered(
    user: User, ticket: Ticket, text: str, languages: Sequence[str], *, for_customer: bool
) -> list[Candidate]:
    """By words the best of all; without words what is about the ticket's category, the nearest first.

    ``for_customer``: only what may be sent to customers.
    """
    articles = usable(user, for_customer=for_customer)
    if text.strip():
        return _candidates(matching(articles, text)[:MOST], languages)
    kinds = above(ticket.category)
    nearness = Case(*(When(category=kind, then=Value(rank)) for rank, kind in enumerate(kinds)))
    near = articles.filter(category__in=kinds).order_by(nearness, "-changed_at", "pk")
    return _candidates(near[:MOST], languages)


def usable(user: User, *, for_customer: bool) -> QuerySet[Article]:
    """What the user may put into an answer, or into a note."""
    rows = readable(user).filter(state=State.IN_USE)
    return rows.filter(audience=Audience.CUSTOMERS) if for_customer else rows


def chosen(user: User, key: int, languages: Sequence[str], *, for_customer: bool) -> Candidate | None:
    found = _candidates(usable(user, for_customer=for_customer).filter(pk=key), languages)
    return found[0] if found else None


def link_to(candidate: Candidate) -> str:
    """For colleagues, who can open it."""
    url, title = candidate.article.get_absolute_url(), escape(candidate.version.title)
    return f'<p><a href="{url}">{title}</a> </p>'


def pictures_of(candidate: Candidate) -> dict[str, Picture]:
    """The pictures of the text by the address they have in it."""
    sources = SOURCE.findall(candidate.version.html)
    keys = {source: int(address[1]) for source in sources if (address := ADDRESS.match(unescape(source)))}
    rows = Picture.objects.select_related("blob").filter(article=candidate.article).in_bulk(keys.values())
    return {source: rows[key] for source, key in keys.items() if key in rows}


def _candidates(articles: QuerySet[Article], languages: Sequence[str]) -> list[Candidate]:
    versions = ArticleVersion.objects.defer("text_folded").order_by("pk")
    rows = articles.prefetch_related(Prefetch("versions", versions))
    pairs = ((article, version_of(article.versions.all(), languages)) for article in rows)
    return [Candidate(article, version) for article, version in pairs if version is not None]

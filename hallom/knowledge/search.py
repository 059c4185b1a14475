"""Finding an article by its words: accents, endings and small slips forgiven.

A word is found where it stands as it is, or where a word is like it (trigrams: ``word_similarity`` of pg_trgm, 0.6 and
more), so that *számlát* finds *számla*. All words must be found, each in the title or in the text of one language.
"""

from __future__ import annotations

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, Max, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from hallom.customers.folding import fold
from hallom.knowledge.models import Article, ArticleVersion

# A question is shorter; each word costs a scan of an index.
MOST_WORDS = 12
# A word of one or two letters has hardly a trigram: it is only looked for where something begins with it.
SHORTEST_LIKE = 4
WHOLE_TITLE = 2.0


def matching(articles: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Those of ``articles`` in which all words of ``text`` are found, what the title says first. No words: all of them."""
    folded = " ".join(fold(text).split()[:MOST_WORDS])
    if not folded:
        return articles
    found = ArticleVersion.objects.filter(_all_words(folded)).values("article")
    like = Case(
        When(versions__title_folded__contains=folded, then=Value(WHOLE_TITLE)),
        default=Greatest(TrigramWordSimilarity(folded, "versions__title_folded"), Value(0.0)),
    )
    return (
        articles.filter(pk__in=found).annotate(likeness=Max(like)).order_by("-likeness", "-changed_at", "pk")
    )


def _all_words(folded: str) -> Q:
    wanted = Q()
    for word in folded.split():
        wanted &= _one_word(word)
    return wanted


def _one_word(word: str) -> Q:
    found = Q(title_folded__contains=word) | Q(text_folded__contains=word)
    if len(word) >= SHORTEST_LIKE:
        found |= Q(title_folded__trigram_word_similar=word) | Q(text_folded__trigram_word_similar=word)
    return found

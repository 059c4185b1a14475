"""Tags as they are kept: one spelling of each, in the order they were given."""

from collections.abc import Iterable

MOST_TAGS = 20
LONGEST_TAG = 40


def normalised(words: Iterable[str]) -> list[str]:
    """Folded to small letters and single spaces, each once; what is beyond MOST_TAGS is left out."""
    cleaned = (" ".join(word.split()).casefold()[:LONGEST_TAG].strip() for word in words)
    return list(dict.fromkeys(word for word in cleaned if word))[:MOST_TAGS]

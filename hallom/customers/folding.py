"""Text as people type it when they cannot be bothered: no accents, no case, single spaces. Pure."""

import unicodedata

# Letters that Unicode does not take apart into a base and a mark.
WHOLE = str.maketrans(
    {"ł": "l", "ß": "ss", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)


def fold(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold().translate(WHOLE))
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(bare.split())

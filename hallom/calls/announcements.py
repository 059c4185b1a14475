"""What the queue tells a waiting caller, in the languages the house speaks."""

LONGEST_POSITION = 10

_POSITION = {
    "en": "You are caller number {position} in the queue. Please hold the line.",
    "hu": "Ön a várakozási sorban {article} {position}. hívó. Kérjük, tartsa a vonalat.",
    "pl": "Jesteś osobą numer {position} w kolejce. Prosimy o pozostanie na linii.",
}
_NEXT = {
    "en": "You are the next caller. Please hold the line.",
    "hu": "Ön a következő hívó. Kérjük, tartsa a vonalat.",
    "pl": "Jesteś następną osobą w kolejce. Prosimy o pozostanie na linii.",
}
_BEYOND = {
    "en": "There are ten or more callers before you. Please hold the line.",
    "hu": "Legalább tíz hívó van Ön előtt. Kérjük, tartsa a vonalat.",
    "pl": "Przed Tobą jest co najmniej dziesięć osób. Prosimy o pozostanie na linii.",
}
QUEUE_FULL = {
    "en": "All our lines are busy. Please call again later.",
    "hu": "Minden vonalunk foglalt. Kérjük, hívjon később.",
    "pl": "Wszystkie nasze linie są zajęte. Prosimy zadzwonić później.",
}


def position_texts(language: str) -> dict[int, str]:
    """The sentence for each place; key 0 is for those beyond the last."""
    if language not in _POSITION:
        return {}
    texts = {
        place: _POSITION[language].format(position=place, article=_article(place))
        for place in range(2, LONGEST_POSITION + 1)
    }
    return {0: _BEYOND[language], 1: _NEXT[language], **texts}


def _article(place: int) -> str:
    """Hungarian says "az ötödik", before a vowel, and "a második"."""
    return "az" if place == 5 else "a"

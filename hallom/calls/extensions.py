"""The short numbers of the house: whose they are, and how long each has to take a caller who is sent there."""

from collections.abc import Iterable

from django.db.models import QuerySet

from hallom.calls.models import Extension, Switchboard
from hallom.switch.destination import Destination, NoDestination


def house_extensions() -> QuerySet[Extension]:
    """Those that lead somewhere: of active people and queues."""
    return (
        Extension.objects.filter(is_active=True)
        .exclude(user__is_active=False)
        .exclude(queue__is_active=False)
    )


def destination(text: str) -> str | None:
    """As the switch writes where a caller is sent; None when nothing is written so."""
    try:
        return str(Destination.parse(text))
    except NoDestination:
        return None


def transfer_seconds(board: Switchboard, extensions: Iterable[Extension]) -> dict[str, float]:
    """As `Config.transfer_seconds` has it: for each kind of destination, and for whoever has a time of his own."""
    found = {
        "agent": float(board.person_seconds),
        "extension": float(board.person_seconds),
        "outside": float(board.outside_seconds),
        "queue": float(board.queue_seconds),
        # A number's greeting leads to its queue.
        "greeting": float(board.queue_seconds),
        "place": float(board.place_seconds),
    }
    for one in extensions:
        if one.ring_seconds:
            whose = f"agent:{one.user_id}" if one.user_id else f"queue:{one.queue_id}"
            found[f"extension:{one.number}"] = found[whose] = float(one.ring_seconds)
    return found

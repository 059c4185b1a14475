from collections.abc import Callable
from datetime import datetime

import pytest

from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
PAIRS = [
    (Ticket.mark_spam, Ticket.not_spam, "spam", "ticket.marked_spam", "ticket.not_spam"),
    (Ticket.delete_softly, Ticket.restore, "deleted", "ticket.deleted", "ticket.restored"),
]


@pytest.mark.parametrize(("out", "back", "field", "gone", "again"), PAIRS)
def test_out_of_sight_and_back(
    out: Callable[..., bool],
    back: Callable[..., bool],
    field: str,
    gone: str,
    again: str,
    alice: User,
    now: datetime,
) -> None:
    ticket = Ticket.open("Buy now", by=alice, now=now)
    assert not back(ticket, by=alice, now=now)
    assert out(ticket, by=alice, now=now)
    assert not out(Ticket.objects.get(pk=ticket.pk), by=alice, now=now)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (getattr(kept, f"{field}_at"), getattr(kept, f"{field}_by")) == (now, alice)
    assert ticket not in Ticket.objects.current()
    assert back(ticket, by=alice, now=now)
    assert ticket in Ticket.objects.current()
    kinds = Event.objects.filter(kind__in=(gone, again)).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == [gone, again]


def test_a_merged_ticket_is_not_current_either(alice: User, now: datetime) -> None:
    one, two = (Ticket.open(subject, by=alice, now=now) for subject in ("One", "Two"))
    one.merge_into(two, by=alice, now=now)
    assert list(Ticket.objects.current()) == [two]

import threading
from datetime import datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hallom.staff.models import User
from hallom.tickets.models import CannotLink, Link, LinkKind, Ticket
from hallom.timeline.models import Event


def opened(subjects: str, now: datetime) -> list[Ticket]:
    return [Ticket.open(subject, by=None, now=now) for subject in subjects]


@pytest.mark.django_db
class TestLinking:
    def test_a_part_and_its_whole(self, alice: User, now: datetime) -> None:
        part, whole = opened("PW", now)
        assert part.link(whole, kind="child", by=alice, now=now)
        assert not whole.link(part, kind="parent", by=alice, now=now)
        link = Link.objects.get()
        assert (link.ticket, link.other, link.kind, link.by) == (part, whole, LinkKind.CHILD, alice)

    def test_the_parent_is_said_from_the_other_side(self, alice: User, now: datetime) -> None:
        part, whole = opened("PW", now)
        whole.link(part, kind="parent", by=alice, now=now)
        link = Link.objects.get()
        assert (link.ticket, link.other) == (part, whole)

    def test_related_is_the_same_from_both_sides(self, alice: User, now: datetime) -> None:
        one, two = opened("12", now)
        assert one.link(two, kind="related", by=alice, now=now)
        assert not two.link(one, kind="related", by=alice, now=now)
        assert Link.objects.count() == 1

    def test_both_tickets_tell_of_it(self, alice: User, now: datetime) -> None:
        part, whole = opened("PW", now)
        part.link(whole, kind="child", by=alice, now=now)
        told = {event.ticket_id: event.data for event in Event.objects.filter(kind="ticket.linked")}
        assert told == {
            part.pk: {"other": whole.number, "kind_of_link": "child"},
            whole.pk: {"other": part.number, "kind_of_link": "parent"},
        }

    def test_taking_back(self, alice: User, now: datetime) -> None:
        part, whole = opened("PW", now)
        part.link(whole, kind="child", by=alice, now=now)
        assert whole.unlink(part, by=alice, now=now)
        assert not whole.unlink(part, by=alice, now=now)
        assert not Link.objects.exists()

    @pytest.mark.parametrize(("kind", "code"), [("child", "itself"), ("cousin", "itself")])
    def test_not_to_itself(self, kind: str, code: str, alice: User, now: datetime) -> None:
        (one,) = opened("1", now)
        with pytest.raises(CannotLink) as refused:
            one.link(one, kind=kind, by=alice, now=now)
        assert refused.value.code == code

    def test_not_in_a_way_nobody_knows(self, alice: User, now: datetime) -> None:
        one, two = opened("12", now)
        with pytest.raises(CannotLink) as refused:
            one.link(two, kind="cousin", by=alice, now=now)
        assert refused.value.code == "kind"

    def test_no_ticket_is_part_of_itself_through_others(self, alice: User, now: datetime) -> None:
        one, two, three = opened("123", now)
        one.link(two, kind="child", by=alice, now=now)
        two.link(three, kind="child", by=alice, now=now)
        for kind, source, target in (("child", three, one), ("parent", one, three)):
            with pytest.raises(CannotLink) as refused:
                source.link(target, kind=kind, by=alice, now=now)
            assert refused.value.code == "cycle"
        assert three.link(one, kind="related", by=alice, now=now)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=14))
def test_whatever_is_linked_no_circle_of_parts_arises(now: datetime, pairs: list[tuple[int, int]]) -> None:
    tickets = opened("abcde", now)
    above: dict[int, set[int]] = {}

    def reaches(start: int, end: int) -> bool:
        return start == end or any(reaches(one, end) for one in above.get(start, ()))

    for part, whole in pairs:
        legal = not reaches(whole, part)
        try:
            tickets[part].link(tickets[whole], kind="child", by=None, now=now)
        except CannotLink:
            assert not legal
        else:
            assert legal
            above.setdefault(part, set()).add(whole)


@pytest.mark.django_db(transaction=True)
def test_two_links_made_at_once_close_no_circle(now: datetime) -> None:
    one, two = opened("12", now)
    start = threading.Barrier(2)

    def link(part: Ticket, whole: Ticket) -> None:
        start.wait(10)
        try:
            part.link(whole, kind="child", by=None, now=now)
        except CannotLink:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=link, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Link.objects.count() == 1

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hallom.staff.models import Team, User
from hallom.tickets import saved_views
from hallom.tickets.filters import TicketFilter
from hallom.tickets.models import SavedView, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def shelf(alice: User, bruno: User, technical: Team, now: datetime) -> dict[str, Ticket]:
    made = {
        name: Ticket.open(name, by=alice, now=now, **facts)
        for name, facts in {
            "over": {"owner": alice, "deadline": now - timedelta(hours=1), "tags": ["parcel"]},
            "today": {"owner": bruno, "team": technical, "deadline": now + timedelta(minutes=5)},
            "free": {"priority": 4, "channel": "email"},
            "spam": {},
            "gone": {},
            "asleep": {"owner": alice},
        }.items()
    }
    Ticket.objects.filter(pk=made["spam"].pk).update(spam_at=now)
    Ticket.objects.filter(pk=made["gone"].pk).update(deleted_at=now)
    Ticket.objects.filter(pk=made["asleep"].pk).update(snoozed_until=now + timedelta(days=1))
    made["free"].add_message("Hello", channel="email", direction="in", now=now)
    made["today"].watchers.create(user=alice, since=now)
    return made


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {"over", "today", "free", "asleep"}),
        ({"owner": "me"}, {"over", "asleep"}),
        ({"owner": "watched"}, {"today"}),
        ({"due": "over"}, {"over"}),
        ({"due": "today"}, {"today"}),
        ({"due": "none"}, {"free", "asleep"}),
        ({"tag": "Parcel"}, {"over"}),
        ({"priority": "4"}, {"free"}),
        ({"channel": "email"}, {"free"}),
        ({"waiting": "1"}, {"free"}),
        ({"sight": "spam"}, {"spam"}),
        ({"sight": "deleted"}, {"gone"}),
        ({"sight": "snoozed"}, {"asleep"}),
        ({"sight": "merged"}, set()),
        ({"sight": "nonsense", "due": "never", "priority": "x"}, {"over", "today", "free", "asleep"}),
    ],
)
def test_the_list_is_narrowed(
    shelf: dict[str, Ticket], alice: User, now: datetime, given: dict[str, str], found: set[str]
) -> None:
    rows = TicketFilter(given, user=alice, now=now).apply(Ticket.objects.all())
    assert {row.subject for row in rows} == found


def test_a_view_is_kept_counted_and_removed(shelf: dict[str, Ticket], alice: User, desk: Client) -> None:
    answer = desk.post("/tickets/views/", {"name": "Parcels", "whose": "me", "query": "tag=parcel&x=1"})
    assert answer["Location"] == "/tickets/"
    assert ['value="parcel"' in desk.get("/tickets/").content.decode() for _time in (1, 2)] == [True, False]
    kept = SavedView.objects.get()
    assert (kept.owner, kept.filters) == (alice, {"tag": "parcel"})
    shown = desk.post("/tickets/views/counts/", {"tag": "parcel"}).content.decode()
    assert 'aria-current="page">Parcels <span>1</span>' in shown
    desk.post(f"/tickets/views/{kept.pk}/", {"method": "delete"})
    assert not SavedView.objects.exists()


def test_a_view_of_a_text_is_named_in_the_address_and_the_text_is_not(
    shelf: dict[str, Ticket], alice: User, amir: User, now: datetime, desk: Client, client: Client
) -> None:
    kept = saved_views.keep(
        "Over", {"q": "over", "status": "all"}, by=alice, now=now, team=None, shared=False
    )
    (shown,) = (one for one in saved_views.views_of(alice) if one.pk == kept.pk)
    assert shown.url == f"/tickets/?view={kept.pk}"
    page = desk.get(shown.url).content.decode()
    assert 'name="q" value="over"' in page
    assert ">over<" in page
    assert ">today<" not in page
    client.force_login(amir)
    assert 'name="q" value="over"' not in client.get(shown.url).content.decode()


def test_a_text_in_the_address_counts_for_nothing(shelf: dict[str, Ticket], desk: Client) -> None:
    assert ">today<" in desk.get("/tickets/?q=over").content.decode()
    answer = desk.post(
        "/tickets/", {"q": "over", "status": "open"}, headers={"HX-Source": "form#ticket-search"}
    )
    assert answer["HX-Replace-Url"] == "/tickets/?status=open"
    assert answer["Cache-Control"] == "no-store"
    assert "HX-Replace-Url" not in desk.post("/tickets/", {"q": "over"}, headers={"HX-Source": "div#rows"})


def test_what_everybody_shall_see_is_kept_by_those_who_set_the_house_up(
    alice: User, bruno: User, technical: Team, now: datetime
) -> None:
    with pytest.raises(Exception, match=r"settings\.tickets"):
        saved_views.keep("All", {}, by=alice, now=now, team=None, shared=True)
    saved_views.keep("All", {}, by=bruno, now=now, team=None, shared=True)
    saved_views.keep("Ours", {}, by=bruno, now=now, team=technical, shared=False)
    names = {one.name: one.is_removable for one in saved_views.views_of(alice)}
    assert (names["All"], names["Ours"]) == (False, False)


def test_another_persons_view_is_neither_seen_nor_removed(
    alice: User, bruno: User, desk: Client, now: datetime
) -> None:
    theirs = saved_views.keep("Secret", {}, by=bruno, now=now, team=None, shared=False)
    assert "Secret" not in {one.name for one in saved_views.views_of(alice)}
    assert desk.post(f"/tickets/views/{theirs.pk}/", {"method": "delete"}).status_code == 403
    assert SavedView.objects.filter(pk=theirs.pk).exists()


def test_the_list_costs_at_most_fifteen_queries(
    shelf: dict[str, Ticket], desk: Client, django_assert_max_num_queries: Any
) -> None:
    desk.get("/tickets/")
    with django_assert_max_num_queries(15):
        assert desk.get("/tickets/").status_code == 200
    with django_assert_max_num_queries(8):
        assert desk.post("/tickets/views/counts/").status_code == 200


def test_what_is_beyond_the_bound_is_said_to_be_there(
    alice: User, desk: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallom.ui.paging.MOST_COUNTED", 55)
    for number in range(60):
        Ticket.open(f"Ticket {number}", by=alice, now=now)
    assert "1–50 of more than 55" in desk.get("/tickets/").content.decode()


class TestOneActForManyTickets:
    @pytest.mark.parametrize(
        ("act", "text", "field", "value"),
        [
            ("owner:", "", "owner_id", None),
            ("move:solve", "", "status", "solved"),
            ("priority:4", "", "priority", 4),
            ("tag+", "Urgent matter", "tags", ["urgent matter"]),
        ],
    )
    def test_each_chosen_ticket_is_changed_and_no_other(
        self, desk: Client, alice: User, now: datetime, act: str, text: str, field: str, value: Any
    ) -> None:
        chosen, other = (Ticket.open(name, by=alice, now=now, owner=alice) for name in ("chosen", "other"))
        answer = desk.post(
            "/tickets/bulk/", {"number": [chosen.number], "act": act, "text": text}, follow=True
        )
        assert "1 ticket changed" in answer.content.decode()
        chosen.refresh_from_db()
        before = getattr(other, field)
        other.refresh_from_db()
        assert (getattr(chosen, field), getattr(other, field)) == (value, before)

    def test_what_may_not_be_changed_is_counted_with_the_reason(
        self, desk: Client, alice: User, bruno: User, billing: Team, now: datetime
    ) -> None:
        mine = Ticket.open("mine", by=alice, now=now, owner=alice)
        theirs = Ticket.open("theirs", by=bruno, now=now, team=billing)
        numbers = [mine.number, theirs.number, 999_999_999]
        page = desk.post(
            "/tickets/bulk/", {"number": numbers, "act": "priority:4"}, follow=True
        ).content.decode()
        assert "1 ticket changed" in page
        assert "not found: 2" in page
        theirs.refresh_from_db()
        assert theirs.priority == 2

    @pytest.mark.parametrize(
        "act", ["", "nonsense", "owner:999999", "status:x", "merge", "priority:9", "tag+"]
    )
    def test_a_choice_that_means_nothing_changes_nothing(
        self, desk: Client, alice: User, now: datetime, act: str
    ) -> None:
        ticket = Ticket.open("mine", by=alice, now=now, owner=alice)
        before = Ticket.objects.values().get(pk=ticket.pk)
        desk.post("/tickets/bulk/", {"number": [ticket.number], "act": act})
        assert Ticket.objects.values().get(pk=ticket.pk) == before

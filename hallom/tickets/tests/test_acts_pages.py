"""What is done to one ticket from its pages, with and without a script."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import (
    Checklist,
    ChecklistItem,
    Field,
    FieldKind,
    Link,
    Notice,
    Status,
    StatusName,
    Ticket,
    TicketTemplate,
    TimeSpent,
    Watcher,
)

pytestmark = pytest.mark.django_db
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)


@pytest.fixture
def other(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line again", by=alice, now=now, customer=carla, team=technical)


@pytest.fixture
def desk(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def path(ticket: Ticket, rest: str = "") -> str:
    return f"/tickets/{ticket.number}/{rest}"


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


class TestStatus:
    def test_an_own_status_is_set_by_its_id(self, desk: Client, ticket: Ticket) -> None:
        name = StatusName.objects.create(meaning=Status.PENDING, name="Photo asked for")
        answer = desk.post(path(ticket, "status/"), {"name": name.pk}, headers=SCRIPT)
        assert answer.status_code == 200
        assert fresh(ticket).status_name == name

    def test_the_page_offers_the_names_of_the_house_and_meanings_without_one(
        self, desk: Client, ticket: Ticket
    ) -> None:
        photo = StatusName.objects.create(meaning=Status.PENDING, name="Photo asked for", is_default=True)
        gone = StatusName.objects.create(meaning=Status.PENDING, name="Fax asked for", is_active=False)
        assert f'hx-get="{path(ticket, "status/")}"' in desk.get(path(ticket)).content.decode()
        menu = desk.get(path(ticket, "status/"), headers=SCRIPT).content.decode()
        assert f'<button name="name" value="{photo.pk}">Photo asked for</button>' in menu
        assert '<button name="name" value="on_hold">' in menu
        assert '<button name="name" value="pending">' not in menu
        assert gone.name not in menu

    def test_a_meaning_by_its_own_name(self, desk: Client, ticket: Ticket) -> None:
        desk.post(path(ticket, "status/"), {"name": "on_hold"})
        assert fresh(ticket).status == Status.ON_HOLD

    @pytest.mark.parametrize("value", ["999999", "new", "nonsense", "9" * 30])
    def test_what_is_not_possible_changes_nothing(self, value: str, desk: Client, ticket: Ticket) -> None:
        answer = desk.post(path(ticket, "status/"), {"name": value}, headers=SCRIPT)
        assert "not possible any more" in answer.content.decode()
        assert fresh(ticket).status == Status.OPEN

    def test_missing_fields_are_named(self, desk: Client, ticket: Ticket) -> None:
        Field.objects.create(key="model", label="Model", kind=FieldKind.TEXT, is_required=True)
        answer = desk.post(path(ticket, "closure/"), headers=SCRIPT).content.decode()
        assert "Fill in these fields first: Model." in answer
        assert fresh(ticket).status == Status.OPEN


class TestSnooze:
    def test_until_a_usual_moment(self, desk: Client, ticket: Ticket) -> None:
        with time_machine.travel(datetime(2026, 7, 16, 10, tzinfo=UTC), tick=False):
            desk.post(path(ticket, "snooze/"), {"for": "monday"})
        assert fresh(ticket).snoozed_until == datetime(2026, 7, 20, 6, tzinfo=UTC)

    def test_until_a_moment_of_ones_own(self, desk: Client, ticket: Ticket) -> None:
        with time_machine.travel(datetime(2026, 7, 16, 10, tzinfo=UTC), tick=False):
            desk.post(path(ticket, "snooze/"), {"until": "2026-07-18T09:30"})
        assert fresh(ticket).snoozed_until == datetime(2026, 7, 18, 7, 30, tzinfo=UTC)

    @pytest.mark.parametrize("until", ["", "2026-07-15T09:30", "2036-07-15T09:30", "soon"])
    def test_a_time_gone_by_is_refused(self, until: str, desk: Client, ticket: Ticket) -> None:
        with time_machine.travel(datetime(2026, 7, 16, 10, tzinfo=UTC), tick=False):
            answer = desk.post(path(ticket, "snooze/"), {"until": until})
        assert answer.status_code == 422
        assert fresh(ticket).snoozed_until is None

    def test_waking_by_hand(self, desk: Client, ticket: Ticket) -> None:
        desk.post(path(ticket, "snooze/"), {"for": "week"})
        desk.delete(path(ticket, "snooze/"))
        assert fresh(ticket).snoozed_until is None


class TestOutOfSight:
    def test_spam_and_back(self, desk: Client, ticket: Ticket) -> None:
        desk.post(path(ticket, "spam/"))
        assert fresh(ticket).spam_at is not None
        desk.delete(path(ticket, "spam/"))
        assert fresh(ticket).spam_at is None

    def test_deleting_is_for_supervisors(self, desk: Client, ticket: Ticket, bruno: User) -> None:
        assert desk.post(path(ticket, "deletion/")).status_code == 403
        assert fresh(ticket).deleted_at is None
        desk.force_login(bruno)
        desk.post(path(ticket, "deletion/"))
        assert fresh(ticket).deleted_by == bruno
        desk.post(path(ticket, "deletion/"), {"method": "delete"})
        assert fresh(ticket).deleted_at is None


class TestMerging:
    def test_what_else_the_customer_has_is_offered(self, desk: Client, ticket: Ticket, other: Ticket) -> None:
        page = desk.get(path(ticket, "merge/")).content.decode()
        assert f"?target={other.number}" in page
        assert f"?target={ticket.number}" not in page

    def test_words_and_numbers_find_others(
        self, desk: Client, ticket: Ticket, alice: User, now: datetime
    ) -> None:
        found = Ticket.open("Courier was wrong", by=alice, now=now)
        for text in ("courier", str(found.number)):
            part = desk.post(path(ticket, "merge/choices/"), {"q": text}, headers=SCRIPT).content.decode()
            assert f"?target={found.number}" in part
            assert "<html" not in part

    def test_it_says_what_it_will_do_and_does_it(
        self, desk: Client, ticket: Ticket, other: Ticket, alice: User, now: datetime
    ) -> None:
        ticket.add_note("One", by=alice, now=now)
        page = desk.get(path(ticket, f"merge/?target={other.number}")).content.decode()
        assert "1 internal note" in page
        assert fresh(ticket).merged_into is None
        answer = desk.post(path(ticket, "merge/"), {"target": other.number})
        assert answer["Location"] == path(other)
        assert fresh(ticket).merged_into == other
        desk.delete(path(ticket, "merge/"))
        assert fresh(ticket).merged_into is None

    def test_a_merged_tickets_page_offers_to_separate_it_again(
        self, desk: Client, ticket: Ticket, other: Ticket, alice: User, now: datetime
    ) -> None:
        ticket.merge_into(other, by=alice, now=now)
        page = desk.get(path(ticket)).content.decode()
        assert "Separate again" in page
        assert f'<a href="{path(ticket, "merge/")}">' not in page
        head = desk.post(path(ticket, "merge/"), {"method": "delete"}, headers=SCRIPT).content.decode()
        assert fresh(ticket).merged_into is None
        assert "Separate again" not in head
        assert "merged into" not in head

    @pytest.mark.parametrize("target", ["", "0", "x", "9" * 30])
    def test_without_a_target_nothing_happens(self, target: str, desk: Client, ticket: Ticket) -> None:
        assert desk.post(path(ticket, "merge/"), {"target": target}).status_code == 422
        assert fresh(ticket).merged_into is None

    def test_another_customers_only_by_who_may_and_says_so(
        self, desk: Client, ticket: Ticket, bruno: User, now: datetime, technical: Team
    ) -> None:
        someone = Customer.register(name="Oscar Other", by=None, now=now)
        target = Ticket.open("His", by=None, now=now, customer=someone, team=technical)
        given = {"target": target.number, "across": "on"}
        answer = desk.post(path(ticket, "merge/"), given)
        assert answer.status_code == 422
        assert "different customers" in answer.content.decode()
        desk.force_login(bruno)
        assert desk.post(path(ticket, "merge/"), {"target": target.number}).status_code == 422
        assert fresh(ticket).merged_into is None
        assert desk.post(path(ticket, "merge/"), given).status_code == 302
        assert fresh(ticket).merged_into == target

    def test_another_teams_ticket_is_no_target(
        self, desk: Client, ticket: Ticket, billing: Team, now: datetime
    ) -> None:
        secret = Ticket.open("Secret", by=None, now=now, team=billing, customer=ticket.customer)
        answer = desk.post(path(ticket, "merge/"), {"target": secret.number})
        assert answer.status_code == 422
        assert "Secret" not in answer.content.decode() + desk.get(path(ticket, "merge/")).content.decode()
        assert fresh(ticket).merged_into is None


class TestSplitting:
    def test_a_message_gets_a_ticket_of_its_own(
        self, desk: Client, ticket: Ticket, carla: Customer, now: datetime
    ) -> None:
        message = ticket.add_message("And the TV", channel="email", direction="in", customer=carla, now=now)
        assert "And the TV" in desk.get(path(ticket, f"split/{message.pk}/")).content.decode()
        answer = desk.post(path(ticket, f"split/{message.pk}/"), {"subject": "TV"})
        made = Ticket.objects.get(subject="TV")
        assert answer["Location"] == path(made)
        assert made.messages.get().split_from == message

    def test_only_of_this_ticket(self, desk: Client, ticket: Ticket, billing: Team, now: datetime) -> None:
        secret = Ticket.open("Secret", by=None, now=now, team=billing)
        message = secret.add_message("Secret words", channel="email", direction="in", now=now)
        assert desk.get(path(ticket, f"split/{message.pk}/")).status_code == 404


class TestAside:
    def test_it_shows_everything_together(self, desk: Client, ticket: Ticket) -> None:
        Field.objects.create(key="model", label="Router model", kind=FieldKind.TEXT)
        page = desk.get(path(ticket, "aside/"), headers=SCRIPT).content.decode()
        for part in ("ticket-fields", "ticket-steps", "ticket-links", "ticket-time", "ticket-watchers"):
            assert f'id="{part}"' in page
        assert "Router model" in page

    def test_steps(self, desk: Client, ticket: Ticket) -> None:
        desk.post(path(ticket, "steps/"), {"text": "Call the courier"})
        step = ChecklistItem.objects.get()
        part = desk.post(path(ticket, f"steps/{step.pk}/"), {"done": "1"}, headers=SCRIPT).content.decode()
        assert 'aria-checked="true"' in part
        desk.post(path(ticket, f"steps/{step.pk}/"), {"done": "0"})
        step.refresh_from_db()
        assert step.done_at is None
        desk.delete(path(ticket, f"steps/{step.pk}/"))
        assert not ChecklistItem.objects.exists()

    def test_a_checklist_is_put_in_whole(self, desk: Client, ticket: Ticket) -> None:
        checklist = Checklist.objects.create(name="Moving", steps=["Ask", "Check"])
        desk.post(path(ticket, "steps/"), {"checklist": checklist.pk})
        assert [step.text for step in ticket.checklist.all()] == ["Ask", "Check"]

    def test_an_empty_step_is_refused(self, desk: Client, ticket: Ticket) -> None:
        assert desk.post(path(ticket, "steps/"), {"text": " "}, headers=SCRIPT).status_code == 422
        assert not ChecklistItem.objects.exists()

    def test_links(self, desk: Client, ticket: Ticket, other: Ticket) -> None:
        given = {"kind": "child", "other": f"#{other.number}"}
        part = desk.post(path(ticket, "links/"), given, headers=SCRIPT).content.decode()
        assert "No line again" in part
        link = Link.objects.get()
        assert (link.ticket, link.other) == (ticket, other)
        assert (
            "No line again"
            not in desk.delete(path(ticket, f"links/{other.number}/"), headers=SCRIPT).content.decode()
        )

    def test_links_that_make_no_sense_say_why(self, desk: Client, ticket: Ticket, billing: Team) -> None:
        secret = Ticket.open("Secret", by=None, now=ticket.created_at, team=billing)
        for other, said in (
            (ticket.number, "not linked to itself"),
            (secret.number, "no ticket"),
            ("x", "no"),
        ):
            answer = desk.post(path(ticket, "links/"), {"kind": "related", "other": other}, headers=SCRIPT)
            assert answer.status_code == 422
            assert said in answer.content.decode()
            assert "Secret" not in answer.content.decode()

    def test_a_linked_ticket_one_may_not_see_is_not_shown(
        self, desk: Client, ticket: Ticket, billing: Team, bruno: User, now: datetime
    ) -> None:
        secret = Ticket.open("Secret", by=None, now=now, team=billing)
        ticket.link(secret, kind="related", by=bruno, now=now)
        assert "Secret" not in desk.get(path(ticket, "links/"), headers=SCRIPT).content.decode()

    def test_time(self, desk: Client, ticket: Ticket, bruno: User, now: datetime) -> None:
        part = desk.post(
            path(ticket, "time/"), {"minutes": "15", "on": "measuring"}, headers=SCRIPT
        ).content.decode()
        assert "measuring" in part
        row = TimeSpent.objects.get()
        assert row.seconds == 900
        others = ticket.spend(60, by=bruno, now=now)
        assert desk.delete(path(ticket, f"time/{others.pk}/")).status_code == 404
        desk.delete(path(ticket, f"time/{row.pk}/"))
        assert list(TimeSpent.objects.all()) == [others]

    @pytest.mark.parametrize("minutes", ["0", "-5", "1441", "x", ""])
    def test_time_that_cannot_be(self, minutes: str, desk: Client, ticket: Ticket) -> None:
        answer = desk.post(path(ticket, "time/"), {"minutes": minutes}, headers=SCRIPT)
        assert answer.status_code == 422
        assert not TimeSpent.objects.exists()

    def test_watching(self, desk: Client, ticket: Ticket, alice: User) -> None:
        assert "Stop watching" in desk.post(path(ticket, "watch/"), headers=SCRIPT).content.decode()
        assert Watcher.objects.get().user == alice
        desk.delete(path(ticket, "watch/"))
        assert not Watcher.objects.exists()

    def test_fields(self, desk: Client, ticket: Ticket) -> None:
        Field.objects.create(key="model", label="Model", kind=FieldKind.CHOICE, choices=["F660", "F680"])
        Field.objects.create(key="since", label="Since", kind=FieldKind.DATE)
        Field.objects.create(key="speed", label="Speed", kind=FieldKind.NUMBER)
        given = {"field-model": "F680", "field-since": "2026-07-10", "field-speed": "38,5"}
        assert desk.post(path(ticket, "fields/"), given).status_code == 302
        assert fresh(ticket).fields == {"model": "F680", "since": "2026-07-10", "speed": "38.5"}
        answer = desk.post(path(ticket, "fields/"), given | {"field-speed": "fast"})
        assert answer.status_code == 422
        assert "Write a number" in answer.content.decode()


class TestNotices:
    def test_they_are_listed_and_read(
        self, desk: Client, ticket: Ticket, alice: User, bruno: User, now: datetime
    ) -> None:
        note = ticket.add_note("Between us: hurry", by=bruno, now=now, mentions=[alice])
        page = desk.get("/notices/").content.decode()
        assert "You were mentioned" in page
        assert "hurry" not in page
        assert 'Notices<span class="n">1</span>' in page
        notice = Notice.objects.get()
        answer = desk.post(f"/notices/{notice.pk}/")
        assert answer["Location"] == f"{path(ticket)}#note-{note.pk}"
        notice.refresh_from_db()
        assert notice.read_at is not None
        assert 'Notices<span class="n">' not in desk.get("/notices/").content.decode()

    def test_all_are_marked_at_once(
        self, desk: Client, ticket: Ticket, other: Ticket, alice: User, bruno: User, now: datetime
    ) -> None:
        for one in (ticket, other):
            one.add_note("Look", by=bruno, now=now, mentions=[alice])
        desk.post("/notices/")
        assert not Notice.objects.filter(read_at=None).exists()

    def test_of_tickets_one_may_not_see_any_more_none_is_shown(
        self, desk: Client, ticket: Ticket, alice: User, bruno: User, billing: Team, now: datetime
    ) -> None:
        ticket.add_note("Look", by=bruno, now=now, mentions=[alice])
        ticket.assign(None, by=bruno, now=now, team=billing)
        assert "No line" not in desk.get("/notices/").content.decode()
        assert desk.post(f"/notices/{Notice.objects.get().pk}/").status_code == 404

    def test_nobody_elses(self, desk: Client, ticket: Ticket, bruno: User, now: datetime) -> None:
        ticket.add_note("Look", by=None, now=now, mentions=[bruno])
        assert desk.post(f"/notices/{Notice.objects.get().pk}/").status_code == 404


def test_what_somebody_else_said_can_be_split_off_from_the_page(
    desk: Client, ticket: Ticket, carla: Customer, alice: User, now: datetime
) -> None:
    hers = ticket.add_message(
        "And my bill is wrong", channel="email", direction="in", customer=carla, now=now
    )
    ours = ticket.add_message("We look into it", channel="phone", direction="out", by=alice, now=now)
    page = desk.get(path(ticket)).content.decode()
    assert f'href="{path(ticket, f"split/{hers.pk}/")}"' in page
    assert path(ticket, f"split/{ours.pk}/") not in page
    assert desk.get(path(ticket, f"split/{hers.pk}/")).status_code == 200


def test_the_changes_are_listed_with_old_and_new(desk: Client, ticket: Ticket) -> None:
    desk.post(path(ticket, "status/"), {"move": "await_customer"})
    page = desk.get(path(ticket, "history/")).content.decode()
    for word in ("Alice Agent", "open", "waiting for the customer"):
        assert word in page


def test_a_moment_is_offered_that_is_still_to_come(desk: Client, ticket: Ticket) -> None:
    for hour in (5, 12, 23):
        with time_machine.travel(datetime(2026, 7, 20, hour, tzinfo=UTC), tick=False):
            for name in ("hours", "tomorrow", "monday", "week"):
                desk.post(path(ticket, "snooze/"), {"for": name})
                until = fresh(ticket).snoozed_until
                assert until is not None
                assert until > datetime(2026, 7, 20, hour, tzinfo=UTC) + timedelta(minutes=59)


class TestOpeningFromATemplate:
    @pytest.fixture
    def template(self, billing: Team) -> TicketTemplate:
        checklist = Checklist.objects.create(name="Papers", steps=["Ask", "Check"])
        return TicketTemplate.objects.create(
            name="Transfer",
            subject="Transfer of a contract",
            team=billing,
            tags=["transfer"],
            note="Be gentle",
            checklist=checklist,
            due_hours=2,
        )

    def test_the_form_is_filled_in(self, desk: Client, template: TicketTemplate) -> None:
        page = desk.get(f"/tickets/new/?template={template.pk}").content.decode()
        for part in ("Transfer of a contract", "Be gentle", 'value="transfer"'):
            assert part in page
        assert f"?template={template.pk}" in desk.get("/tickets/new/").content.decode()

    @pytest.mark.parametrize("value", ["x", "0", "9" * 30, "-1"])
    def test_one_that_is_not_there_fills_nothing_in(self, value: str, desk: Client) -> None:
        assert desk.get(f"/tickets/new/?template={value}").status_code == 200

    def test_its_steps_come_along(self, desk: Client, template: TicketTemplate) -> None:
        given = {"subject": "Transfer", "priority": "2", "template": template.pk, "body": "Be gentle"}
        assert desk.post("/tickets/new/", given).status_code == 302
        ticket = Ticket.objects.get(subject="Transfer")
        assert [step.text for step in ticket.checklist.all()] == ["Ask", "Check"]
        assert ticket.notes.get().body == "Be gentle"

"""The administration of what the house prepares for its tickets."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import (
    Category,
    Checklist,
    Field,
    Recurrence,
    Status,
    StatusName,
    Ticket,
    TicketTemplate,
)
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
FOLDERS = ("statuses", "fields", "checklists", "ticket-templates", "recurring-tickets")


@pytest.fixture
def office(bruno: User, client: Client) -> Client:
    client.force_login(bruno)
    return client


@pytest.mark.parametrize("folder", FOLDERS)
def test_lists_and_forms_open_empty(folder: str, office: Client) -> None:
    assert office.get(f"/settings/{folder}/").status_code == 200
    assert office.get(f"/settings/{folder}/new/").status_code == 200
    assert office.post(f"/settings/{folder}/new/", {}).status_code == 422
    assert office.get(f"/settings/{folder}/999/").status_code == 404


class TestStatuses:
    def make(self, office: Client, **given: object) -> int:
        data = {"name": "Photo asked for", "meaning": "pending", "position": 1, "is_active": "on", **given}
        return office.post("/settings/statuses/new/", data).status_code

    def test_one_is_made_and_listed(self, office: Client) -> None:
        assert self.make(office) == 302
        name = StatusName.objects.get()
        assert (name.meaning, name.name) == (Status.PENDING, "Photo asked for")
        page = office.get("/settings/statuses/").content.decode()
        assert "Photo asked for" in page
        assert "whatever the meaning allows" in page
        assert Event.objects.get(kind="tickets.setup_changed").data == {
            "of": "tickets.statusname",
            "id": name.pk,
        }

    def test_its_meaning_stays(self, office: Client) -> None:
        self.make(office)
        name = StatusName.objects.get()
        data = {"name": "Asked", "meaning": "closed", "position": 1, "is_active": "on"}
        office.post(f"/settings/statuses/{name.pk}/", data)
        name.refresh_from_db()
        assert (name.meaning, name.name) == (Status.PENDING, "Asked")

    def test_one_default_for_each_meaning_and_it_is_in_use(self, office: Client) -> None:
        assert self.make(office, is_default="on") == 302
        assert self.make(office, name="Other", is_default="on") == 422
        assert self.make(office, name="Other", meaning="open", is_default="on", is_active="") == 422
        assert StatusName.objects.count() == 1

    def test_what_it_leads_to_must_be_possible(self, office: Client) -> None:
        fresh = StatusName.objects.create(meaning=Status.NEW, name="Just in")
        done = StatusName.objects.create(meaning=Status.SOLVED, name="Done")
        assert self.make(office, leads_to=[fresh.pk]) == 422
        assert self.make(office, leads_to=[done.pk]) == 302
        assert list(StatusName.objects.get(name="Photo asked for").leads_to.all()) == [done]


class TestFields:
    def test_the_key_is_made_from_the_name(self, office: Client) -> None:
        data = {"label": "Router model", "kind": "choice", "choices": "F660\n\n F680 \nF660", "position": 0}
        assert office.post("/settings/fields/new/", data).status_code == 302
        field = Field.objects.get()
        assert (field.key, field.choices) == ("router_model", ["F660", "F680"])

    def test_choices_need_values(self, office: Client) -> None:
        data = {"label": "Router model", "kind": "choice", "position": 0}
        answer = office.post("/settings/fields/new/", data)
        assert "Write at least one value." in answer.content.decode()

    def test_a_key_is_used_once_and_stays(self, office: Client) -> None:
        field = Field.objects.create(key="model", label="Model", kind="text")
        data = {"label": "Another", "key": "model", "kind": "text", "position": 0, "is_active": "on"}
        assert office.post("/settings/fields/new/", data).status_code == 422
        data |= {"key": "changed", "kind": "number"}
        assert office.post(f"/settings/fields/{field.pk}/", data).status_code == 302
        field.refresh_from_db()
        assert (field.key, field.kind, field.label) == ("model", "text", "Another")

    def test_it_may_be_for_some_categories(self, office: Client) -> None:
        fault = Category.objects.create(name="Fault")
        data = {"label": "Model", "kind": "text", "position": 0, "categories": [fault.pk]}
        office.post("/settings/fields/new/", data)
        assert list(Field.objects.get().categories.all()) == [fault]


class TestChecklists:
    def test_made_changed_and_removed(self, office: Client) -> None:
        office.post("/settings/checklists/new/", {"name": "Transfer", "steps": "Ask\nCheck"})
        checklist = Checklist.objects.get()
        assert checklist.steps == ["Ask", "Check"]
        office.post(f"/settings/checklists/{checklist.pk}/", {"method": "delete"})
        assert not Checklist.objects.exists()

    @pytest.mark.parametrize("steps", ["", "x" * 201, "\n".join(str(number) for number in range(101))])
    def test_steps_that_cannot_be(self, steps: str, office: Client) -> None:
        data = {"name": "Transfer", "steps": steps}
        assert office.post("/settings/checklists/new/", data).status_code == 422


def test_what_tickets_were_made_with_is_not_removed(office: Client) -> None:
    name = StatusName.objects.create(meaning=Status.OPEN, name="In work")
    assert office.delete(f"/settings/statuses/{name.pk}/").status_code == 404
    assert StatusName.objects.exists()


def test_a_ticket_template(office: Client) -> None:
    data = {"name": "Battery", "subject": "Change it", "priority": 3, "tags": "UPS, ups", "due_hours": 48}
    assert office.post("/settings/ticket-templates/new/", {**data, "is_active": "on"}).status_code == 302
    template = TicketTemplate.objects.get()
    assert (template.priority, template.tags, template.due_hours) == (3, ["ups"], 48)
    assert "Change it" in office.get("/settings/ticket-templates/").content.decode()


class TestRecurring:
    @pytest.fixture
    def template(self) -> TicketTemplate:
        return TicketTemplate.objects.create(name="Battery", subject="Change it")

    def given(self, template: TicketTemplate, **more: object) -> dict[str, object]:
        return {
            "template": template.pk,
            "interval": 2,
            "every": "week",
            "weekdays": ["1", "5"],
            "at": "08:00",
            "starts_on": "2026-07-13",
            "is_active": "on",
            **more,
        }

    def test_it_is_planned_when_it_is_kept(
        self, office: Client, template: TicketTemplate, carla: Customer
    ) -> None:
        with time_machine.travel(datetime(2026, 7, 18, 10, tzinfo=UTC), tick=False):
            office.post("/settings/recurring-tickets/new/", self.given(template, customer=carla.pk))
            recurrence = Recurrence.objects.get()
            assert recurrence.next_at == datetime(2026, 7, 27, 6, tzinfo=UTC)
            assert recurrence.customer == carla
            page = office.get("/settings/recurring-tickets/").content.decode()
            assert "every 2 weeks, Monday, Friday, at 08:00" in page
            data = self.given(template, is_active="")
            office.post(f"/settings/recurring-tickets/{recurrence.pk}/", data)
        recurrence.refresh_from_db()
        assert (recurrence.next_at, recurrence.customer) == (None, None)

    @pytest.mark.parametrize(
        "wrong", [{"interval": 0}, {"weekdays": ["8"]}, {"month_day": 32}, {"at": "25:00"}, {"starts_on": ""}]
    )
    def test_rules_that_make_no_sense(
        self, wrong: dict[str, object], office: Client, template: TicketTemplate
    ) -> None:
        answer = office.post("/settings/recurring-tickets/new/", self.given(template, **wrong))
        assert answer.status_code == 422
        assert not Recurrence.objects.exists()

    def test_removing_it_leaves_what_it_opened(
        self, office: Client, template: TicketTemplate, now: datetime
    ) -> None:
        office.post("/settings/recurring-tickets/new/", self.given(template))
        template.open_ticket(by=None, now=now)
        office.delete(f"/settings/recurring-tickets/{Recurrence.objects.get().pk}/")
        assert not Recurrence.objects.exists()
        assert Ticket.objects.count() == 1

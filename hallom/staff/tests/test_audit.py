from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from hallom.customers.models import ContactPoint, Customer
from hallom.staff import audit_trail
from hallom.staff.models import Team, User
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
POINT = "customers.contactpoint"


def changes_of(label: str, obj: int) -> list[audit_trail.Line]:
    return audit_trail.lines(label, list(audit_trail.rows_of(label, obj)))


def test_every_change_of_a_row_is_kept_with_old_and_new(alice: User, now: datetime) -> None:
    alice.full_name = "Alice Answering"
    alice.save()
    newest = changes_of("staff.user", alice.pk)[0]
    assert [(change.old, change.new) for change in newest.changes] == [("Alice Agent", "Alice Answering")]


def test_a_change_past_the_verbs_is_kept_too(alice: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now)
    Ticket.objects.filter(pk=ticket.pk).update(subject="Changed behind the scenes")
    newest = changes_of("tickets.ticket", ticket.pk)[0]
    assert [change.new for change in newest.changes] == ["Changed behind the scenes"]


def test_rows_moments_and_claims_are_told_in_words(
    alice: User, bruno: User, technical: Team, carla: Customer, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, team=technical)
    ticket.assign(bruno, by=alice, now=now)
    newest, *_between, opened = changes_of("tickets.ticket", ticket.pk)
    assert ("owner", "Bruno Supervisor") in {(one.field, one.new) for one in newest.changes}
    told = {one.field: one.new for one in opened.changes}
    assert told["team"] == technical.name
    assert date_format(timezone.localtime(now), "SHORT_DATETIME_FORMAT") in told.values()
    ContactPoint.objects.create(customer=carla, kind="phone", value="+36 1 234 5678")
    fields = {
        one.field: one.new for one in audit_trail.lines(POINT, list(audit_trail.rows_of(POINT)))[0].changes
    }
    assert (fields["customer"], fields["call back here"]) == ("Carla Customer", "no")
    assert "normalised" not in fields


def test_who_made_the_change_in_the_browser_is_known(ada: User, alice: User, client: Client) -> None:
    client.force_login(ada)
    client.post(f"/settings/users/{alice.pk}/deactivation/")
    assert changes_of("staff.user", alice.pk)[0].who == "Ada Administrator"


def test_password_hashes_are_not_in_the_audit(alice: User) -> None:
    alice.set_password("seven quiet herons")
    alice.save()
    fields = {field.name for field in audit_trail.tracked()["staff.user"]._meta.get_fields()}
    assert "password" not in fields
    assert any(
        change.field == "password changed at" for change in changes_of("staff.user", alice.pk)[0].changes
    )


def test_the_page_shows_lines_and_writes_down_that_it_was_looked_at(
    ada: User, alice: User, carla: Customer, client: Client
) -> None:
    client.force_login(ada)
    page = client.get(f"/settings/audit/?subject=customers.customer&object={carla.pk}").content.decode()
    assert "Carla Customer" in page
    looked = Event.objects.get(kind="audit.viewed")
    assert (looked.actor_id, looked.data["object"]) == (ada.pk, str(carla.pk))


def test_signing_in_and_log_in_links_are_shown_too(ada: User, client: Client) -> None:
    client.force_login(ada)
    assert "staff.signed_in" in client.get("/settings/audit/").content.decode()


@pytest.mark.parametrize(
    "query", ["?subject=nonsense", "?object=x", "?page=99999", "?object=99999999999999999999"]
)
def test_nonsense_in_the_address_is_no_error(query: str, ada: User, client: Client) -> None:
    client.force_login(ada)
    assert client.get(f"/settings/audit/{query}").status_code == 200

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from hallom.customers.models import Customer, Organisation
from hallom.staff.models import User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db

EMPTY_ROWS: dict[str, Any] = {
    f"{rows}-{count}_FORMS": number
    for rows in ("points", "addresses", "services")
    for count, number in (("TOTAL", 0), ("INITIAL", 0))
}


@pytest.fixture
def desk(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def form(**fields: Any) -> dict[str, Any]:
    return {"name": "Carla Customer", "kind": "person", "language": "hu", **EMPTY_ROWS, **fields}


def test_a_customer_is_registered_with_a_number_and_found_by_it(desk: Client) -> None:
    points = {"points-TOTAL_FORMS": 1, "points-0-kind": "phone", "points-0-value": "06 20 774 1930"}
    response = desk.post("/customers/new/", form(name="Horváth Bence", **points))
    customer = Customer.objects.get(name="Horváth Bence")
    assert response["Location"] == f"/customers/{customer.pk}/"
    assert customer.contact_points.get().normalised == "+36207741930"
    assert "Horváth Bence" in desk.post("/customers/", {"q": "horvath bence"}).content.decode()


def test_a_list_of_certain_customers_shows_only_those(desk: Client) -> None:
    first, second, third = (
        Customer.register(name=f"Horváth {name}", by=None, now=timezone.now())
        for name in ("Anna", "Bence", "Cili")
    )
    page = desk.get(f"/customers/?only={first.pk}-{third.pk}").content.decode()
    assert (first.name in page, second.name in page, third.name in page) == (True, False, True)
    assert second.name in desk.get("/customers/?only=nobody").content.decode()


def test_an_incomplete_number_is_refused_with_a_reason(desk: Client) -> None:
    points = {"points-TOTAL_FORMS": 1, "points-0-kind": "phone", "points-0-value": "12"}
    response = desk.post("/customers/new/", form(**points))
    assert response.status_code == 422
    assert "not a complete telephone number" in response.content.decode()
    assert not Customer.objects.exists()


def test_the_edit_page_never_shows_the_birth_date_and_keeps_it_when_left_empty(
    desk: Client, carla: Customer
) -> None:
    Customer.objects.filter(pk=carla.pk).update(birth_date=date(1984, 3, 9))
    page = desk.get(f"/customers/{carla.pk}/edit/").content.decode()
    assert "1984-03-09" not in page
    assert "1984-••-••" in page
    desk.post(f"/customers/{carla.pk}/edit/", form(name="Carla Changed"))
    carla.refresh_from_db()
    assert (carla.name, carla.birth_date) == ("Carla Changed", date(1984, 3, 9))


def test_a_change_is_told_by_field_and_the_name_is_found_anew(
    desk: Client, carla: Customer, alice: User
) -> None:
    desk.post(f"/customers/{carla.pk}/edit/", form(name="Çarla Müller"))
    event = Event.objects.get(kind="customer.changed")
    assert (event.actor_id, event.customer_id, event.data) == (alice.pk, carla.pk, {"fields": ["name"]})
    carla.refresh_from_db()
    assert carla.name_folded == "carla muller"


def test_an_organisation_typed_twice_is_one(desk: Client) -> None:
    desk.post("/customers/new/", form(name="One", organisation_name="Kőris Bt."))
    desk.post("/customers/new/", form(name="Two", organisation_name="koris bt."))
    assert Organisation.objects.get().customers.count() == 2


def test_saving_without_a_change_tells_nothing(desk: Client, carla: Customer) -> None:
    desk.post(f"/customers/{carla.pk}/edit/", form())
    assert not Event.objects.filter(kind="customer.changed").exists()


def test_the_page_shows_history_and_card(desk: Client, carla: Customer, alice: User, now: datetime) -> None:
    page = desk.get(f"/customers/{carla.pk}/").content.decode()
    assert "Customer registered" in page
    assert "+36 30 512 4478" in page
    assert f'data-live="customer-{carla.pk}"' in page


def test_choices_while_typing_offer_the_likely_ones(desk: Client, carla: Customer) -> None:
    page = desk.post("/customers/choices/", {"customer_text": "carla"}).content.decode()
    assert f'value="{carla.pk}"' in page
    assert "New customer" in desk.post("/customers/choices/", {"customer_text": "zzzz"}).content.decode()


def test_whom_somebody_looks_for_stands_in_no_address(desk: Client, now: datetime) -> None:
    for number in range(120):
        Customer.objects.create(name=f"Kovács {number}", code=f"K-{number}", created_at=now)
    rows = desk.post("/customers/", {"q": "kovacs", "page": "2"}, headers={"HX-Request": "true"})
    page = rows.content.decode()
    assert page.count("data-key-item") == 50
    assert 'form="customer-search" name="page" value="3"' in page
    assert "q=" not in page
    typed = desk.post("/customers/choices/", {"customer_text": "Zsófia Új"}).content.decode()
    assert 'name="typed_name" value="Zsófia Új"' in typed
    assert "?name=" not in typed


def test_a_name_found_nowhere_begins_a_new_customer_and_writes_nothing(desk: Client) -> None:
    before = Customer.objects.count()
    response = desk.post("/customers/new/", {"typed_name": "Zsófia Új", "subject": "of the form around it"})
    assert response.status_code == 200
    assert 'value="Zsófia Új"' in response.content.decode()
    assert Customer.objects.count() == before


def test_scripts_in_names_are_shown_as_text(desk: Client, carla: Customer) -> None:
    Customer.objects.filter(pk=carla.pk).update(name="<script>alert(1)</script>", manner="<img src=x>")
    page = desk.get(f"/customers/{carla.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page

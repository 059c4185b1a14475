from datetime import datetime

import pytest

from hallom.customers import lookup
from hallom.customers.folding import fold
from hallom.customers.models import ContactKind, Customer
from hallom.customers.phone_number import shown

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "raw",
    [
        "+36305124478",
        "+36 30 512 4478",
        "06305124478",
        "06 30/512-4478",
        "0036305124478",
        "36305124478",
        "305124478",
        "sip:+36305124478@trunk.example.org;user=phone",
        "<tel:+36-30-512-4478>",
        "5124478",
    ],
)
def test_a_number_is_known_however_it_is_sent(raw: str, carla: Customer) -> None:
    assert lookup.by_phone(raw) == [carla]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "anonymous",
        "sip:anonymous@anonymous.invalid",
        "Restricted",
        "unavailable",
        "112",
        "2114",
        "+3630",
        "+36305124479",
    ],
)
def test_hidden_short_and_other_numbers_are_nobody(raw: str, carla: Customer) -> None:
    assert lookup.by_phone(raw) == []


def test_a_whole_number_wins_over_one_that_only_ends_alike(carla: Customer, now: datetime) -> None:
    pole = Customer.register(name="Paweł Pole", by=None, now=now)
    pole.contact_points.create(kind=ContactKind.PHONE, value="+48 305 124 478")
    assert lookup.by_phone("+48305124478") == [pole]
    assert lookup.by_phone("+36305124478") == [carla]


def test_a_shared_number_names_everybody_who_has_it(carla: Customer, now: datetime) -> None:
    carl = Customer.register(name="Carl Customer", by=None, now=now)
    carl.contact_points.create(kind=ContactKind.PHONE, value="06 30 512 4478")
    assert {customer.name for customer in lookup.by_phone("+36305124478")} == {
        "Carl Customer",
        "Carla Customer",
    }


def test_an_e_mail_address_is_found_whatever_its_case(carla: Customer) -> None:
    assert lookup.by_email(" Carla@Example.ORG ") == [carla]


@pytest.mark.parametrize(
    "text", ["Özv. Papp Lászlóné", "papp laszlone", "PAPP", "laszlone papp", "pap laszlone"]
)
def test_a_name_is_found_without_accents_in_any_order_and_with_a_slip(text: str, now: datetime) -> None:
    widow = Customer.register(name="özv. Papp Lászlóné", by=None, now=now)
    Customer.register(name="Kiss Réka", by=None, now=now)
    assert list(lookup.by_text(text)) == [widow]


@pytest.mark.parametrize(
    "text", ["U-104 882", "u104882", "104882", "+36 30 512 4478", "06305124478", "carla@ex"]
)
def test_code_number_and_address_find_too(text: str, carla: Customer) -> None:
    Customer.objects.filter(pk=carla.pk).update(code="U-104 882")
    assert [customer.pk for customer in lookup.by_text(text)] == [carla.pk]


def test_the_best_match_comes_first(now: datetime) -> None:
    for name in ("Szabó Katalin", "Szilágyi Katalin", "Szilágyi Katalina"):
        Customer.register(name=name, by=None, now=now)
    assert lookup.by_text("szilagyi katalin").first() == Customer.objects.get(name="Szilágyi Katalin")


def test_folding_knows_the_letters_unicode_keeps_whole() -> None:
    assert fold("  Łódź  Straße ŐRÜLT ") == "lodz strasse orult"


def test_numbers_are_shown_as_people_write_them() -> None:
    assert shown("+36305124478") == "+36 30 512 4478"
    assert shown("not a number") == "not a number"


def test_customer_codes_are_read_in_threes_and_never_given_twice(now: datetime) -> None:
    first, second = (Customer.register(name="Somebody", by=None, now=now).code for _number in range(2))
    assert first != second
    assert first.startswith("U-")
    assert len(first) == len("U-104 882")

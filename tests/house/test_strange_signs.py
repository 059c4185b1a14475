"""Whatever is typed is answered, also signs that no database takes: in searches, and in what is kept."""

from __future__ import annotations

import pytest
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import Role, Team
from hallom.staff.tests.cast import NOW, person
from hallom.tickets.models import Ticket

pytestmark = pytest.mark.django_db

SEARCHES = (
    "/calls/", "/customers/", "/customers/choices/", "/settings/users/", "/switchboard/directory/", "/deck/destinations/",
    "/palette/", "/knowledge/", "/tickets/", "/tickets/views/counts/", "/tickets/{n}/merge/choices/",
    "/tickets/{n}/watchers/choices/", "/tickets/{n}/mentions/", "/tickets/{n}/snippets/",
)  # fmt: skip
FIELDS = ("q", "customer_text", "tag", "text")


KEPT = (
    ("answer/", {"kind": "note", "body": "<p>a\0b</p>", "body_format": "html"}),
    ("draft/", {"kind": "public", "body": "a\0b", "revision": "0", "to": "a\0b@example.org", "subject": "s\0"}),
    ("steps/", {"text": "a\0b"}),
    ("/deck/dial/", {"to": "0\0"}),
    ("/deck/keys/", {"call": "\0", "digits": "1\0"}),
    ("/deck/wrap-up/", {"call": "\0", "note": "\0"}),
    ("/settings/teams/new/", {"name": "Te\0am"}),
    ("/tickets/views/", {"name": "a\0b"}),
    ("/accounts/login/", {"login": "a\0b", "password": "\0"}),
)  # fmt: skip
ASKED = (
    "/tickets/?tag=%00&category=%00",
    "/settings/audit/?subject=%00&object=%00",
    "/calls/?queue=%00",
    "/?tab=%00",
)


@pytest.fixture
def ticket(technical: Team, client: Client) -> Ticket:
    """Whoever may do anything is signed in."""
    everything = (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AGENT, Role.ATTENDANT)
    client.force_login(person("user", "Uma User", *everything, team=technical))
    customer = Customer.register(name="Carla Customer", by=None, now=NOW)
    return Ticket.open("No line", by=None, now=NOW, team=technical, customer=customer)


@pytest.mark.parametrize("typed", ["Car\0la", "\0", "\ufffe\u202e", "'\"\\%_", "x" * 100_000])
@pytest.mark.parametrize("address", SEARCHES)
def test_nothing_typed_is_too_strange_to_be_looked_for(
    address: str, typed: str, ticket: Ticket, client: Client
) -> None:
    answer = client.post(address.format(n=ticket.number), dict.fromkeys(FIELDS, typed))
    assert answer.status_code == 200


@pytest.mark.parametrize(("path", "given"), KEPT)
def test_nothing_written_is_too_strange_to_be_kept_or_refused(
    path: str, given: dict[str, str], ticket: Ticket, client: Client
) -> None:
    address = path if path.startswith("/") else f"/tickets/{ticket.number}/{path}"
    assert client.post(address, given).status_code < 500


def test_what_is_kept_is_what_was_typed_but_for_the_sign(ticket: Ticket, client: Client) -> None:
    client.post(f"/tickets/{ticket.number}/answer/", {"kind": "note", "body": "left\0right"})
    assert ticket.notes.get().body == "leftright"
    client.put(f"/tickets/{ticket.number}/draft/", "kind=note&body=a%00b&revision=0&to=%00")
    assert ticket.drafts.get().html == "<p>ab</p>"


@pytest.mark.parametrize("address", ASKED)
def test_no_address_is_too_strange(address: str, ticket: Ticket, client: Client) -> None:
    assert client.get(address).status_code < 500

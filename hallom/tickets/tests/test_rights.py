"""Every route of the desk's rooms, walked by every role, on a ticket of one's own team and of another."""

from datetime import datetime
from itertools import product

import pytest
from django.test import Client

from hallom.config.topics import allowed
from hallom.customers.models import Customer
from hallom.staff.models import Role, Team, User
from hallom.staff.permissions import RULES, Reach
from hallom.staff.tests.cast import NOW, person
from hallom.tickets.models import Category, Note, Ticket

pytestmark = pytest.mark.django_db

# Route under /tickets/<number>/, method, and the act that it needs beside ticket.view.
TICKET_ROUTES = [
    ("", "get", "ticket.view"),
    ("head/", "get", "ticket.view"),
    ("conversation/", "get", "ticket.view"),
    ("entries/", "post", "ticket.note"),
    ("status/", "post", "ticket.change"),
    ("closure/", "post", "ticket.change"),
    ("closure/", "delete", "ticket.change"),
    ("ownership/", "post", "ticket.assign"),
    ("ownership/", "delete", "ticket.assign"),
    ("assignment/", "get", "ticket.assign"),
    ("assignment/", "post", "ticket.assign"),
    ("facts/", "get", "ticket.change"),
    ("facts/", "post", "ticket.change"),
    ("customer/", "get", "ticket.change"),
    ("customer/", "post", "ticket.change"),
    ("aside/", "get", "ticket.view"),
    ("history/", "get", "ticket.view"),
    ("snooze/", "get", "ticket.change"),
    ("snooze/", "post", "ticket.change"),
    ("snooze/", "delete", "ticket.change"),
    ("spam/", "post", "ticket.spam"),
    ("spam/", "delete", "ticket.spam"),
    ("deletion/", "post", "ticket.delete"),
    ("deletion/", "delete", "ticket.delete"),
    ("merge/", "get", "ticket.merge"),
    ("merge/", "post", "ticket.merge"),
    ("merge/", "delete", "ticket.merge"),
    ("links/", "get", "ticket.view"),
    ("links/", "post", "ticket.change"),
    ("watch/", "post", "ticket.view"),
    ("watch/", "delete", "ticket.view"),
    ("watchers/", "post", "ticket.note"),
    ("watchers/choices/", "post", "ticket.note"),
    ("steps/", "get", "ticket.view"),
    ("steps/", "post", "ticket.change"),
    ("time/", "get", "ticket.view"),
    ("time/", "post", "ticket.change"),
    ("fields/", "get", "ticket.change"),
    ("fields/", "post", "ticket.change"),
]
PAGES = [
    ("/tickets/", "ticket.view"),
    ("/tickets/new/", "ticket.open"),
    ("/customers/", "customer.view"),
    ("/customers/choices/", "customer.view"),
    ("/customers/new/", "customer.change"),
    ("/customers/{customer}/", "customer.view"),
    ("/customers/{customer}/card/", "customer.view"),
    ("/customers/{customer}/history/", "customer.view"),
    ("/customers/{customer}/edit/", "customer.change"),
    ("/settings/users/", "settings.staff"),
    ("/settings/users/new/", "settings.staff"),
    ("/settings/users/{user}/", "settings.staff"),
    ("/settings/teams/", "settings.staff"),
    ("/settings/teams/new/", "settings.staff"),
    ("/settings/teams/{team}/", "settings.staff"),
    ("/settings/skills/", "settings.staff"),
    ("/settings/skills/new/", "settings.staff"),
    ("/settings/audit/", "audit.view"),
    ("/settings/hours/", "settings.hours"),
    ("/settings/hours/new/", "settings.hours"),
    ("/settings/categories/", "settings.tickets"),
    ("/settings/categories/new/", "settings.tickets"),
    ("/settings/categories/{category}/", "settings.tickets"),
    ("/notices/", "ticket.view"),
    ("/settings/statuses/", "settings.tickets"),
    ("/settings/statuses/new/", "settings.tickets"),
    ("/settings/fields/", "settings.tickets"),
    ("/settings/fields/new/", "settings.tickets"),
    ("/settings/checklists/", "settings.tickets"),
    ("/settings/checklists/new/", "settings.tickets"),
    ("/settings/ticket-templates/", "settings.tickets"),
    ("/settings/ticket-templates/new/", "settings.tickets"),
    ("/settings/recurring-tickets/", "settings.tickets"),
    ("/settings/recurring-tickets/new/", "settings.tickets"),
]


def reached(act: str, role: Role, team: str) -> bool:
    reach = RULES[act].get(role, Reach.NONE)
    return reach is Reach.ALL or (reach is Reach.TEAM and team == "own")


def expected(act: str, role: Role, team: str) -> set[int]:
    if not reached("ticket.view", role, team):
        return {404}
    return {200, 302, 422} if reached(act, role, team) else {403}


@pytest.mark.parametrize(("role", "team"), list(product(Role, ("own", "other"))))
def test_every_route_of_a_ticket(
    role: Role, team: str, technical: Team, billing: Team, client: Client
) -> None:
    user = person("user", "Uma User", role, team=technical)
    client.force_login(user)
    for route, method, act in TICKET_ROUTES:
        ticket = Ticket.open("Secret", by=None, now=NOW, team=technical if team == "own" else billing)
        response = getattr(client, method)(f"/tickets/{ticket.number}/{route}")
        assert response.status_code in expected(act, role, team), (route, method, response.status_code)
        if not reached("ticket.view", role, team):
            assert "Secret" not in response.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_every_other_page(role: Role, carla: Customer, technical: Team, client: Client) -> None:
    user = person("user", "Uma User", role, team=technical)
    category = Category.objects.create(name="Fault")
    client.force_login(user)
    ids = {"customer": carla.pk, "user": user.pk, "team": technical.pk, "category": category.pk}
    for route, act in PAGES:
        status = 200 if RULES[act].get(role) else 403
        assert client.get(route.format(**ids)).status_code == status, (route, role)


@pytest.mark.parametrize(
    "route", [route for route, _act in PAGES] + [f"/tickets/48000/{rest}" for rest in ("", "head/")]
)
def test_strangers_are_sent_to_the_log_in(route: str, client: Client, db: None) -> None:
    response = client.get(route.format(customer=1, user=1, team=1, category=1))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_another_teams_ticket_is_in_no_list(
    alice: User, billing: Team, carla: Customer, client: Client
) -> None:
    ticket = Ticket.open("Secret", by=None, now=NOW, team=billing, customer=carla)
    ticket.add_message("Secret words", channel="email", direction="in", now=NOW)
    client.force_login(alice)
    for route in (
        "/tickets/?status=all",
        "/tickets/work/?tab=team",
        f"/customers/{carla.pk}/",
    ):
        assert "Secret" not in client.get(route).content.decode(), route
    assert "Secret" not in client.post("/tickets/", {"q": str(ticket.number)}).content.decode()


def test_a_note_by_who_may_only_read_is_refused(technical: Team, client: Client) -> None:
    attendant = person("attendant", "Tess Attendant", Role.ATTENDANT, team=technical)
    ticket = Ticket.open("No line", by=None, now=NOW, team=technical)
    client.force_login(attendant)
    answer = client.post(f"/tickets/{ticket.number}/entries/", {"kind": "public", "body": "We said"})
    assert answer.status_code == 403
    assert (
        client.post(f"/tickets/{ticket.number}/entries/", {"kind": "note", "body": "Called"}).status_code
        == 302
    )
    assert Note.objects.count() == 1


def test_push_topics_follow_the_same_rights(
    alice: User, amir: User, bruno: User, carla: Customer, technical: Team, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=None, now=now, team=technical)
    topics = {
        f"ticket-{ticket.pk}",
        f"customer-{carla.pk}",
        f"desk-{alice.pk}",
        "tickets",
        "queues",
        "wallboard",
    }
    assert {topic for topic in topics if allowed(alice, topic)} == topics
    assert not allowed(amir, f"ticket-{ticket.pk}")
    assert not allowed(amir, f"desk-{alice.pk}")
    assert allowed(bruno, f"desk-{alice.pk}")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "ticket",
        "ticket-",
        "ticket-x",
        "ticket-99999999999999999999",
        "desk",
        "desk-",
        "secret-1",
        "queues-1",
    ],
)
def test_topics_nobody_knows_are_nobodys(topic: str, ada: User) -> None:
    assert not allowed(ada, topic)


def test_what_belongs_to_another_teams_ticket_is_out_of_reach(
    alice: User, billing: Team, technical: Team, client: Client
) -> None:
    """Sub-resources are looked for under the ticket in the URL, and the ticket is checked first."""
    own = Ticket.open("Own", by=None, now=NOW, team=technical)
    secret = Ticket.open("Secret", by=None, now=NOW, team=billing)
    step = secret.add_step("Secret step", by=None, now=NOW)
    row = secret.spend(60, by=alice, now=NOW)
    message = secret.add_message("Secret words", channel="email", direction="in", now=NOW)
    own.link(secret, kind="related", by=None, now=NOW)
    client.force_login(alice)
    for method, rest in (
        ("post", f"steps/{step.pk}/"),
        ("delete", f"steps/{step.pk}/"),
        ("delete", f"time/{row.pk}/"),
        ("get", f"split/{message.pk}/"),
        ("post", f"split/{message.pk}/"),
        ("delete", f"links/{secret.number}/"),
    ):
        for ticket in (own, secret):
            answer = getattr(client, method)(f"/tickets/{ticket.number}/{rest}")
            assert answer.status_code == 404, (method, rest, ticket.subject)
    step.refresh_from_db()
    assert (step.done_at, secret.seconds_spent(), secret.messages.count()) == (None, 60, 1)

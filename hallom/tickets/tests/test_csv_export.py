import csv
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


def exported(client: Client, user: User, query: str = "") -> list[dict[str, str]]:
    client.force_login(user)
    response: Any = client.get(f"/tickets/export.csv{query}")
    assert response.status_code == 200
    return list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))


def test_what_the_filters_show_is_what_the_file_holds(
    client: Client, bruno: User, carla: Customer, technical: Team, now: datetime
) -> None:
    shown = Ticket.open(
        "No line", by=bruno, now=now, customer=carla, team=technical, priority=3, tags=["b", "a"]
    )
    Ticket.open("Wrong bill", by=bruno, now=now, priority=2)
    (row,) = exported(client, bruno, "?priority=3")
    assert row["number"] == str(shown.number)
    assert (row["subject"], row["team"], row["priority"]) == ("No line", technical.name, "high")
    assert row["customer"] == carla.code
    assert set(row["tags"].split()) == {"a", "b"}


def test_a_subject_is_no_formula(client: Client, bruno: User, now: datetime) -> None:
    Ticket.open("=cmd|'/c calc'!A0", by=bruno, now=now)
    (row,) = exported(client, bruno)
    assert row["subject"] == "'=cmd|'/c calc'!A0"


def test_agents_take_no_lists_home(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/tickets/export.csv").status_code == 403
    assert "export.csv" not in client.get("/tickets/").content.decode()


def test_who_took_what_is_on_the_timeline(client: Client, bruno: User) -> None:
    client.force_login(bruno)
    assert client.post("/tickets/export.csv", {"q": "Carla"})["Cache-Control"] == "no-store"
    event = Event.objects.get(kind="tickets.exported")
    assert (event.actor_id, event.data) == (bruno.pk, {"asked": ["q"]})


def test_the_link_of_the_list_carries_its_filters(client: Client, bruno: User, now: datetime) -> None:
    Ticket.open("No line", by=bruno, now=now)
    client.force_login(bruno)
    assert "/tickets/export.csv?status=all" in client.get("/tickets/?status=all&page=1").content.decode()

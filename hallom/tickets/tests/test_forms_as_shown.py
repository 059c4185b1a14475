"""Two people have the same form open: what one has left alone is not overwritten, what both have changed is asked about."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hallom.staff.models import Team, User
from hallom.tickets.models import Category, Field, FieldKind, Priority, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
PLAIN = {"subject": "No line", "priority": "2", "category": "", "deadline": "", "tags": ""}


@pytest.fixture
def ticket(alice: User, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, owner=alice, team=technical)


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def shown(desk: Client, address: str) -> str:
    page = desk.get(address).content.decode()
    return read(page)


def read(page: str) -> str:
    found = re.search(r'<input type="hidden" name="shown" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def facts(ticket: Ticket) -> str:
    return f"/tickets/{ticket.number}/facts/"


def test_what_was_left_alone_stays_as_others_have_made_it(
    desk: Client, ticket: Ticket, bruno: User, now: datetime
) -> None:
    before = shown(desk, facts(ticket))
    ticket.change(by=bruno, now=now, priority=Priority.URGENT, tags=["courier"])
    given = {**PLAIN, "subject": "No line since noon", "shown": before}
    assert desk.post(facts(ticket), given).status_code == 302
    kept = again(ticket)
    assert (kept.subject, kept.priority, kept.tags) == ("No line since noon", Priority.URGENT, ["courier"])
    assert Event.objects.filter(kind="ticket.changed").latest("id").data["new"] == {
        "subject": "No line since noon"
    }


def test_what_both_have_changed_is_asked_about_and_nothing_typed_is_lost(
    desk: Client, ticket: Ticket, bruno: User, now: datetime
) -> None:
    before = shown(desk, facts(ticket))
    ticket.change(by=bruno, now=now, priority=Priority.URGENT)
    given = {**PLAIN, "priority": "1", "subject": "No line since noon", "shown": before}
    page = desk.post(facts(ticket), given).content.decode()
    assert "Changed meanwhile to: urgent." in page
    assert 'value="No line since noon"' in page
    assert again(ticket).priority == Priority.URGENT
    assert desk.post(facts(ticket), {**given, "shown": read(page)}).status_code == 302
    assert (again(ticket).priority, again(ticket).subject) == (Priority.LOW, "No line since noon")


def test_both_may_have_chosen_the_same(desk: Client, ticket: Ticket, bruno: User, now: datetime) -> None:
    before = shown(desk, facts(ticket))
    ticket.change(by=bruno, now=now, priority=Priority.URGENT)
    assert desk.post(facts(ticket), {**PLAIN, "priority": "4", "shown": before}).status_code == 302
    assert again(ticket).priority == Priority.URGENT


def test_saving_without_a_change_changes_nothing(desk: Client, alice: User, now: datetime) -> None:
    """Also what the form cannot show: seconds of a deadline, a category that is out of use."""
    old = Category.objects.create(name="Telex", is_active=False)
    deadline = now + timedelta(days=1, seconds=32)
    ticket = Ticket.open("No line", by=alice, now=now, owner=alice, category=old, deadline=deadline)
    page = desk.get(facts(ticket)).content.decode()
    typed = re.findall(r'name="deadline" value="([^"]*)"', page)
    given = {**PLAIN, "deadline": typed[0], "shown": read(page)}
    assert desk.post(facts(ticket), given).status_code == 302
    kept = again(ticket)
    assert (kept.category, kept.deadline) == (old, deadline)
    assert not Event.objects.filter(kind="ticket.changed").exists()


def test_own_fields_are_kept_one_by_one(desk: Client, ticket: Ticket, bruno: User, now: datetime) -> None:
    for key, kind in {
        "device": FieldKind.TEXT,
        "words": FieldKind.LONG_TEXT,
        "again": FieldKind.YES_NO,
    }.items():
        Field.objects.create(key=key, label=key, kind=kind)
    ticket.set_fields({"device": "ZTE", "words": "a\nb", "again": True}, by=bruno, now=now)
    address = f"/tickets/{ticket.number}/fields/"
    given: dict[str, Any] = {"field-device": "ZTE", "field-words": "a\r\nb", "field-again": "yes"}
    before = shown(desk, address)
    ticket.set_fields({"device": "Huawei"}, by=bruno, now=now)
    assert desk.post(address, {**given, "field-again": "", "shown": before}).status_code == 302
    assert again(ticket).fields == {"device": "Huawei", "words": "a\nb"}
    refused = desk.post(address, {**given, "field-device": "Sagem", "shown": before})
    assert "Changed meanwhile to: Huawei." in refused.content.decode()
    assert again(ticket).fields["device"] == "Huawei"


def test_a_transfer_does_not_take_a_ticket_from_who_has_taken_it_meanwhile(
    desk: Client, alice: User, bruno: User, amir: User, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=bruno, now=now)
    address = f"/tickets/{ticket.number}/assignment/"
    before = shown(desk, address)
    ticket.claim(by=amir, now=now)
    given = {"team": "", "owner": str(bruno.pk), "note": "He knows her", "shown": before}
    page = desk.post(address, given).content.decode()
    assert f"Changed meanwhile to: {amir.full_name}." in page
    assert "He knows her" in page
    assert again(ticket).owner == amir
    desk.post(address, {**given, "shown": read(page)})
    assert again(ticket).owner == bruno


def test_a_form_that_does_not_say_what_it_had_shown_keeps_all_of_itself(
    desk: Client, ticket: Ticket, bruno: User, now: datetime
) -> None:
    ticket.change(by=bruno, now=now, tags=["courier"])
    assert desk.post(facts(ticket), {**PLAIN, "shown": "nonsense"}).status_code == 302
    assert again(ticket).tags == []

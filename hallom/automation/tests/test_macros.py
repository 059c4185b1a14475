"""Macros: said beforehand, done together or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from hallom.automation import macros
from hallom.automation.macro_steps import KINDS, Facts, WrongStep, checked, plan
from hallom.automation.macros import CannotCarryOut, acts, carry_out
from hallom.automation.models import Signature, TextTemplate
from hallom.automation.sentences import WORDS, in_words
from hallom.automation.snippets import Snippets
from hallom.automation.tests.conftest import macro, template
from hallom.customers.models import Customer
from hallom.mail.models import Mailbox, OutgoingMail
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets import bulk, bulk_choices
from hallom.tickets.models import Checklist, Field, Message, Note, StatusName, Ticket
from hallom.tickets.outgoing import CannotSend
from hallom.timeline.models import Event


def everything(greeting: TextTemplate, billing: Team) -> list[dict[str, object]]:
    checklist = Checklist.objects.create(name="Return", steps=["Ask", "Pay"])
    Field.objects.create(key="parcel", label="Parcel", kind="text")
    return [
        {"do": "reply", "template": greeting.pk},
        {"do": "note", "text": "The courier was here twice."},
        {"do": "status", "meaning": "pending"},
        {"do": "owner", "to": "me"},
        {"do": "priority", "priority": 3},
        {"do": "category", "category": greeting.pk},
        {"do": "tags", "add": ["parcel"], "remove": ["old"]},
        {"do": "snooze", "hours": 24},
        {"do": "field", "key": "parcel", "value": "M-20931"},
        {"do": "checklist", "checklist": checklist.pk},
        {"do": "watch"},
    ]


def test_all_steps_at_once(
    ticket: Ticket,
    alice: User,
    billing: Team,
    greeting: TextTemplate,
    signature: Signature,
    mailbox: Mailbox,
    now: datetime,
) -> None:
    ticket.change(by=None, now=now, tags=["old", "vip"])
    steps = [step for step in everything(greeting, billing) if step["do"] != "category"]
    row = macro("Everything", *checked(steps))
    said = acts(row, ticket, alice)
    assert said == [
        "answers with “Üdvözlés”",
        "internal note: The courier was here twice.",
        "status → waiting for the customer",
        "owner → Alice Agent",
        "priority → high",
        "adds tags: parcel",
        "removes tags: old",
        "sleeps for 24 hours",
        "Parcel → M-20931",
        "adds the checklist “Return”",
        "you will watch the ticket",
    ]
    carry_out(row, ticket, by=alice, now=now)
    ticket = Ticket.objects.get(pk=ticket.pk)
    (message,) = Message.objects.filter(ticket=ticket)
    assert (message.body, message.quoted) == ("Kedves Customer!", "Üdvözlettel: Alice Agent")
    assert message.to == [{"name": "Carla Customer", "address": "carla@example.org"}]
    assert OutgoingMail.objects.get(message=message).mailbox == mailbox
    assert Note.objects.get(ticket=ticket).body == "The courier was here twice."
    assert (ticket.status, ticket.owner, ticket.priority) == ("pending", alice, 3)
    assert ticket.tags == ["vip", "parcel"]
    assert ticket.snoozed_until == now + timedelta(hours=24)
    assert ticket.fields == {"parcel": "M-20931"}
    assert [step.text for step in ticket.checklist.all()] == ["Ask", "Pay"]
    assert ticket.watchers.get().user == alice
    assert Event.objects.filter(kind="ticket.macro_used", ticket_id=ticket.pk).count() == 1


def test_a_note_step_is_in_no_mail(
    ticket: Ticket, alice: User, greeting: TextTemplate, mailbox: Mailbox, now: datetime
) -> None:
    row = macro("Both", {"do": "note", "text": "SECRET-7731"}, {"do": "reply", "template": greeting.pk})
    carry_out(row, ticket, by=alice, now=now)
    message = Message.objects.get(ticket=ticket)
    assert "SECRET-7731" not in repr(
        [getattr(message, field.attname) for field in Message._meta.concrete_fields]
    )


def test_what_changes_nothing_says_so(ticket: Ticket, alice: User, technical: Team, now: datetime) -> None:
    ticket.assign(alice, by=None, now=now)
    ticket.watch(alice, by=alice, now=now)
    ticket.change(by=None, now=now, tags=["vip"])
    row = macro(
        "Nothing",
        {"do": "owner", "to": "me"},
        {"do": "team", "team": technical.pk},
        {"do": "tags", "add": ["vip"], "remove": ["gone"]},
        {"do": "watch"},
    )
    assert acts(row, Ticket.objects.get(pk=ticket.pk), alice) == [
        "the owner stays: Alice Agent",
        "the team stays: Technical",
        "the tags stay as they are",
        "you watch the ticket already",
    ]


def test_one_step_that_fails_undoes_all(ticket: Ticket, alice: User, mailbox: Mailbox, now: datetime) -> None:
    gaps = template("Gaps", hu="<p>{{ field.iban }}</p>")
    row = macro("Gaps", {"do": "note", "text": "first"}, {"do": "reply", "template": gaps.pk})
    with pytest.raises(CannotCarryOut) as refused:
        carry_out(row, ticket, by=alice, now=now)
    assert (refused.value.code, refused.value.detail) == ("missing", "field.iban")
    assert not Note.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"do": "reply", "template": 999}, "gone"),
        ({"do": "team", "team": 999}, "gone"),
        ({"do": "checklist", "checklist": 999}, "gone"),
        ({"do": "status", "name": 999}, "gone"),
        ({"do": "field", "key": "nothing", "value": "x"}, "value"),
    ],
)
def test_what_is_gone_is_said(
    ticket: Ticket, alice: User, now: datetime, step: dict[str, object], code: str
) -> None:
    with pytest.raises(CannotCarryOut) as refused:
        carry_out(macro("Broken", step), ticket, by=alice, now=now)
    assert refused.value.code == code


def test_nobody_to_write_to(
    ticket: Ticket, alice: User, mailbox: Mailbox, carla: Customer, now: datetime
) -> None:
    carla.contact_points.all().delete()
    plain = template("Plain", hu="<p>x</p>")
    with pytest.raises(CannotCarryOut) as refused:
        carry_out(macro("Plain", {"do": "reply", "template": plain.pk}), ticket, by=alice, now=now)
    assert refused.value.code == "nobody"


def test_rights_are_those_of_the_steps(ticket: Ticket, alice: User, amir: User, now: datetime) -> None:
    attendant = person("erzsi", "Erzsi Attendant", Role.ATTENDANT)
    noting, giving = (
        macro("Note", {"do": "note", "text": "x"}),
        macro("Give", {"do": "owner", "to": "nobody"}),
    )
    ticket.assign(ticket.owner, by=None, now=now, team=None)
    assert macros.may_use(attendant, noting, ticket)
    assert not macros.may_use(attendant, giving, ticket)
    with pytest.raises(PermissionDenied):
        carry_out(giving, ticket, by=attendant, now=now)


def test_fields_are_filled_before_the_ticket_is_solved(ticket: Ticket, alice: User, now: datetime) -> None:
    Field.objects.create(key="cause", label="Cause", kind="text", is_required=True)
    solve = {"do": "status", "meaning": "solved"}
    with pytest.raises(CannotCarryOut) as refused:
        carry_out(macro("Only solve", solve), ticket, by=alice, now=now)
    assert refused.value.code == "fields"
    ticket.refresh_from_db()
    carry_out(
        macro("Solve", solve, {"do": "field", "key": "cause", "value": "Cable"}), ticket, by=alice, now=now
    )
    assert Ticket.objects.get(pk=ticket.pk).status == "solved"


def test_own_statuses(ticket: Ticket, alice: User, now: datetime) -> None:
    name = StatusName.objects.create(meaning="on_hold", name="At the courier's")
    row = macro("Courier", {"do": "status", "name": name.pk})
    assert acts(row, ticket, alice) == ["status → At the courier's"]
    carry_out(row, ticket, by=alice, now=now)
    assert Ticket.objects.get(pk=ticket.pk).status_name == name


def test_the_composer_carries_out_all_but_the_answer(
    ticket: Ticket, alice: User, greeting: TextTemplate, now: datetime
) -> None:
    row = macro("Two", {"do": "reply", "template": greeting.pk}, {"do": "priority", "priority": 4})
    Snippets().carry_out(ticket, [f"m{row.pk}"], by=alice, now=now)
    assert Ticket.objects.get(pk=ticket.pk).priority == 4
    assert not Message.objects.exists()
    with pytest.raises(CannotSend):
        Snippets().carry_out(ticket, ["m999"], by=alice, now=now)


@pytest.mark.parametrize("meaning", ["pending", "on_hold", "solved"])
def test_an_answer_that_is_called_back_takes_status_and_sleep_of_its_macro_back(
    client: Client,
    ticket: Ticket,
    alice: User,
    greeting: TextTemplate,
    mailbox: Mailbox,
    now: datetime,
    meaning: str,
) -> None:
    ticket.add_message("No internet", channel="email", direction="in", now=now)
    row = macro(
        "Wait",
        {"do": "reply", "template": greeting.pk},
        {"do": "status", "meaning": meaning},
        {"do": "snooze", "hours": 24},
    )
    client.force_login(alice)
    given = {
        "kind": "public",
        "to": "carla@example.org",
        "body": "Wait",
        "macro": f"m{row.pk}",
        "anyway": "1",
    }
    assert client.post(f"/tickets/{ticket.number}/answer/", given).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == (meaning, None)
    assert ticket.snoozed_until is not None
    message = Message.objects.get(ticket=ticket, direction="out")
    assert client.post(f"/tickets/{ticket.number}/messages/{message.pk}/recall/").status_code == 302
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.status, ticket.snoozed_until, ticket.waiting_since) == ("open", None, now)


def test_many_at_once_and_each_by_its_own_rights(
    ticket: Ticket, alice: User, billing: Team, now: datetime
) -> None:
    row = macro("High", {"do": "priority", "priority": 3})
    theirs = Ticket.open("Secret", by=None, now=now, team=billing)
    act = bulk_choices.act_of(f"macro:{row.pk}", "", user=alice, now=now)
    outcome = bulk.carry_out(act, [ticket.number, theirs.number], by=alice, now=now)
    assert outcome.done == (ticket.number,)
    assert set(outcome.refused) == {theirs.number}
    assert Ticket.objects.get(pk=ticket.pk).priority == 3
    theirs.refresh_from_db()
    assert theirs.priority == 2


def test_in_a_crowd_a_refusal_leaves_its_ticket_alone_and_says_why(
    ticket: Ticket, alice: User, mailbox: Mailbox, now: datetime
) -> None:
    gaps = template("Gaps", hu="<p>{{ field.iban }}</p>")
    row = macro("Gaps", {"do": "note", "text": "x"}, {"do": "reply", "template": gaps.pk})
    act = bulk_choices.act_of(f"macro:{row.pk}", "", user=alice, now=now)
    outcome = bulk.carry_out(act, [ticket.number], by=alice, now=now)
    assert outcome.reasons == [("the answer has gaps", 1)]
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([{"do": "explode"}], "unknown"),
        ([{"do": "note", "text": "  "}], "empty"),
        ([{"do": "reply"}], "empty"),
        ([{"do": "reply", "template": "x"}], "number"),
        ([{"do": "snooze", "hours": 0}], "number"),
        ([{"do": "snooze", "hours": 100_000}], "number"),
        ([{"do": "owner", "to": "me"}, {"do": "owner", "to": "nobody"}], "twice"),
        ([{"do": "tags", "add": [], "remove": []}], "empty"),
        ([{"do": "note", "text": "x"}] * 21, "too_many"),
    ],
)
def test_wrong_steps_are_refused(steps: list[dict[str, object]], code: str) -> None:
    with pytest.raises(WrongStep) as wrong:
        checked(steps)
    assert wrong.value.code == code


def test_every_kind_of_step_has_a_plan_and_words() -> None:
    samples = {
        "reply": {"template": 1}, "note": {"text": "x"}, "status": {"meaning": "open"}, "owner": {"to": "nobody"},
        "team": {"team": 1}, "priority": {"priority": 1}, "category": {"category": 1}, "tags": {"add": ["x"]},
        "snooze": {"hours": 1}, "field": {"key": "k", "value": ""}, "checklist": {"checklist": 1}, "watch": {},
    }  # fmt: skip
    assert set(samples) == set(KINDS)
    for kind, values in samples.items():
        for facts in (
            Facts(),
            Facts(owner=5, team=1, priority=1, category=1, status="open", is_watched=True),
        ):
            assert all(in_words(sentence) for sentence in plan([{"do": kind, **values}], facts))
    assert all(str(words) for words in WORDS.values())

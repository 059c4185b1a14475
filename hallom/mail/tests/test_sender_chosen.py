"""Where there is a choice, the author of an answer says what it is sent from and which signature stands under it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hallom.automation.models import Signature
from hallom.customers.models import Customer
from hallom.mail.models import Mailbox, OutgoingMail
from hallom.mail.tests.arriving import arrive, letter, mailbox
from hallom.staff.models import Team, User
from hallom.tickets.models import Draft, Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def boxes(technical: Team, settings: Any, tmp_path: Any) -> dict[str, Mailbox]:
    settings.HALLOM_DATA = tmp_path
    elsewhere = Team.objects.create(name="Elsewhere")
    facts = {"help": {"team": technical}, "sales": {}, "theirs": {"team": elsewhere}}
    return {
        name: mailbox(name=name, address=f"{name}@example.com", smtp_host="localhost", **given)
        for name, given in facts.items()
    }


@pytest.fixture
def ticket(boxes: dict[str, Mailbox], carla: Customer, now: datetime) -> Ticket:
    found = arrive(letter(Message_ID="<first@example.org>"), now, to=boxes["help"]).ticket
    assert found is not None
    return Ticket.objects.get(pk=found.pk)


def signature(team: Team | None, language: str, words: str) -> Signature:
    return Signature.objects.create(team=team, language=language, html=f"<p>{words}</p>")


def post(client: Client, ticket: Ticket, **given: str) -> int:
    words = {"kind": "public", "to": "carla@example.org", "body": "Hello", "anyway": "1", **given}
    return client.post(f"/tickets/{ticket.number}/answer/", words, headers={"HX-Request": "true"}).status_code


def sent() -> Message:
    return OutgoingMail.objects.get().message


def offered(client: Client, ticket: Ticket, query: str = "") -> dict[str, list[str]]:
    shown = client.get(f"/tickets/{ticket.number}/sender/{query}").content.decode()
    selects = re.findall(r'<select name="(\w+)">(.*?)</select>', shown, re.S)
    return {name: re.findall(r"<option[^>]*>(.*?)</option>", inside) for name, inside in selects}


def test_ones_own_and_everybodys_mailboxes_are_offered_and_no_other_teams(
    client: Client, alice: User, ticket: Ticket
) -> None:
    client.force_login(alice)
    found = offered(client, ticket)["via"]
    assert found == ["as usual", "help &lt;help@example.com&gt;", "sales &lt;sales@example.com&gt;"]


def test_with_one_mailbox_there_is_nothing_to_choose(
    client: Client, alice: User, ticket: Ticket, boxes: dict[str, Mailbox]
) -> None:
    Mailbox.objects.exclude(pk=boxes["help"].pk).update(is_active=False)
    client.force_login(alice)
    assert "via" not in offered(client, ticket)


def test_an_answer_leaves_by_the_chosen_mailbox_and_else_by_the_usual(
    client: Client, alice: User, ticket: Ticket, boxes: dict[str, Mailbox]
) -> None:
    client.force_login(alice)
    assert post(client, ticket, via=str(boxes["sales"].pk)) == 200
    assert (OutgoingMail.objects.get().mailbox, sent().from_address) == (boxes["sales"], "sales@example.com")
    OutgoingMail.objects.all().delete()
    assert post(client, ticket, via="") == 200
    assert OutgoingMail.objects.get().mailbox == boxes["help"]


@pytest.mark.parametrize("which", ["theirs", "gone"])
def test_a_mailbox_that_is_not_ones_own_sends_nothing(
    client: Client, alice: User, ticket: Ticket, boxes: dict[str, Mailbox], which: str
) -> None:
    client.force_login(alice)
    key = boxes["theirs"].pk if which == "theirs" else 10**9
    assert post(client, ticket, via=str(key)) == 422
    assert not OutgoingMail.objects.exists()


def test_the_chosen_signature_stands_under_the_answer(
    client: Client, alice: User, technical: Team, ticket: Ticket
) -> None:
    signature(technical, ticket.customer.language if ticket.customer else "en", "Usual")
    other = signature(None, "pl", "Pozdrawiamy")
    client.force_login(alice)
    assert post(client, ticket, signature=str(other.pk)) == 200
    assert "Pozdrawiamy" in sent().quoted
    assert "Usual" not in sent().quoted


def test_without_a_signature_nothing_stands_there(
    client: Client, alice: User, technical: Team, ticket: Ticket
) -> None:
    signature(technical, ticket.customer.language if ticket.customer else "en", "Usual")
    client.force_login(alice)
    assert post(client, ticket) == 200
    assert "Usual" in sent().quoted
    OutgoingMail.objects.all().delete()
    assert post(client, ticket, signature="none") == 200
    assert "Usual" not in sent().quoted


def test_another_teams_signature_is_neither_offered_nor_taken(
    client: Client, alice: User, ticket: Ticket, boxes: dict[str, Mailbox]
) -> None:
    theirs = signature(boxes["theirs"].team, "en", "Theirs")
    client.force_login(alice)
    assert offered(client, ticket)["signature"] == ["as usual", "none"]
    assert post(client, ticket, signature=str(theirs.pk)) == 422


def test_what_was_chosen_is_kept_with_the_draft(
    client: Client, alice: User, ticket: Ticket, boxes: dict[str, Mailbox]
) -> None:
    client.force_login(alice)
    key = str(boxes["sales"].pk)
    given = {"kind": "public", "body": "Half", "revision": "0", "via": key, "signature": "none"}
    assert client.post(f"/tickets/{ticket.number}/draft/", given).status_code == 200
    assert Draft.objects.get().values["via"] == key
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert f"/tickets/{ticket.number}/sender/?via={key}&amp;signature=none" in page
    assert (
        f'value="{key}" selected'
        in client.get(f"/tickets/{ticket.number}/sender/?via={key}").content.decode()
    )


def recall(client: Client, ticket: Ticket) -> str:
    url = f"/tickets/{ticket.number}/messages/{sent().pk}/recall/"
    shown = client.post(url, {"method": "delete"}, headers={"HX-Request": "true"})
    assert shown.status_code == 200
    assert not OutgoingMail.objects.exists()
    return shown.content.decode()


@pytest.mark.parametrize(
    ("pressed", "chosen", "button"),
    [
        ({}, "", '<button class="btn go">'),
        (
            {"then": "await_customer"},
            "await_customer",
            '<button class="btn go" data-chosen name="then" value="await_customer">',
        ),
        ({"later": "hour"}, "later", '<button class="btn go" name="later" value="own" data-chosen>'),
        (
            {"later": "own", "send_at": "2026-07-16T18:30"},
            "later",
            '<button class="btn go" name="later" value="own" data-chosen>',
        ),
    ],
)
def test_what_is_called_back_is_as_it_was_chosen(
    pressed: dict[str, str],
    chosen: str,
    button: str,
    client: Client,
    alice: User,
    ticket: Ticket,
    boxes: dict[str, Mailbox],
    now: datetime,
) -> None:
    """Mailbox, signature, copies, files, moment and status; and sent once more the same leaves."""
    client.force_login(alice)
    via, other = str(boxes["sales"].pk), str(signature(None, "pl", "Pozdrawiamy").pk)
    people = {"cc": "dan@example.org", "bcc": "eve@example.org", "subject": "About it"}
    with time_machine.travel(now, tick=False):
        upload = {"file": SimpleUploadedFile("plan.pdf", b"%PDF-", "application/pdf")}
        file = client.post(f"/tickets/{ticket.number}/files/?kind=public", upload).json()["id"]
        given = {"via": via, "signature": other, "attachment": str(file), **people, **pressed}
        assert post(client, ticket, **given) == 200
        first = left()
        page = recall(client, ticket)
        values = Draft.objects.get().values
        assert {name: values[name] for name in ("via", "signature", *people)} == {
            "via": via,
            "signature": other,
            **people,
        }
        assert f"sender/?via={via}&amp;signature={other}" in page
        assert f'name="attachment" value="{file}"' in page
        assert values["chosen"] == chosen
        assert page.count("data-chosen") == bool(chosen)
        assert button in page
        again = {"later": "own"} if chosen == "later" else pressed
        assert (
            post(client, ticket, **{**given, **again, "send_at": values["send_at"], "to": values["to"]})
            == 200
        )
        assert left() == first


def left() -> tuple[object, ...]:
    """What an answer is, as far as its author chose it."""
    message, mail = sent(), OutgoingMail.objects.get()
    files = [one.name for one in message.attachments.all()]
    words = (message.html, message.quoted, message.subject, message.to, message.cc, message.bcc)
    return (mail.mailbox, mail.send_at, message.ticket.status, files, *words)

"""The pages on which templates, signatures, acknowledgements and macros are set up, with and without a script."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client

from hallom.automation.models import Acknowledgement, Macro, Signature, TextTemplate
from hallom.automation.tests.conftest import macro, template
from hallom.mail.models import Mailbox
from hallom.staff.models import Role, Team, User
from hallom.staff.permissions import RULES
from hallom.staff.tests.cast import person
from hallom.tickets.models import Message, Note, Ticket
from hallom.timeline.models import Event

PAGES = ["templates/", "templates/new/", "templates/{t}/", "signatures/", "signatures/0/", "signatures/{team}/",
         "acknowledgements/", "macros/", "macros/new/", "macros/{m}/"]  # fmt: skip
ACTS = ["templates/{t}/removal/", "macros/{m}/removal/"]


@pytest.fixture
def desk(client: Client, bruno: User) -> Client:
    client.force_login(bruno)
    return client


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_and_change_them(
    role: Role, technical: Team, greeting: TextTemplate, client: Client
) -> None:
    client.force_login(person("user", "Uma User", role, team=technical))
    row = macro("Watch", {"do": "watch"})
    ids = {"t": greeting.pk, "m": row.pk, "team": technical.pk}
    allowed = bool(RULES["settings.tickets"].get(role))
    for page in PAGES:
        assert client.get(f"/settings/{page.format(**ids)}").status_code == (200 if allowed else 403), page
    for act in ACTS:
        assert client.post(f"/settings/{act.format(**ids)}").status_code == (302 if allowed else 403), act
    assert TextTemplate.objects.exists() is not allowed


def test_strangers_are_sent_to_the_log_in(client: Client, db: None) -> None:
    for page in PAGES:
        assert client.get(f"/settings/{page.format(t=1, m=1, team=1)}").status_code == 302


def test_a_template_from_the_editor_and_from_the_plain_field(desk: Client) -> None:
    given = {"name": "Greeting", "is_active": "on", "html_hu": "<p>Kedves <script>x</script>{{ customer.name }}!</p>",
             "html_hu_format": "html", "html_en": "Dear <you>,\n\nthanks", "html_pl": ""}  # fmt: skip
    assert desk.post("/settings/templates/new/", given).status_code == 302
    row = TextTemplate.objects.get()
    texts = dict(row.versions.values_list("language", "html"))
    assert texts == {
        "hu": "<p>Kedves {{ customer.name }}!</p>",
        "en": "<p>Dear &lt;you&gt;,</p><p>thanks</p>",
    }
    assert Event.objects.filter(kind="automation.setup_changed", data__act="added").count() == 1
    desk.post(f"/settings/templates/{row.pk}/", given | {"html_hu": "", "html_hu_format": "html"})
    assert set(row.versions.values_list("language", flat=True)) == {"en"}


def test_a_slip_in_a_variable_is_said_and_nothing_lost(desk: Client) -> None:
    given = {"name": "Slip", "html_en": "<p>{{ customer.nmae }} kept words</p>", "html_en_format": "html"}
    answer = desk.post("/settings/templates/new/", given)
    assert answer.status_code == 422
    assert "customer.nmae" in answer.content.decode()
    assert "kept words" in answer.content.decode()
    assert not TextTemplate.objects.exists()


def test_a_template_without_words_is_none(desk: Client) -> None:
    answer = desk.post(
        "/settings/templates/new/", {"name": "Empty", "html_en": "<p></p>", "html_en_format": "html"}
    )
    assert answer.status_code == 422


def test_what_an_acknowledgement_needs_is_not_removed(
    desk: Client, mailbox: Mailbox, greeting: TextTemplate
) -> None:
    desk.post("/settings/acknowledgements/", {f"mailbox-{mailbox.pk}": str(greeting.pk)})
    assert Acknowledgement.objects.get().template == greeting
    desk.post(f"/settings/templates/{greeting.pk}/removal/")
    assert TextTemplate.objects.exists()
    desk.post("/settings/acknowledgements/", {f"mailbox-{mailbox.pk}": ""})
    assert not Acknowledgement.objects.exists()


def test_signatures_of_a_team_and_of_everybody(desk: Client, technical: Team) -> None:
    for key in (technical.pk, 0):
        desk.post(f"/settings/signatures/{key}/", {"html_hu": "<p>Üdv</p>", "html_hu_format": "html"})
    assert Signature.objects.count() == 2
    desk.post("/settings/signatures/0/", {"html_hu": ""})
    assert Signature.objects.get().team == technical


def steps_of(html: str) -> list[str]:
    return [piece.partition('"')[0] for piece in html.split('name="do" value="')[1:]]


def test_a_macro_is_built_by_buttons_alone(desk: Client, greeting: TextTemplate) -> None:
    given: dict[str, object] = {"name": "Both", "position": "0", "is_active": "on"}
    page = desk.post("/settings/macros/new/", given | {"act": "add", "added": "note"}).content.decode()
    assert steps_of(page) == ["note"]
    given |= {"do": ["note"], "s0-text": "typed words"}
    page = desk.post("/settings/macros/new/", given | {"act": "add", "added": "reply"}).content.decode()
    assert steps_of(page) == ["note", "reply"]
    assert "typed words" in page
    given |= {"do": ["note", "reply"], "s1-template": str(greeting.pk)}
    page = desk.post("/settings/macros/new/", given | {"act": "up-1"}).content.decode()
    assert steps_of(page) == ["reply", "note"]
    assert not Macro.objects.exists()
    assert desk.post("/settings/macros/new/", given).status_code == 302
    assert Macro.objects.get().steps == [
        {"do": "note", "text": "typed words"},
        {"do": "reply", "template": greeting.pk},
    ]


def test_every_kind_of_step_can_be_kept_and_shown_again(
    desk: Client, bruno: User, greeting: TextTemplate, technical: Team
) -> None:
    from hallom.automation.forms.steps import FORMS
    from hallom.tickets.models import Category, Checklist, Field

    category = Category.objects.create(name="Fault")
    checklist = Checklist.objects.create(name="Return", steps=["a"])
    Field.objects.create(key="parcel", label="Parcel", kind="text")
    values: dict[str, dict[str, str]] = {
        "reply": {"template": str(greeting.pk)}, "note": {"text": "x"}, "status": {"to": "meaning:pending"},
        "owner": {"to": str(bruno.pk)}, "team": {"team": str(technical.pk)}, "priority": {"priority": "4"},
        "category": {"category": str(category.pk)}, "tags": {"add": "A, b", "remove": ""}, "snooze": {"hours": "5"},
        "field": {"key": "parcel", "value": "M-1"}, "checklist": {"checklist": str(checklist.pk)}, "watch": {},
    }  # fmt: skip
    assert set(values) == set(FORMS)
    given: dict[str, object] = {"name": "All", "position": "0", "is_active": "on", "do": list(values)}
    for number, fields in enumerate(values.values()):
        given |= {f"s{number}-{name}": value for name, value in fields.items()}
    assert desk.post("/settings/macros/new/", given).status_code == 302
    row = Macro.objects.get()
    assert [step["do"] for step in row.steps] == list(values)
    page = desk.get(f"/settings/macros/{row.pk}/").content.decode()
    assert steps_of(page) == list(values)
    assert desk.post(f"/settings/macros/{row.pk}/", given).status_code == 302
    assert Macro.objects.get().steps == row.steps
    assert "urgent" in desk.get("/settings/macros/").content.decode()


def test_incomplete_and_doubled_steps_are_refused(desk: Client) -> None:
    given: dict[str, object] = {"name": "Bad", "position": "0"}
    for steps in (
        {"do": ["note"], "s0-text": ""},
        {"do": ["owner", "owner"], "s0-to": "me", "s1-to": "me"},
        {"do": []},
    ):
        assert desk.post("/settings/macros/new/", given | steps).status_code == 422, steps
    assert not Macro.objects.exists()


def test_the_page_of_a_macro_says_what_it_will_do_and_does_it(
    ticket: Ticket, alice: User, client: Client, now: datetime
) -> None:
    client.force_login(alice)
    row = macro("Note it", {"do": "note", "text": "The courier was here"}, {"do": "priority", "priority": 4})
    url = f"/tickets/{ticket.number}/macros/{row.pk}/"
    page = client.get(url).content.decode()
    assert "The courier was here" in page
    assert "urgent" in page
    assert not Note.objects.exists()
    assert client.post(url).status_code == 302
    assert Note.objects.get().ticket == ticket
    assert Ticket.objects.get(pk=ticket.pk).priority == 4


def test_a_macro_that_answers_stops_for_what_has_arrived_since_its_page_was_shown(
    ticket: Ticket,
    alice: User,
    bruno: User,
    client: Client,
    mailbox: Mailbox,
    greeting: TextTemplate,
    now: datetime,
) -> None:
    client.force_login(alice)
    ticket.add_message(
        "No internet", channel="email", direction="in", from_address="carla@example.org", now=now
    )
    row = macro("Answer", {"do": "reply", "template": greeting.pk})
    url = f"/tickets/{ticket.number}/macros/{row.pk}/"
    seen = re.findall(r'name="seen" value="(\w+)"', client.get(url).content.decode())[0]
    ticket.add_message("It works", channel="email", direction="in", from_name="Carla C.", now=now)
    stopped = client.post(url, {"seen": seen})
    page = stopped.content.decode()
    assert stopped.status_code == 409
    assert "Message from Carla C." in page
    assert not Message.objects.filter(direction="out").exists()
    fresh = re.findall(r'name="seen" value="(\w+)"', page)[0]
    assert client.post(url, {"seen": fresh}).status_code == 302
    assert Message.objects.filter(direction="out").count() == 1
    ticket.add_note("He called too", by=bruno, now=now)
    assert client.post(url, {"seen": fresh}).status_code == 409
    assert client.post(url, {"seen": fresh, "anyway": "1"}).status_code == 302
    assert Message.objects.filter(direction="out").count() == 2


def test_another_teams_ticket_does_not_exist(
    alice: User, billing: Team, client: Client, now: datetime
) -> None:
    client.force_login(alice)
    theirs = Ticket.open("Secret", by=None, now=now, team=billing)
    row = macro("High", {"do": "priority", "priority": 4})
    for method in (client.get, client.post):
        assert method(f"/tickets/{theirs.number}/macros/{row.pk}/").status_code == 404
    assert template("x").pk

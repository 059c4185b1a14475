"""What the composer's slash offers and puts in."""

from __future__ import annotations

from hallom.automation.models import Signature, TextTemplate
from hallom.automation.snippets import Snippets
from hallom.automation.tests.conftest import macro, template
from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Category, Ticket

SNIPPETS = Snippets()


def labels(user: User, ticket: Ticket, q: str = "") -> list[str]:
    return [one.label for one in SNIPPETS.offered(user, ticket, q=q, kind="public", language="")]


def test_the_customers_language_decides(
    ticket: Ticket, carla: Customer, alice: User, greeting: TextTemplate
) -> None:
    carla.language = "en"
    carla.save()
    ticket.refresh_from_db()
    found = SNIPPETS.snippet(alice, ticket, f"t{greeting.pk}", kind="public", language="")
    assert found is not None
    assert found.html == "<p>Dear Carla, this is Alice Agent.</p>"
    asked = SNIPPETS.snippet(alice, ticket, f"t{greeting.pk}", kind="public", language="hu")
    assert asked is not None
    assert asked.html.startswith("<p>Kedves")


def test_any_language_is_better_than_none(ticket: Ticket, carla: Customer, alice: User) -> None:
    polish = template("Tylko po polsku", pl="<p>Dzień dobry</p>")
    found = SNIPPETS.snippet(alice, ticket, f"t{polish.pk}", kind="public", language="")
    assert found is not None
    assert "Dzień" in found.html
    (offered,) = SNIPPETS.offered(alice, ticket, q="", kind="public", language="")
    assert offered.detail == "polski: Dzień dobry"


def test_the_list_names_variables_as_people_do(ticket: Ticket, alice: User, greeting: TextTemplate) -> None:
    details = [one.detail for one in SNIPPETS.offered(alice, ticket, q="", kind="public", language="en")]
    assert details == ["Dear ‹customer's first name›, this is ‹agent's name›."]


def test_what_is_missing_is_said(ticket: Ticket, alice: User) -> None:
    row = template("Bank", hu="<p>{{ field.iban }} {{ organisation.name }}</p>")
    found = SNIPPETS.snippet(alice, ticket, f"t{row.pk}", kind="public", language="")
    assert found is not None
    assert found.missing == ("field.iban", "customer's organisation")
    assert '<mark data-missing="field.iban">' in found.html


def test_search_knows_no_accents_and_the_category_comes_first(ticket: Ticket, alice: User) -> None:
    template("Árajánlat", hu="<p>a</p>")
    template("Bocsánatkérés", hu="<p>b</p>")
    other = Category.objects.create(name="Else", parent=None)
    TextTemplate.objects.filter(name="Árajánlat").update(category=other)
    TextTemplate.objects.filter(name="Bocsánatkérés").update(category=ticket.category)
    assert labels(alice, ticket) == ["Bocsánatkérés", "Árajánlat"]
    assert labels(alice, ticket, "arajanlat") == ["Árajánlat"]
    assert labels(alice, ticket, "KERES bocs") == ["Bocsánatkérés"]
    assert labels(alice, ticket, "nothing") == []


def test_other_teams_and_retired_ones_are_not_offered(
    ticket: Ticket, alice: User, billing: Team, greeting: TextTemplate
) -> None:
    TextTemplate.objects.create(name="Theirs", team=billing)
    TextTemplate.objects.create(name="Old", is_active=False)
    macro("Theirs", {"do": "watch"}, team=billing)
    macro("Old", {"do": "watch"}, is_active=False)
    assert labels(alice, ticket) == [greeting.name]
    theirs = TextTemplate.objects.get(name="Theirs")
    assert SNIPPETS.snippet(alice, ticket, f"t{theirs.pk}", kind="public", language="") is None


def test_a_macro_brings_its_answer_and_says_the_rest(
    ticket: Ticket, alice: User, greeting: TextTemplate
) -> None:
    row = macro("Welcome", {"do": "reply", "template": greeting.pk}, {"do": "priority", "priority": 3})
    found = SNIPPETS.snippet(alice, ticket, f"m{row.pk}", kind="public", language="")
    assert found is not None
    assert "Kedves" in found.html
    assert found.acts == ("priority → high",)
    assert found.macro == f"m{row.pk}"
    as_note = SNIPPETS.snippet(alice, ticket, f"m{row.pk}", kind="note", language="")
    assert as_note is not None
    assert as_note.html == ""


def test_nonsense_keys_are_nothing(ticket: Ticket, alice: User) -> None:
    for key in ("", "t", "x1", "t99999999999999999999", "m-1", "t1'--"):
        assert SNIPPETS.snippet(alice, ticket, key, kind="public", language="") is None


def test_signatures_by_team_and_language(ticket: Ticket, alice: User, signature: Signature) -> None:
    assert SNIPPETS.signature(alice, ticket, language="") == "<p>Üdvözlettel: Alice Agent</p>"
    assert SNIPPETS.signature(alice, ticket, language="pl") == ""
    Signature.objects.create(team=None, language="pl", html="<p>Pozdrawiamy{{ organisation.name }}</p>")
    assert (
        SNIPPETS.signature(alice, ticket, language="pl")
        == '<p>Pozdrawiamy<mark data-missing="organisation.name"></mark></p>'
    )

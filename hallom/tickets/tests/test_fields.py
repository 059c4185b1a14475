from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.staff.models import User
from hallom.tickets.fields import Definition, WrongValue, clean, in_words
from hallom.tickets.models import Category, Field, FieldKind, Ticket
from hallom.timeline.models import Event


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("text", "  two   words ", "two words"),
        ("text", " ", None),
        ("text", "nul\x00", "nul"),
        ("long_text", " a\n b ", "a\n b"),
        ("number", "1 200,50", "1200.50"),
        ("number", Decimal("3"), "3"),
        ("number", -0.5, "-0.5"),
        ("number", "1e3", "1000"),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", date(2026, 2, 28), "2026-02-28"),
        ("date", datetime(2026, 2, 28, 5), "2026-02-28"),
        ("yes_no", "yes", True),
        ("yes_no", False, False),
        ("choice", "b", "b"),
        ("choices", ["b", "a", "b"], ["a", "b"]),
        ("choices", "a", ["a"]),
        ("choices", [], None),
        ("yes_no", "", None),
        ("date", None, None),
    ],
)
def test_what_is_kept(kind: str, raw: Any, kept: Any) -> None:
    assert clean(Definition("key", kind, ("a", "b")), raw) == kept


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        ("text", "x" * 401, "too_long"),
        ("long_text", "x" * 20_001, "too_long"),
        ("number", "fast", "not_a_number"),
        ("number", "NaN", "not_a_number"),
        ("number", "Infinity", "not_a_number"),
        ("number", True, "not_a_number"),
        ("number", "1e999999", "too_long"),
        ("date", "2026-02-30", "not_a_date"),
        ("date", "tomorrow", "not_a_date"),
        ("yes_no", "perhaps", "not_yes_or_no"),
        ("choice", "c", "not_a_choice"),
        ("choice", ["a"], "not_a_choice"),
        ("choices", ["a", "c"], "not_a_choice"),
        ("choices", {"a": 1}, "not_a_choice"),
        ("nonsense", "a", "unknown_kind"),
    ],
)
def test_what_is_refused(kind: str, raw: Any, code: str) -> None:
    with pytest.raises(WrongValue) as refused:
        clean(Definition("key", kind, ("a", "b")), raw)
    assert (refused.value.key, refused.value.code) == ("key", code)


@given(
    kind=st.sampled_from(FieldKind.values), raw=st.one_of(st.text(), st.integers(), st.floats(), st.none())
)
def test_whatever_is_kept_would_be_kept_the_same_again(kind: str, raw: Any) -> None:
    definition = Definition("key", kind, ("a", "b"))
    try:
        kept = clean(definition, raw)
    except WrongValue:
        return
    assert clean(definition, kept) == kept
    assert isinstance(in_words(kind, kept), str)


@pytest.mark.django_db
class TestOnATicket:
    @pytest.fixture
    def ticket(self, alice: User, now: datetime) -> Ticket:
        for key, kind in (("model", FieldKind.TEXT), ("speed", FieldKind.NUMBER)):
            Field.objects.create(key=key, label=key.title(), kind=kind)
        return Ticket.open("No line", by=alice, now=now)

    def test_they_are_set_and_emptied(self, ticket: Ticket, alice: User, now: datetime) -> None:
        ticket.set_fields({"model": "F660", "speed": "38"}, by=alice, now=now)
        ticket.set_field("model", "", by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).fields == {"speed": "38"}
        events = Event.objects.filter(kind="ticket.fields_set").order_by("id")
        assert [event.data for event in events] == [
            {"old": {"model": None, "speed": None}, "new": {"model": "F660", "speed": "38"}},
            {"old": {"model": "F660"}, "new": {"model": None}},
        ]

    def test_one_wrong_value_changes_none(self, ticket: Ticket, alice: User, now: datetime) -> None:
        with pytest.raises(WrongValue):
            ticket.set_fields({"model": "F660", "speed": "fast"}, by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).fields == {}

    def test_two_who_set_different_ones_are_both_heard(
        self, ticket: Ticket, alice: User, bruno: User, now: datetime
    ) -> None:
        stale = Ticket.objects.get(pk=ticket.pk)
        ticket.set_field("model", "F660", by=alice, now=now)
        stale.set_field("speed", "38", by=bruno, now=now)
        assert Ticket.objects.get(pk=ticket.pk).fields == {"model": "F660", "speed": "38"}

    def test_a_key_nobody_has_made_is_refused(self, ticket: Ticket, alice: User, now: datetime) -> None:
        with pytest.raises(WrongValue) as refused:
            ticket.set_field("colour", "red", by=alice, now=now)
        assert refused.value.code == "unknown"

    def test_setting_the_same_again_tells_nothing(self, ticket: Ticket, alice: User, now: datetime) -> None:
        ticket.set_field("model", "F660", by=alice, now=now)
        ticket.set_field("model", " F660 ", by=alice, now=now)
        assert Event.objects.filter(kind="ticket.fields_set").count() == 1

    def test_they_are_checked_at_the_opening_too(self, ticket: Ticket, alice: User, now: datetime) -> None:
        made = Ticket.open("Slow", by=alice, now=now, fields={"speed": "3,8", "model": ""})
        assert Ticket.objects.get(pk=made.pk).fields == {"speed": "3.8"}
        with pytest.raises(WrongValue):
            Ticket.open("Slow", by=alice, now=now, fields={"speed": "fast"})

    def test_a_field_of_a_category_is_one_of_all_below_it(self, alice: User, now: datetime) -> None:
        fault = Category.objects.create(name="Fault")
        slow = Category.objects.create(name="Slow", parent=fault)
        invoice = Category.objects.create(name="Invoice")
        Field.objects.create(key="model", label="Model", kind=FieldKind.TEXT).categories.add(fault)
        Field.objects.create(key="always", label="Always", kind=FieldKind.TEXT)
        Field.objects.create(key="gone", label="Gone", kind=FieldKind.TEXT, is_active=False)

        def asked(category: Category | None) -> list[str]:
            return [one.key for one in Ticket.open("T", by=alice, now=now, category=category).asked_fields()]

        assert asked(slow) == asked(fault) == ["model", "always"]
        assert asked(invoice) == asked(None) == ["always"]

"""What a list draws without the template language, as the language would."""

from datetime import datetime, timedelta

import pytest
from django.core.paginator import Paginator
from django.utils import translation

from hallom.tickets.addresses import urls_of
from hallom.tickets.due import due_in_full, moment_of
from hallom.tickets.filters import Choice
from hallom.tickets.templatetags.options import options
from hallom.ui.paging import numbers_near


def test_options_say_what_is_chosen_and_let_no_markup_through() -> None:
    drawn = options([Choice("a", "A & <b>", False), Choice('"', "x", True)])
    assert drawn == '<option value="a">A &amp; &lt;b&gt;</option><option value="&quot;" selected>x</option>'
    assert options([("owner:1", "O'Hara")]) == '<option value="owner:1">O&#x27;Hara</option>'


@pytest.mark.parametrize(
    ("here", "shown"),
    [
        (1, [1, 2, None, 9]),
        (2, [1, 2, 3, None, 9]),
        (5, [1, None, 4, 5, 6, None, 9]),
        (8, [1, None, 7, 8, 9]),
        (9, [1, None, 8, 9]),
    ],
)
def test_the_numbers_of_pages_are_the_ends_and_those_beside(here: int, shown: list[int | None]) -> None:
    assert numbers_near(Paginator(range(9), 1).page(here)) == shown


def test_a_moment_follows_the_day_and_the_language(now: datetime) -> None:
    at = now + timedelta(days=1)
    assert due_in_full(at, now).text.startswith("tomorrow ")
    assert due_in_full(at, at).text.startswith("today ")
    with translation.override("hu"):
        assert due_in_full(at, now).text.startswith("holnap ")
    assert moment_of(at, now) == "tomorrow"


def test_the_addresses_of_a_ticket_are_those_of_its_number() -> None:
    assert urls_of(48213)["closure"] == "/tickets/48213/closure/"
    assert urls_of(48214)["page"] == "/tickets/48214/"

"""Every step the switch can write has its words; none of them raises for want of data."""

import re
from types import SimpleNamespace

import pytest
from django.utils import translation

from hallom.calls import plain_words
from hallom.calls.models import Call, JournalEntry
from hallom.calls.spoken_names import Names
from hallom.calls.tests.story import CALL, START, Story
from hallom.staff.models import User
from hallom.switch.journal import KINDS

NAMES = Names({7: "Alice", 8: "Amir", 9: "Bruno"}, {1: "Technical"}, {"210": "Amir (210)"}, {})


def said(kind: str, agent: int | None = 7, **data: object) -> str:
    entry = JournalEntry(kind=kind, at=START, call=CALL, agent=agent, data=data)
    _icon, say, _is_detail = plain_words.WORDS[kind]
    with translation.override("en"):
        return say(entry, NAMES)


def test_every_kind_of_the_journal_has_words_or_stands_elsewhere() -> None:
    assert set(plain_words.WORDS) | plain_words.ELSEWHERE == set(KINDS)
    assert not set(plain_words.WORDS) & plain_words.ELSEWHERE


@pytest.mark.parametrize("kind", sorted(plain_words.WORDS))
def test_no_kind_needs_more_than_its_name(kind: str) -> None:
    """Old journals lack what newer ones tell."""
    words = said(kind, None)
    assert words
    assert "%(" not in words


@pytest.mark.parametrize("kind", sorted(plain_words.WORDS))
def test_every_sign_is_one_the_house_has(kind: str) -> None:
    with open("hallom/ui/icons.txt") as file:
        assert plain_words.WORDS[kind][0] in re.split(r"\s+", file.read())


SENTENCES = [
    ("transfer.started", {"by": 7, "to": "agent:8"}, "Alice sent the caller to Amir."),
    ("transfer.started", {"by": 7, "to": "extension:210"}, "Alice sent the caller to Amir (210)."),
    ("transfer.started", {"by": 7, "to": "queue:1"}, "Alice sent the caller to Technical."),
    (
        "call.returned",
        {"from": 7, "to": "agent:8", "reason": "no_answer", "waited": 25.2, "times": 2},
        "Came back from Amir to Alice after 0:25: did not answer (returned so far: 2).",
    ),
    ("call.parked", {"by": 7, "place": 3}, "Alice parked the caller at place 3."),
    ("watch.joined", {"agent": 9, "of": 7, "mode": "whisper"}, "Bruno is with Alice in the call: whisper."),
    ("call.taken_over", {"agent": 9, "from": 7}, "Bruno took the call over from Alice."),
    ("call.bridged", {"agent": None}, "Talking with the number outside."),
    (
        "call.arrived",
        {"caller": "+36305124478", "dialled": "+3615550100"},
        "Call from +36 30 512 4478 to +36 1 555 0100.",
    ),
    ("queue.left", {"queue": 1, "reason": "abandoned"}, "Hung up while waiting in Technical."),
    (
        "transfer.refused",
        {
            "by": 7,
            "to": "outside:+36301234567",
            "number": "+36301234567",
            "code": "trunk_to_trunk",
            "words": {},
        },
        "+36 30 123 4567 was not given the caller: An outside caller is not passed on to an outside number;"
        " the policy does not allow it.",
    ),
    (
        "dial.refused",
        {"number": "+36301234567", "code": "too_many_calls", "words": {"most": "2"}},
        "+36 30 123 4567 was not dialled: No more than 2 calls at a time.",
    ),
    (
        "dial.ended",
        {"reason": "toll:too_many_calls"},
        "The number outside: No more than … calls at a time.",
    ),
]


@pytest.mark.parametrize(("kind", "data", "expected"), SENTENCES)
def test_what_people_read(kind: str, data: dict[str, object], expected: str) -> None:
    assert said(kind, **data) == expected


@pytest.mark.django_db
def test_names_of_a_whole_call_are_looked_up_at_once(
    alice: User, amir: User, django_assert_max_num_queries: object
) -> None:
    story = Story()("transfer.started", 5, agent=alice.pk, by=alice.pk, to=f"agent:{amir.pk}")
    story("call.parked", 9, agent=amir.pk, by=amir.pk, place=2)
    entries = [SimpleNamespace(**vars(entry)) for entry in story.entries]
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        told = plain_words.steps(Call(id=CALL, arrived_at=START), entries)  # type: ignore[arg-type]
    assert [step.text for step in told] == [
        "Alice Agent sent the caller to Amir Agent.",
        "Amir Agent parked the caller at place 2.",
    ]


@pytest.mark.django_db
def test_a_line_that_ends_is_told_unless_the_whole_call_ends_with_it(alice: User) -> None:
    story = Story()("leg.ended", 5, agent=alice.pk, leg=f"{CALL}-2", by="system", cause="agent_lost")
    story("call.ending", 9, by="customer")("leg.ended", 9, agent=alice.pk, leg=f"{CALL}-3", by="customer")
    entries = [SimpleNamespace(**vars(entry)) for entry in story.entries]
    told = plain_words.steps(Call(id=CALL, arrived_at=START), entries)  # type: ignore[arg-type]
    assert [step.text.split(" (")[0] for step in told if not step.is_detail] == [
        "The line of Alice Agent ended"
    ]

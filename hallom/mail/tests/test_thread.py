"""Which ticket a mail belongs to: a test for each row of docs/algorithms/threading.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.mail.automatic import Automatic
from hallom.mail.parse import parse
from hallom.mail.tests.corpus_makers import mail
from hallom.mail.thread import (
    Decision,
    Evidence,
    Found,
    Kind,
    KnownTicket,
    Numbering,
    Place,
    Rules,
    Standing,
    State,
    Why,
    decide,
    evidence_of,
    numbers_in,
)
from hallom.mail.tokens import Token, make_address, make_message_id

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
KEY = b"k" * 32
CARLA, SUPPLIER, STRANGER = "carla@example.hu", "parts@example.pl", "mallory@example.org"
NUMBERING = Numbering(("#", "Ticket#"), least=10_000, most=99_999)


@dataclass
class House:
    """Ticket 1 is Carla's, number 48213, with a supplier in side thread 7; others as a test adds them."""

    tickets: dict[int, KnownTicket] = field(default_factory=lambda: {1: KnownTicket(1)})
    numbers: dict[int, int] = field(default_factory=lambda: {48213: 1})
    found: list[Found] = field(default_factory=list)
    places: dict[tuple[int, str], Place] = field(
        default_factory=lambda: {
            (1, CARLA): Place(Standing.REQUESTER),
            (1, SUPPLIER): Place(Standing.SIDE, 7),
        }
    )
    asked: int = 0

    def by_ids(self, identifiers: Sequence[str]) -> Sequence[Found]:
        self.asked += 1
        return [one for one in self.found if one.identifier in identifiers]

    def by_number(self, number: int) -> int | None:
        return self.numbers.get(number)

    def ticket(self, ticket: int) -> KnownTicket | None:
        return self.tickets.get(ticket)

    def place(self, ticket: int, side: int | None, address: str) -> Place:
        return self.places.get((ticket, address), Place(Standing.STRANGER))


def decided(evidence: Evidence, house: House | None = None, rules: Rules | None = None) -> Decision:
    return decide(evidence, house or House(), now=NOW, rules=rules)


SIGNS = [
    (Evidence(CARLA, address_tokens=(Token(1),)), Why.ADDRESS_TOKEN),
    (Evidence(CARLA, message_tokens=(Token(1),)), Why.MESSAGE_TOKEN),
    (Evidence(CARLA, identifiers=("theirs@x",)), Why.MESSAGE_ID),
    (Evidence(CARLA, numbers=(48213,)), Why.NUMBER),
    (Evidence(CARLA, identifiers=("root@x",)), Why.SIBLING),
]
KNOWN = [Found("theirs@x", 1), Found("root@x", 1, is_named=True)]


@pytest.mark.parametrize(("evidence", "why"), SIGNS, ids=[why for _, why in SIGNS])
def test_each_sign_leads_to_the_ticket(evidence: Evidence, why: Why) -> None:
    decision = decided(evidence, House(found=KNOWN))
    assert decision == Decision(Kind.REPLY, 1, None, why, False, Standing.REQUESTER)


@pytest.mark.parametrize(("evidence", "why"), SIGNS, ids=[why for _, why in SIGNS])
def test_with_each_sign_one_who_does_not_belong_is_a_stranger(evidence: Evidence, why: Why) -> None:
    stranger = Evidence(
        STRANGER, evidence.address_tokens, evidence.message_tokens, evidence.identifiers, evidence.numbers
    )
    assert decided(stranger, House(found=KNOWN)) == Decision(Kind.STRANGER, 1, None, why)


def test_a_mail_without_a_sender_is_a_stranger_s() -> None:
    assert decided(Evidence("", address_tokens=(Token(1),))).kind is Kind.STRANGER


def test_a_token_is_enough_where_the_ticket_says_so() -> None:
    house = House(tickets={1: KnownTicket(1, admits_bearers=True)})
    assert decided(Evidence(STRANGER, address_tokens=(Token(1),)), house).kind is Kind.REPLY
    assert decided(Evidence(STRANGER, numbers=(48213,)), house).kind is Kind.STRANGER


@pytest.mark.parametrize("standing", [Standing.CC, Standing.COLLEAGUE, Standing.STAFF])
def test_cc_colleagues_and_staff_belong(standing: Standing) -> None:
    house = House(places={(1, "other@example.hu"): Place(standing)})
    decision = decided(Evidence("other@example.hu", numbers=(48213,)), house)
    assert (decision.kind, decision.sender_standing) == (Kind.REPLY, standing)


def test_the_surest_sign_in_which_the_sender_belongs_decides() -> None:
    house = House(
        tickets={1: KnownTicket(1), 2: KnownTicket(2)},
        places={(2, CARLA): Place(Standing.REQUESTER)},
        found=[Found("theirs@x", 2)],
    )
    evidence = Evidence(CARLA, address_tokens=(Token(1),), identifiers=("theirs@x",))
    assert decided(evidence, house) == Decision(
        Kind.REPLY, 2, None, Why.MESSAGE_ID, False, Standing.REQUESTER
    )


def test_the_nearest_reference_comes_first() -> None:
    house = House(
        tickets={1: KnownTicket(1), 2: KnownTicket(2)},
        places={(1, CARLA): Place(Standing.REQUESTER), (2, CARLA): Place(Standing.REQUESTER)},
        found=[Found("old@x", 1), Found("new@x", 2)],
    )
    assert decided(Evidence(CARLA, identifiers=("new@x", "old@x")), house).ticket == 2


def test_a_third_party_s_answer_stays_in_its_conversation() -> None:
    decision = decided(Evidence(SUPPLIER, address_tokens=(Token(1, 7),)))
    assert (decision.kind, decision.ticket, decision.side) == (Kind.REPLY, 1, 7)
    closed = House(tickets={1: KnownTicket(1, State.CLOSED, closed_at=NOW - timedelta(days=100))})
    late = decided(Evidence(SUPPLIER, address_tokens=(Token(1, 7),)), closed)
    assert (late.kind, late.side, late.reopens) == (Kind.REPLY, 7, False)


def test_a_merged_ticket_s_mail_goes_where_it_is_shown() -> None:
    house = House(
        tickets={1: KnownTicket(1, merged_into=2), 2: KnownTicket(2, merged_into=3), 3: KnownTicket(3)},
        places={(3, CARLA): Place(Standing.REQUESTER)},
    )
    assert decided(Evidence(CARLA, numbers=(48213,)), house).ticket == 3


def test_tickets_merged_in_a_circle_hold_nobody_up() -> None:
    house = House(tickets={1: KnownTicket(1, merged_into=2), 2: KnownTicket(2, merged_into=1)})
    assert decided(Evidence(CARLA, numbers=(48213,)), house).kind in (Kind.REPLY, Kind.STRANGER)


@pytest.mark.parametrize("state", [State.SOLVED, State.CLOSED])
def test_solved_and_lately_closed_tickets_open_again(state: State) -> None:
    house = House(tickets={1: KnownTicket(1, state, closed_at=NOW - timedelta(days=14))})
    decision = decided(Evidence(CARLA, numbers=(48213,)), house)
    assert (decision.kind, decision.reopens) == (Kind.REPLY, True)


def test_a_ticket_closed_long_ago_is_followed_by_another() -> None:
    house = House(tickets={1: KnownTicket(1, State.CLOSED, closed_at=NOW - timedelta(days=15))})
    decision = decided(Evidence(CARLA, numbers=(48213,)), house)
    assert decision == Decision(
        Kind.NEW, why=Why.CLOSED_LONG_AGO, sender_standing=Standing.REQUESTER, linked=1
    )
    assert decided(Evidence(CARLA, numbers=(48213,)), house, Rules(timedelta(days=30))).kind is Kind.REPLY


def test_a_deleted_ticket_is_followed_by_another_and_a_stranger_learns_nothing_of_it() -> None:
    house = House(tickets={1: KnownTicket(1, State.DELETED)})
    decision = decided(Evidence(CARLA, numbers=(48213,)), house)
    assert (decision.kind, decision.linked, decision.why) == (Kind.NEW, 1, Why.DELETED)
    assert decided(Evidence(STRANGER, numbers=(48213,)), house) == Decision(Kind.NEW)


@pytest.mark.parametrize(
    "kind", [Automatic.OUT_OF_OFFICE, Automatic.AUTO_REPLY, Automatic.BOUNCE, Automatic.OWN]
)
def test_answers_of_machines_neither_open_nor_reopen(kind: Automatic) -> None:
    assert decided(Evidence(CARLA, automatic=kind)).kind is Kind.ASIDE
    for state, days in ((State.SOLVED, 1), (State.CLOSED, 1), (State.CLOSED, 100)):
        house = House(tickets={1: KnownTicket(1, state, closed_at=NOW - timedelta(days=days))})
        decision = decided(Evidence(CARLA, numbers=(48213,), automatic=kind), house)
        assert (decision.kind, decision.ticket, decision.reopens) == (Kind.REPLY, 1, False)
    deleted = House(tickets={1: KnownTicket(1, State.DELETED)})
    assert decided(Evidence(CARLA, numbers=(48213,), automatic=kind), deleted).kind is Kind.ASIDE


@pytest.mark.parametrize("kind", [Automatic.GENERATED, Automatic.LIST, Automatic.BULK])
def test_notices_may_be_a_matter_of_their_own(kind: Automatic) -> None:
    assert decided(Evidence(CARLA, automatic=kind)).kind is Kind.NEW


def test_a_mail_that_points_nowhere_is_new_and_asks_for_nothing() -> None:
    house = House()
    assert decided(Evidence(CARLA), house) == Decision(Kind.NEW)
    assert house.asked == 0
    assert decided(Evidence(CARLA, address_tokens=(Token(99),), numbers=(50000,)), house) == Decision(
        Kind.NEW
    )


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: [#48213] Nincs internet", (48213,)),
        ("[ #48213 ] x [#48214]", (48213, 48214)),
        ("VÁ: [TICKET#48213] x", (48213,)),
        ("Ticket#48213: x", (48213,)),
        ("myTicket#48213", ()),
        ("order #48213", ()),
        ("[#4821]", ()),
        ("[#482130]", ()),
        ("[#48213a]", ()),
        ("Ticket#482139", ()),
        ("", ()),
    ],
)
def test_numbers_in_subjects(subject: str, numbers: tuple[int, ...]) -> None:
    assert numbers_in(subject, NUMBERING) == numbers


def test_what_a_mail_says_about_where_it_belongs() -> None:
    ours = make_message_id("example.com", Token(1), KEY, unique="a")
    address = make_address("help@example.com", Token(1, 7), KEY)
    parsed = parse(
        mail(
            "From: Carla <Carla@Example.hu>",
            "Subject: Re: [#48213] x",
            f"In-Reply-To: <{ours}>",
            "References: <a@x> <b@x>",
        )
    )
    evidence = evidence_of(
        parsed, recipients=["help@example.com", address, address], keys=[KEY], numbering=NUMBERING
    )
    assert evidence == Evidence(CARLA, (Token(1, 7),), (Token(1),), (ours, "b@x", "a@x"), (48213,))
    assert evidence_of(parsed, recipients=[], keys=[], numbering=NUMBERING, sender="x@y").sender == "x@y"


@given(st.text(max_size=60), st.sampled_from(["#", "Ticket#", "[", "(?", "\\", "Ügy "]))
def test_any_subject_and_any_tag(subject: str, tag: str) -> None:
    numbers_in(f"{subject} [{tag}48213]", Numbering((tag,)))
    assert 48213 in numbers_in(f"[{tag}48213]", Numbering((tag,)))

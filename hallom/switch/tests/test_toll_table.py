"""Every number in every spelling on every way out."""

import pytest

from hallom.switch import numbers, toll
from hallom.switch.numbers import CalledNumber, Kind, Plan, Unreadable, dialled
from hallom.switch.tests.dialled_table import OK, TABLE, Row
from hallom.switch.toll import Allowed, Caller, Narrower, Policy, Refused, Usage, Way, decide

NOW = 1_784_200_000.0
PLAN = Plan(
    countries=("HU",),
    extensions=frozenset({"201", "204", "1818"}),
    services={"*70": "park"},
    emergency_countries=("HU", "PL"),
)
POLICY = Policy(
    countries=frozenset({"HU", "PL", "DE"}),
    listed=("+3690555111",),
    ways={
        Way.DIAL: Narrower(),
        Way.TRANSFER: Narrower(countries=frozenset({"HU", "PL"})),
        Way.DIVERSION: Narrower(frozenset({"HU"}), frozenset({Kind.FIXED, Kind.MOBILE})),
        Way.PROMISE: Narrower(),
        Way.API: Narrower(kinds=frozenset({Kind.FIXED})),
    },
    caller_numbers=("+3615550100",),
    trunks=("north", "south"),
    emergency_trunks=("south", "north"),
)


def fate(spelling: str, way: Way) -> str:
    caller = Caller(agent=7, is_signed_in=True, way=way)
    decision = decide(dialled(spelling, PLAN), caller, Usage(), POLICY, NOW)
    return OK if isinstance(decision, Allowed) else decision.code


def test_the_table_is_long_enough_and_names_nothing_twice() -> None:
    assert len(TABLE) >= 150
    assert len({row.spelling for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: repr(row.spelling[:40]))
def test_a_number_is_read_and_judged(row: Row) -> None:
    destination = dialled(row.spelling, PLAN)
    assert (destination.number if isinstance(destination, CalledNumber) else "") == row.number
    assert {way.value: fate(row.spelling, way) for way in Way} == row.fate._asdict()


def test_every_code_of_an_unreadable_number_is_in_the_table_or_below() -> None:
    told = {
        destination.code
        for row in TABLE
        if isinstance(destination := dialled(row.spelling, PLAN), Unreadable)
    }
    assert told | {"ambiguous", "no_such_number"} == numbers.CODES


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("501234567", Unreadable("ambiguous")),  # a Hungarian and a Polish mobile number
        ("22 123 45 67", "+48221234567"),
        ("06 50 123 4567", "+36501234567"),
        ("+48 501 234 567", "+48501234567"),
        ("30 512 4478", "+36305124478"),
    ],
)
def test_a_house_in_two_countries_reads_both_and_guesses_never(spelling: str, expected: object) -> None:
    destination = dialled(spelling, Plan(countries=("HU", "PL")))
    assert (destination.number if isinstance(destination, CalledNumber) else destination) == expected


@pytest.mark.parametrize(
    ("spelling", "number"),
    [
        ("22 123 45 67", "+48221234567"),
        ("601-234-567", "+48601234567"),
        ("0048 601 234 567", "+48601234567"),
        ("48601234567", "+48601234567"),
        ("0036 1 555 0100", "+3615550100"),
        ("19115", "19115"),
        ("999", "999"),
    ],
)
def test_a_polish_house_dials_as_poland_does(spelling: str, number: str) -> None:
    destination = dialled(spelling, Plan(countries=("PL",)))
    assert isinstance(destination, CalledNumber)
    assert destination.number == number


def test_a_polish_house_knows_no_hungarian_and_no_old_prefix() -> None:
    assert dialled("0 601 234 567", Plan(countries=("PL",))) == Unreadable("no_such_number")
    assert dialled("06 30 512 4478", Plan(countries=("PL",))) == Unreadable("too_long")


def test_no_extension_hides_an_emergency_number() -> None:
    plan = Plan(extensions=frozenset({"112", "104", "+36112"}), services={"105": "park"})
    for number in ("112", "104", "105", "+36112", "sip:112@h"):
        destination = dialled(number, plan)
        assert isinstance(destination, CalledNumber)
        assert destination.sort is numbers.Sort.EMERGENCY


def test_post_dial_digits_are_kept_beside_the_number() -> None:
    destination = dialled("06 1 555 0100 p12w34#", PLAN)
    assert destination == CalledNumber(numbers.Sort.EXTERNAL, "+3615550100", "HU", Kind.FIXED, ",12,34#")


def test_the_empty_policy_lets_nothing_out_but_calls_for_help() -> None:
    """Not one row: whoever forgets to write a policy has forbidden everything."""
    for row in TABLE:
        for way in Way:
            decision = decide(dialled(row.spelling, PLAN), Caller(7, True, way), Usage(), toll.Policy(), NOW)
            destination = dialled(row.spelling, PLAN)
            goes_out = isinstance(destination, CalledNumber) and destination.sort is numbers.Sort.EXTERNAL
            assert isinstance(decision, Refused) or not goes_out, row

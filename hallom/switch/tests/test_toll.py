"""Caps, hours, ways, caller numbers: what a policy refuses beside numbers."""

from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.flow.hours import Hours, Opening
from hallom.switch.numbers import CalledNumber, Kind, Plan, Sort, Unreadable, dialled
from hallom.switch.tests.dialled_table import TABLE
from hallom.switch.toll import (
    CODES,
    LISTED_ONLY,
    Allowed,
    Caller,
    Narrower,
    Policy,
    Prices,
    Refused,
    Usage,
    Way,
    decide,
)

NOW = datetime(2026, 7, 16, 8, 50, tzinfo=UTC).timestamp()
MOBILE = CalledNumber(Sort.EXTERNAL, "+36305124478", "HU", Kind.MOBILE)
FREE = CalledNumber(Sort.EXTERNAL, "+3680123456", "HU", Kind.TOLL_FREE)
POLICE = CalledNumber(Sort.EMERGENCY, "112")
ALICE = Caller(agent=7, is_signed_in=True)
UNUSED = Usage()
PRICES = Prices("HUF", {"+36": Decimal(10), "+3630": Decimal(30), "+36305": Decimal(60)})
POLICY = Policy(
    name="Agents",
    countries=frozenset({"HU"}),
    ways={way: Narrower() for way in Way},
    calls_most=2,
    seconds_a_day=3600.0,
    money_a_day=Decimal(1000),
    prices=PRICES,
    caller_numbers=("+3615550100", "+3615550101"),
    trunks=("north", "south"),
    emergency_trunks=("south", "north"),
    emergency_number="+3615550199",
)


def refusal(policy: Policy = POLICY, caller: Caller = ALICE, usage: Usage = UNUSED, **facts: Any) -> Refused:
    decision = decide(facts.get("to", MOBILE), caller, usage, policy, facts.get("now", NOW))
    assert isinstance(decision, Refused)
    assert decision.code in CODES
    return decision


def allowed(policy: Policy = POLICY, caller: Caller = ALICE, usage: Usage = UNUSED, **facts: Any) -> Allowed:
    decision = decide(facts.get("to", MOBILE), caller, usage, policy, facts.get("now", NOW))
    assert isinstance(decision, Allowed)
    return decision


def test_an_allowed_call_takes_the_trunks_in_order_and_shows_the_first_number() -> None:
    assert allowed() == Allowed(("north", "south"), "+3615550100", seconds_most=1000.0, price=Decimal(60))


def test_a_way_that_is_not_named_is_closed() -> None:
    policy = replace(POLICY, ways={Way.DIAL: Narrower()})
    assert refusal(policy, replace(ALICE, way=Way.API)) == Refused("way_refused", {"way": "api"})
    assert refusal(Policy()).code == "no_policy"


@pytest.mark.parametrize("way", Way)
def test_who_is_not_signed_in_may_not_dial_but_his_promises_and_diversions_go_on(way: Way) -> None:
    caller = Caller(agent=7, is_signed_in=False, way=way)
    if way in (Way.DIAL, Way.TRANSFER):
        assert refusal(caller=caller).code == "not_signed_in"
    else:
        assert allowed(caller=caller)
    if way is Way.DIAL:
        assert refusal(caller=Caller(agent=None, is_signed_in=True)).code == "not_signed_in"


def test_a_burst_of_attempts_is_stopped_and_over_after_the_time() -> None:
    policy = replace(POLICY, attempts_most=3, attempts_seconds=60.0)
    burst = Usage(attempts=(NOW - 59, NOW - 30, NOW - 1))
    assert refusal(policy, usage=burst) == Refused("too_many_attempts", {"most": "3", "seconds": "60"})
    assert allowed(policy, usage=burst, now=NOW + 2)


@pytest.mark.parametrize(
    ("listed", "refused", "code"),
    [
        ((), ("+3630",), "number_refused"),
        (("+3630512",), ("+3630",), ""),
        (("+3630",), ("+3630512",), "number_refused"),
        (("+3630",), ("+3630",), "number_refused"),
        ((), ("",), ""),
    ],
)
def test_the_longer_beginning_counts_and_of_equals_the_refused(
    listed: tuple[str, ...], refused: tuple[str, ...], code: str
) -> None:
    policy = replace(POLICY, listed=listed, refused=refused)
    if code:
        assert refusal(policy).code == code
    else:
        assert allowed(policy)


@pytest.mark.parametrize("kind", sorted(LISTED_ONLY))
def test_premium_satellite_and_unknown_numbers_must_be_listed_whatever_is_allowed(kind: Kind) -> None:
    generous = replace(POLICY, kinds=frozenset(Kind), countries=frozenset({"HU", ""}), money_a_day=None)
    to = CalledNumber(Sort.EXTERNAL, "+8816123456", "", kind)
    assert refusal(generous, to=to).code == f"{kind}_refused"
    assert allowed(replace(generous, listed=("+8816",)), to=to)


def test_a_way_may_leave_less_than_its_policy_and_never_more() -> None:
    narrow = replace(POLICY, ways={Way.DIAL: Narrower(frozenset({"HU", "US"}), frozenset({Kind.FIXED}))})
    assert refusal(narrow) == Refused("kind_refused", {"kind": "mobile"})
    us = CalledNumber(Sort.EXTERNAL, "+12025550123", "US", Kind.FIXED)
    assert refusal(narrow, to=us) == Refused("country_refused", {"country": "US"})
    listed = replace(narrow, listed=("+8816",))
    to = CalledNumber(Sort.EXTERNAL, "+8816123456", "", Kind.SATELLITE)
    assert refusal(listed, to=to) == Refused("country_refused", {"country": ""})


@pytest.mark.parametrize("way", Way)
def test_two_trunks_are_joined_only_where_that_is_allowed(way: Way) -> None:
    caller = replace(ALICE, way=way, party_on_trunk=True)
    if way in (Way.TRANSFER, Way.DIVERSION):
        assert refusal(caller=caller).code == "trunk_to_trunk"
    assert allowed(replace(POLICY, joins_trunks=True), caller)


def test_outside_its_hours_a_policy_allows_nothing() -> None:
    office = Hours("Europe/Budapest", ((Opening(time(8), time(18)),),) * 5 + ((),) * 2)
    policy = replace(POLICY, hours=office)
    assert allowed(policy)
    night = datetime(2026, 7, 16, 22, 0, tzinfo=UTC).timestamp()
    saturday = datetime(2026, 7, 18, 8, 50, tzinfo=UTC).timestamp()
    assert refusal(policy, now=night).code == refusal(policy, now=saturday).code == "outside_hours"


def test_calls_at_a_time_are_capped() -> None:
    assert allowed(usage=Usage(calls_now=1))
    assert refusal(usage=Usage(calls_now=2)) == Refused("too_many_calls", {"most": "2"})
    assert allowed(replace(POLICY, calls_most=None), usage=Usage(calls_now=200))


def test_minutes_a_day_are_capped_and_shared_by_the_calls_that_go_on() -> None:
    policy = replace(POLICY, money_a_day=None)
    assert refusal(policy, usage=Usage(seconds_today=3600)) == Refused("minutes_used_up", {"minutes": "60"})
    assert allowed(policy, usage=Usage(seconds_today=3000)).seconds_most == 600
    assert allowed(policy, usage=Usage(seconds_today=3000, calls_now=1)).seconds_most == 300
    assert allowed(replace(policy, seconds_a_day=None)).seconds_most is None


def test_money_a_day_is_capped_by_the_price_of_the_longest_beginning() -> None:
    spent = Usage(money_today=Decimal("999.99"))
    assert allowed(usage=spent).seconds_most == 0
    assert refusal(usage=replace(spent, money_today=Decimal(1000))) == Refused(
        "money_used_up", {"money": "1000 HUF"}
    )
    assert allowed(usage=Usage(money_today=Decimal(940))).seconds_most == 60
    assert (
        allowed(usage=Usage(money_today=Decimal(940), calls_now=1, prices_now=(Decimal(60),))).seconds_most
        == 30
    )
    assert PRICES.of(replace(MOBILE, number="+36301111111")) == 30
    assert PRICES.of(replace(MOBILE, number="+3615550100")) == 10


def test_with_a_cap_on_money_what_has_no_price_is_not_dialled() -> None:
    without = replace(POLICY, prices=Prices("HUF", {"+48": Decimal(1)}))
    assert refusal(without).code == "no_price"
    assert allowed(without, to=FREE).price == 0
    assert allowed(replace(without, money_a_day=None)).price is None
    assert allowed(to=replace(FREE, number="+3680123456"), usage=Usage(money_today=Decimal(990)))


def test_only_the_allowed_numbers_are_shown_to_the_called() -> None:
    assert allowed(caller=replace(ALICE, caller_number="+3615550101")).caller_number == "+3615550101"
    assert refusal(caller=replace(ALICE, caller_number="+3611111111")) == Refused(
        "caller_number_refused", {"number": "+3611111111"}
    )
    assert refusal(replace(POLICY, caller_numbers=())).code == "no_caller_number"
    assert refusal(replace(POLICY, trunks=())).code == "no_trunk"


def test_inside_calls_need_no_policy() -> None:
    for sort in (Sort.EXTENSION, Sort.SERVICE):
        assert decide(CalledNumber(sort, "204"), Caller(), Usage(calls_now=99), Policy(), NOW) == Allowed()


def test_help_is_called_over_every_cap_by_anybody_on_every_way() -> None:
    used_up = Usage(99, (), 1e9, Decimal(10**9), (NOW,) * 99)
    for way in Way:
        caller = Caller(agent=None, way=way, party_on_trunk=True, caller_number="+3611111111")
        for policy in (
            POLICY,
            replace(POLICY, ways={}, calls_most=0, refused=("112", "1"), hours=Hours("UTC", ((),) * 7)),
        ):
            assert decide(POLICE, caller, used_up, policy, NOW) == Allowed(("south", "north"), "+3615550199")


# Whatever somebody writes

MONEY = st.decimals(min_value=0, max_value=10**6, places=2)
ANYTHING = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"(sip:|tel:|)[+0-9 ()*#/.,;pwx-]{0,30}(;ext=[0-9]*|@h|)", fullmatch=True),
    st.sampled_from([row.spelling for row in TABLE]),
)
PLANS = st.builds(
    Plan,
    countries=st.lists(st.sampled_from(["HU", "PL", "DE", "US", "IT", "XX"]), max_size=3).map(tuple),
    extensions=st.frozensets(st.text("0123456789", min_size=1, max_size=4), max_size=3),
    emergency_countries=st.sampled_from([(), ("HU",), ("HU", "PL"), ("XX",)]),
)
CALLERS = st.builds(
    Caller,
    agent=st.sampled_from([None, 7]),
    is_signed_in=st.booleans(),
    way=st.sampled_from(Way),
    party_on_trunk=st.booleans(),
)
USAGES = st.builds(
    Usage,
    calls_now=st.integers(0, 5),
    prices_now=st.lists(MONEY, max_size=3).map(tuple),
    seconds_today=st.floats(0, 1e6),
    money_today=MONEY,
    attempts=st.lists(st.floats(NOW - 100, NOW), max_size=20).map(tuple),
)
COUNTRIES = st.frozensets(st.sampled_from(["HU", "PL", "DE", "US"]))
KINDS = st.frozensets(st.sampled_from(Kind))
BEGINNINGS = st.lists(st.sampled_from(["", "+36", "+3690", "+48", "+8", "1", "+1876"]), max_size=3).map(tuple)
POLICIES = st.builds(
    Policy,
    countries=COUNTRIES,
    kinds=KINDS,
    listed=BEGINNINGS,
    refused=BEGINNINGS,
    ways=st.dictionaries(
        st.sampled_from(Way), st.builds(Narrower, st.none() | COUNTRIES, st.none() | KINDS), max_size=5
    ),
    joins_trunks=st.booleans(),
    calls_most=st.none() | st.integers(0, 3),
    seconds_a_day=st.none() | st.floats(0, 1e6),
    money_a_day=st.none() | MONEY,
    prices=st.builds(Prices, st.just("HUF"), st.dictionaries(st.sampled_from(["+36", "+48", "1"]), MONEY)),
    caller_numbers=st.sampled_from([(), ("+3615550100",)]),
    trunks=st.sampled_from([(), ("north",), ("north", "south")]),
)
# Closed policies refuse nearly everything for some reason or other; these refuse for the number alone.
OPEN_POLICIES = st.builds(
    Policy,
    countries=st.just(frozenset({"HU", "PL", "DE", "US", "GB"})) | COUNTRIES,
    kinds=st.just(frozenset(Kind)) | KINDS,
    listed=BEGINNINGS,
    refused=BEGINNINGS,
    ways=st.just({way: Narrower() for way in Way}),
    joins_trunks=st.just(True),
    caller_numbers=st.just(("+3615550100",)),
    trunks=st.just(("north",)),
)


@given(st.sampled_from(sorted({row.number for row in TABLE if row.number})), OPEN_POLICIES)
def test_where_the_number_alone_decides_it_must_be_on_the_list(raw: str, policy: Policy) -> None:
    destination = dialled(raw, Plan())
    decision = decide(destination, ALICE, UNUSED, policy, NOW)
    if isinstance(destination, Unreadable) or destination.sort is not Sort.EXTERNAL:
        return
    allowed_by = [one for one in policy.listed if one and destination.number.startswith(one)]
    refused_by = [one for one in policy.refused if one and destination.number.startswith(one)]
    if max(map(len, refused_by), default=0) >= max(map(len, allowed_by), default=1):
        expected = False
    elif allowed_by:
        expected = True
    else:
        expected = destination.country in policy.countries and destination.kind in policy.kinds - LISTED_ONLY
    assert isinstance(decision, Allowed) is expected


@given(ANYTHING, PLANS, CALLERS, USAGES, POLICIES)
def test_nothing_raises_and_nothing_gets_out_that_is_not_on_the_list(
    raw: str, plan: Plan, caller: Caller, usage: Usage, policy: Policy
) -> None:
    destination = dialled(raw, plan)
    decision = decide(destination, caller, usage, policy, NOW)
    if isinstance(destination, Unreadable):
        assert decision == Refused(destination.code)
        return
    if destination.sort is Sort.EMERGENCY:
        assert isinstance(decision, Allowed)
        return
    if destination.sort is not Sort.EXTERNAL or isinstance(decision, Refused):
        return
    listed = any(one and destination.number.startswith(one) for one in policy.listed)
    on_the_list = destination.country in policy.countries and destination.kind in policy.kinds - LISTED_ONLY
    assert listed or on_the_list
    assert caller.way in policy.ways
    assert decision.trunks
    assert decision.caller_number in policy.caller_numbers
    assert decision.seconds_most is None or decision.seconds_most >= 0
    assert policy.calls_most is None or usage.calls_now < policy.calls_most


@given(ANYTHING, PLANS)
def test_what_is_judged_is_what_is_dialled(raw: str, plan: Plan) -> None:
    """The number handed on is plain: nothing hides in it that the judgement did not see, and it reads as itself."""
    destination = dialled(raw, plan)
    if isinstance(destination, Unreadable) or destination.sort is not Sort.EXTERNAL:
        return
    assert destination.number.isascii()
    assert destination.number.removeprefix("+").isdigit()
    assert len(destination.number) <= 16
    again = dialled(destination.number, replace(plan, extensions=frozenset()))
    assert again == replace(destination, post_dial="")


@given(
    st.sampled_from(["112", "104", "105", "107", "997", "998", "999"]),
    CALLERS,
    USAGES,
    POLICIES,
    st.booleans(),
)
def test_whoever_calls_for_help_gets_through(
    number: str, caller: Caller, usage: Usage, policy: Policy, hidden: bool
) -> None:
    plan = Plan(extensions=frozenset({number} if hidden else ()))
    policy = replace(policy, emergency_trunks=("north",))
    decision = decide(dialled(number, plan), caller, usage, policy, NOW)
    assert isinstance(decision, Allowed)
    assert decision.trunks == ("north",)
    assert decision.seconds_most is None

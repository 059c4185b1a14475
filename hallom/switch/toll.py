"""Whether a call may go out: nothing may that a policy does not allow, but whoever calls for help always gets through."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from hallom.flow.hours import ALWAYS, Hours
from hallom.switch.numbers import CalledNumber, Kind, Plan, Sort, Unreadable, dialled

# Billed by what nobody here can foresee: only the numbers a policy lists, whatever its countries.
LISTED_ONLY = frozenset({Kind.PREMIUM, Kind.SATELLITE, Kind.UNKNOWN})
LISTED_ONLY_CODES = {
    Kind.PREMIUM: "premium_refused",
    Kind.SATELLITE: "satellite_refused",
    Kind.UNKNOWN: "unknown_refused",
}
ORDINARY = frozenset({Kind.FIXED, Kind.MOBILE, Kind.TOLL_FREE, Kind.SHORT})


class Way(StrEnum):
    """How a call comes to leave the house."""

    DIAL = "dial"
    TRANSFER = "transfer"
    DIVERSION = "diversion"
    PROMISE = "promise"
    API = "api"


TRUNK_TO_TRUNK = "trunk_to_trunk"
# Nobody need be at the telephone for the others.
HANDS_ON = frozenset({Way.DIAL, Way.TRANSFER})


@dataclass(frozen=True, slots=True)
class Narrower:
    """What a way leaves of its policy; None leaves all of it."""

    countries: frozenset[str] | None = None
    kinds: frozenset[Kind] | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """Money a minute by the beginning of the number (`+3630`, `1223`); the longest beginning counts."""

    currency: str = ""
    per_minute: Mapping[str, Decimal] = field(default_factory=dict)

    def of(self, destination: CalledNumber) -> Decimal | None:
        """None for a number that no beginning matches."""
        number = destination.number
        for length in range(len(number), 0, -1):
            price = self.per_minute.get(number[:length])
            if price is not None:
                return price
        return Decimal(0) if destination.kind is Kind.TOLL_FREE else None


@dataclass(frozen=True, slots=True)
class Policy:
    """What its callers may dial; the empty one lets nothing out but emergency calls.

    `listed` are beginnings of numbers allowed whatever their country and kind, `refused` never: the longer one counts.
    A way that `ways` does not name is closed. Of caps, None is no cap. With a cap on money a number without a price is
    refused. `trunks` are in order; `emergency_trunks` are tried when somebody calls for help.
    """

    name: str = ""
    countries: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = ORDINARY
    listed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    ways: Mapping[Way, Narrower] = field(default_factory=dict)
    hours: Hours = ALWAYS
    joins_trunks: bool = False
    calls_most: int | None = None
    seconds_a_day: float | None = None
    money_a_day: Decimal | None = None
    prices: Prices = Prices()
    attempts_most: int = 10
    attempts_seconds: float = 60.0
    caller_numbers: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()
    emergency_trunks: tuple[str, ...] = ()
    emergency_number: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who answers for the call. `agent` is None for a telephone that is nobody's.

    `party_on_trunk`: whoever is to be connected is on a trunk himself (a customer passed on or diverted).
    `caller_number` is what he wishes to be shown; empty takes the policy's first.
    """

    agent: int | None = None
    is_signed_in: bool = False
    way: Way = Way.DIAL
    party_on_trunk: bool = False
    caller_number: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the caller has used since midnight of the house, calls that go on included up to now.

    `prices_now` are the prices a minute of those that go on; `attempts` are epoch times of his attempts, refused ones too.
    """

    calls_now: int = 0
    prices_now: tuple[Decimal, ...] = ()
    seconds_today: float = 0.0
    money_today: Decimal = Decimal(0)
    attempts: tuple[float, ...] = ()

    def attempts_since(self, start: float) -> int:
        return sum(attempt > start for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Allowed:
    """`seconds_most` from now a cap of the caller is reached, by this call and his others together; None is never.

    It holds for all his calls that go on: the earlier ones get this new value, too.
    """

    trunks: tuple[str, ...] = ()
    caller_number: str = ""
    seconds_most: float | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """`code` is one of `CODES` or of `numbers.CODES`; `words` fill its sentence."""

    code: str
    words: Mapping[str, str] = field(default_factory=dict)


Decision = Allowed | Refused
CODES = frozenset({
    *LISTED_ONLY_CODES.values(), "no_policy", "way_refused", "not_signed_in", "too_many_attempts", "number_refused",
    "country_refused", "kind_refused", "trunk_to_trunk", "outside_hours", "too_many_calls", "minutes_used_up",
    "money_used_up", "no_price", "caller_number_refused", "no_caller_number", "no_trunk",
})  # fmt: skip


def decide(
    destination: CalledNumber | Unreadable, caller: Caller, usage: Usage, policy: Policy, now: float
) -> Decision:
    """The same answer for every way out; never raises. `now` is seconds of the epoch."""
    if isinstance(destination, Unreadable):
        return Refused(destination.code)
    if destination.sort is Sort.EMERGENCY:
        return Allowed(policy.emergency_trunks or policy.trunks, policy.emergency_number)
    if destination.sort is not Sort.EXTERNAL:
        return Allowed()
    return (
        _refused_way(caller, policy)
        or _refused_attempt(usage, policy, now)
        or _refused_number(destination, policy)
        or _refused_narrower(destination, policy.ways[caller.way])
        or _refused_circumstances(caller, policy, now)
        or _refused_cap(destination, usage, policy)
        or _refused_line(caller, policy)
        or _allowed(destination, caller, usage, policy)
    )


def _refused_way(caller: Caller, policy: Policy) -> Refused | None:
    if not policy.ways:
        return Refused("no_policy")
    if caller.way not in policy.ways:
        return Refused("way_refused", {"way": caller.way})
    if caller.way in HANDS_ON and (caller.agent is None or not caller.is_signed_in):
        return Refused("not_signed_in")
    return None


def _refused_attempt(usage: Usage, policy: Policy, now: float) -> Refused | None:
    if usage.attempts_since(now - policy.attempts_seconds) < policy.attempts_most:
        return None
    return Refused(
        "too_many_attempts", {"most": str(policy.attempts_most), "seconds": f"{policy.attempts_seconds:g}"}
    )


def _refused_number(destination: CalledNumber, policy: Policy) -> Refused | None:
    listed = _longest(policy.listed, destination.number)
    refused = _longest(policy.refused, destination.number)
    if refused and len(refused) >= len(listed):
        return Refused("number_refused", {"beginning": refused})
    if listed:
        return None
    if destination.kind in LISTED_ONLY:
        return Refused(LISTED_ONLY_CODES[destination.kind])
    if not destination.country or destination.country not in policy.countries:
        return Refused("country_refused", {"country": destination.country})
    if destination.kind not in policy.kinds:
        return Refused("kind_refused", {"kind": destination.kind})
    return None


def _longest(beginnings: Iterable[str], number: str) -> str:
    return max((one for one in beginnings if one and number.startswith(one)), key=len, default="")


def _refused_narrower(destination: CalledNumber, narrower: Narrower) -> Refused | None:
    if narrower.countries is not None and destination.country not in narrower.countries:
        return Refused("country_refused", {"country": destination.country})
    if narrower.kinds is not None and destination.kind not in narrower.kinds:
        return Refused("kind_refused", {"kind": destination.kind})
    return None


def _refused_circumstances(caller: Caller, policy: Policy, now: float) -> Refused | None:
    if caller.party_on_trunk and caller.way in (Way.TRANSFER, Way.DIVERSION) and not policy.joins_trunks:
        return Refused(TRUNK_TO_TRUNK)
    if not policy.hours.is_open(now):
        return Refused("outside_hours")
    return None


def may_be_joined(destination: CalledNumber | Unreadable, policy: Policy) -> bool:
    """Whether a caller from outside may be left with `destination` when whoever has asked there leaves the two."""
    if isinstance(destination, Unreadable):
        return False
    if destination.sort is not Sort.EXTERNAL:
        return True
    narrower = policy.ways.get(Way.TRANSFER)
    return policy.joins_trunks and narrower is not None and _refused_narrower(destination, narrower) is None


def _refused_cap(destination: CalledNumber, usage: Usage, policy: Policy) -> Refused | None:
    if policy.calls_most is not None and usage.calls_now >= policy.calls_most:
        return Refused("too_many_calls", {"most": str(policy.calls_most)})
    if policy.seconds_a_day is not None and usage.seconds_today >= policy.seconds_a_day:
        return Refused("minutes_used_up", {"minutes": f"{policy.seconds_a_day / 60:g}"})
    if policy.money_a_day is None:
        return None
    price = policy.prices.of(destination)
    if price is None:
        return Refused("no_price")
    if price and usage.money_today >= policy.money_a_day:
        return Refused("money_used_up", {"money": f"{policy.money_a_day} {policy.prices.currency}".strip()})
    return None


def _refused_line(caller: Caller, policy: Policy) -> Refused | None:
    if caller.caller_number and caller.caller_number not in policy.caller_numbers:
        return Refused("caller_number_refused", {"number": caller.caller_number})
    if not policy.caller_numbers:
        return Refused("no_caller_number")
    return None if policy.trunks else Refused("no_trunk")


def _allowed(destination: CalledNumber, caller: Caller, usage: Usage, policy: Policy) -> Allowed:
    price = policy.prices.of(destination)
    return Allowed(
        policy.trunks,
        caller.caller_number or policy.caller_numbers[0],
        seconds_most=seconds_left(destination, usage, policy),
        price=price,
    )


def seconds_left(called: CalledNumber, usage: Usage, policy: Policy) -> float | None:
    """How long a call that goes on may go on, with the caller's others as they are in `usage`; None is for ever."""
    return min(_seconds_left(policy.prices.of(called), usage, policy), default=None)


def _seconds_left(price: Decimal | None, usage: Usage, policy: Policy) -> Iterator[float]:
    if policy.seconds_a_day is not None:
        yield (policy.seconds_a_day - usage.seconds_today) / (usage.calls_now + 1)
    per_minute = sum(usage.prices_now, start=price or Decimal(0))
    if policy.money_a_day is not None and per_minute:
        left = max(policy.money_a_day - usage.money_today, Decimal(0))
        yield float((left * 60 / per_minute).to_integral_value(ROUND_FLOOR))


@dataclass(frozen=True, slots=True)
class Rules:
    """All of the house: its numbers, its policies by name and whose they are. `nobody` is for whoever has none."""

    plan: Plan = field(default_factory=Plan)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    by_agent: Mapping[int, str] = field(default_factory=dict)
    nobody: Policy = Policy()
    zone: str = "Europe/Budapest"

    def read(self, typed: str) -> CalledNumber | Unreadable:
        return dialled(typed, self.plan)

    def policy_of(self, agent: int | None) -> Policy:
        name = self.by_agent.get(agent, "") if agent is not None else ""
        return self.policies.get(name, self.nobody)

    def ask(
        self, typed: str, caller: Caller, usage: Usage, now: float
    ) -> tuple[CalledNumber | Unreadable, Decision]:
        """The one question that every way out asks: how the number is read, and whether it may be called now."""
        called = self.read(typed)
        return called, decide(called, caller, usage, self.policy_of(caller.agent), now)

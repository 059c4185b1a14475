"""What the house has set up about calling out, as values: for the switch, and for whoever wants to know beforehand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from hallom.calls.models import AllowedNumber, TollPolicy, TollPrice, Trunk
from hallom.calls.opening import hours_value
from hallom.customers.region import default_region
from hallom.flow.hours import ALWAYS
from hallom.staff.models import User
from hallom.switch.numbers import Kind, Plan
from hallom.switch.toll import Narrower, Policy, Prices, Rules, Way

# Colleagues of both countries dial what they have learnt as children.
EMERGENCY_COUNTRIES = ("HU", "PL")


def load(
    now: datetime, *, extensions: Iterable[str] = (), services: Mapping[str, str] | None = None
) -> Rules:
    """Everything of the house; eight queries, whatever its size."""
    trunks = tuple(
        Trunk.objects.filter(is_active=True, is_outgoing=True)
        .order_by("rank", "name")
        .values_list("name", flat=True)
    )
    shown = AllowedNumber.objects.filter(is_active=True).values_list("number", flat=True).first() or ""
    found = list(
        TollPolicy.objects.filter(is_active=True)
        .select_related("calendar")
        .prefetch_related(
            "ways", "caller_numbers", "trunks", "teams", "users", "calendar__openings", "calendar__exceptions"
        )
    )
    prices = _prices()
    return Rules(
        plan(extensions=extensions, services=services),
        {row.name: _policy(row, now, trunks=trunks, shown=shown, prices=prices) for row in found},
        _by_agent(found),
        Policy(emergency_trunks=trunks, emergency_number=shown),
        settings.TIME_ZONE,
    )


def plan(*, extensions: Iterable[str] = (), services: Mapping[str, str] | None = None) -> Plan:
    country = default_region()
    countries = tuple(dict.fromkeys((country, *EMERGENCY_COUNTRIES)))
    return Plan((country,), frozenset(extensions), dict(services or {}), countries)


def _policy(
    row: TollPolicy, now: datetime, *, trunks: Sequence[str], shown: str, prices: Mapping[str, Prices]
) -> Policy:
    chosen = {trunk.name for trunk in row.trunks.all()}
    numbers = tuple(number.number for number in row.caller_numbers.all() if number.is_active)
    return Policy(
        name=row.name,
        countries=frozenset(row.countries),
        kinds=frozenset(Kind(kind) for kind in row.kinds),
        listed=tuple(row.listed),
        refused=tuple(row.refused),
        ways={Way(way.way): _narrower(way.countries, way.kinds) for way in row.ways.all()},
        hours=ALWAYS if row.calendar is None else hours_value(row.calendar.hours(now)),
        joins_trunks=row.joins_trunks,
        calls_most=row.calls_most,
        seconds_a_day=None if row.minutes_a_day is None else row.minutes_a_day * 60.0,
        money_a_day=row.money_a_day,
        prices=prices.get(row.currency, Prices(row.currency)),
        attempts_most=row.attempts_most,
        attempts_seconds=float(row.attempts_seconds),
        caller_numbers=numbers,
        trunks=tuple(name for name in trunks if not chosen or name in chosen),
        emergency_trunks=tuple(trunks),
        emergency_number=next(iter(numbers), shown),
    )


def _narrower(countries: Sequence[str], kinds: Sequence[str]) -> Narrower:
    return Narrower(frozenset(countries) or None, frozenset(Kind(kind) for kind in kinds) or None)


def _prices() -> dict[str, Prices]:
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for prefix, price, currency in TollPrice.objects.values_list("prefix", "per_minute", "currency"):
        found[currency][prefix] = price
    return {currency: Prices(currency, prices) for currency, prices in found.items()}


def _by_agent(policies: Sequence[TollPolicy]) -> dict[int, str]:
    """Whose policy is which: the one that names the user, else his teams', else his roles'."""
    users = {row.pk: {user.pk for user in row.users.all()} for row in policies}
    teams = {row.pk: {team.pk for team in row.teams.all()} for row in policies}
    found = {}
    for user in User.objects.filter(is_active=True).prefetch_related("roles", "memberships"):
        of_teams = {membership.team_id for membership in user.memberships.all()}
        of_roles = {grant.role for grant in user.roles.all()}
        mine = (
            next((row for row in policies if user.pk in users[row.pk]), None)
            or next((row for row in policies if of_teams & teams[row.pk]), None)
            or next((row for row in policies if of_roles & set(row.roles)), None)
        )
        if mine is not None:
            found[user.pk] = mine.name
    return found

"""Whom the demo organisation calls, and what that costs."""

from decimal import Decimal

from hallom.calls import practice_address
from hallom.calls.models import AllowedNumber, KindOfNumber, TollPolicy, TollPrice, Trunk, WayOut
from hallom.staff.models import Role

NUMBERS = (
    ("+3615550100", "Hibabejelentés"),
    ("+3615550101", "Számlázás"),
    ("+3615550102", "Megrendelés"),
)
ORDINARY = [KindOfNumber.FIXED, KindOfNumber.MOBILE, KindOfNumber.TOLL_FREE]
# name, roles, countries, kinds, calls, minutes, money, ways
POLICIES = (
    (
        "Ügyfélszolgálat",
        [Role.AGENT, Role.DISPATCHER],
        ["HU", "PL", "SK"],
        ORDINARY,
        (2, 180, Decimal(8000)),
        (WayOut.DIAL, WayOut.TRANSFER, WayOut.PROMISE),
    ),
    (
        "Központ és vezetők",
        [Role.ATTENDANT, Role.SUPERVISOR],
        ["AT", "DE", "HU", "PL", "SK"],
        [*ORDINARY, KindOfNumber.SHARED, KindOfNumber.SHORT],
        (4, 300, Decimal(20000)),
        (WayOut.DIAL, WayOut.TRANSFER, WayOut.DIVERSION, WayOut.PROMISE),
    ),
)
PRICES = (
    ("+36", "Magyarország, vezetékes", "8.5"),
    ("+3620", "Magyarország, mobil", "19.9"),
    ("+3630", "Magyarország, mobil", "19.9"),
    ("+3631", "Magyarország, mobil", "19.9"),
    ("+3650", "Magyarország, mobil", "19.9"),
    ("+3670", "Magyarország, mobil", "19.9"),
    ("+3640", "Magyarország, kék szám", "12"),
    ("+3690", "Magyarország, emelt díjas", "495"),
    ("+421", "Szlovákia", "38"),
    ("+43", "Ausztria", "38"),
    ("+48", "Lengyelország", "38"),
    ("+49", "Németország", "38"),
    ("+881", "műhold", "2900"),
)


def load() -> None:
    """Make what is missing; what is there already stays as it is."""
    Trunk.objects.get_or_create(
        name="gyakorlo-vonal",
        defaults={
            "addresses": [practice_address.HOST],
            "host": practice_address.HOST,
            "port": practice_address.port(),
            "is_outgoing": True,
            "calls_most": 20,
        },
    )
    for rank, (number, name) in enumerate(NUMBERS):
        AllowedNumber.objects.get_or_create(number=number, defaults={"name": name, "rank": rank})
    for prefix, name, price in PRICES:
        facts = {"name": name, "per_minute": Decimal(price), "currency": "HUF"}
        TollPrice.objects.get_or_create(prefix=prefix, defaults=facts)
    for rank, (name, roles, countries, kinds, caps, ways) in enumerate(POLICIES):
        calls, minutes, money = caps
        policy, is_new = TollPolicy.objects.get_or_create(
            name=name,
            defaults={
                # Supervisors are agents, too: theirs goes before.
                "rank": len(POLICIES) - rank,
                "roles": roles,
                "countries": countries,
                "kinds": kinds,
                "calls_most": calls,
                "minutes_a_day": minutes,
                "money_a_day": money,
            },
        )
        if is_new:
            policy.caller_numbers.set(
                AllowedNumber.objects.filter(number__in=[number for number, _name in NUMBERS])
            )
            for way in ways:
                policy.ways.create(way=way)

"""A calendar's hours as the switch carries them."""

from collections.abc import Iterable

from hallom.flow.hours import Hours, Opening
from hallom.hours import clock


def hours_value(hours: clock.Hours) -> Hours:
    def openings(day: Iterable[clock.Opening]) -> tuple[Opening, ...]:
        return tuple(Opening(one.opens, one.closes) for one in day)

    return Hours(
        hours.zone,
        tuple(openings(day) for day in hours.weekly),
        tuple((date, openings(day)) for date, day in hours.days),
    )

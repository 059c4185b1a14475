"""The opening hours of the demo organisation."""

from datetime import datetime, time

from django.db import transaction

from hallom.hours.models import Calendar, Opening, Weekday

NAME = "Ügyfélszolgálat"
WORKDAYS = [day for day in Weekday if day < Weekday.SATURDAY]


@transaction.atomic
def load(now: datetime) -> None:
    calendar, made = Calendar.objects.get_or_create(name=NAME)
    if not made:
        return
    openings = [Opening(calendar=calendar, weekday=day, opens=time(7), closes=time(21)) for day in WORKDAYS]
    openings.append(Opening(calendar=calendar, weekday=Weekday.SATURDAY, opens=time(8), closes=time(16)))
    Opening.objects.bulk_create(openings)
    calendar.changed(by=None, now=now)

"""What the people of the demo organisation have done to its tickets beside talking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from hallom.staff.models import User
from hallom.tickets import demo_setup as prepared
from hallom.tickets.models import Checklist, ChecklistItem, Notice, NoticeKind, StatusName, Ticket

PARCEL, WHERE, EVENINGS = (
    "Nem érkezett meg a cserekészülék",
    "Hol a csomagom?",
    "Esténként akadozik az internet",
)
CABLE, NO_LINE = "Kábel leszakadt az utcában", "Nincs internet reggel óta"
FIRMWARE, OFFER = "Firmware-frissítés után visszaellenőrzés", "Wi-Fi jelerősítő ajánlat"
HOUR = timedelta(hours=1)


def load(people: Mapping[str, User], now: datetime) -> None:
    """Once, after the tickets were opened."""
    nora, gergo, marta = people["nora"], people["gergo"], people["marta"]
    _merged_and_linked(nora, gergo, now)
    parcel, firmware = _ticket(PARCEL), _ticket(FIRMWARE)
    firmware.snooze(until=now + 26 * HOUR, by=nora, now=now - 21 * HOUR)
    parcel.watch(marta, by=marta, now=now - 40 * HOUR)
    parcel.spend(25 * 60, by=gergo, now=now - 90 * HOUR, on="Hibafeltárás telefonon")
    parcel.spend(15 * 60, by=nora, now=now - 3 * HOUR, on="Egyeztetés a futárral")
    _replacing(parcel, gergo, nora, now)
    _facts(nora, now)
    cable = _ticket(CABLE)
    cable.set_status(StatusName.objects.get(name=prepared.BUILDERS), by=nora, now=now - 38 * HOUR)
    # What happened days ago has been read since.
    old = Notice.objects.filter(read_at=None).exclude(kind=NoticeKind.MENTION)
    old.filter(at__lt=now - HOUR).update(read_at=now - HOUR)


def _merged_and_linked(nora: User, gergo: User, now: datetime) -> None:
    _ticket(WHERE).merge_into(_ticket(PARCEL), by=gergo, now=now - 48 * HOUR)
    _ticket(NO_LINE).link(_ticket(CABLE), kind="child", by=nora, now=now - HOUR)
    _ticket(FIRMWARE).link(_ticket(EVENINGS), kind="child", by=nora, now=now - 21 * HOUR)
    _ticket(PARCEL).link(_ticket(OFFER), kind="related", by=nora, now=now - 3 * HOUR)


def _replacing(parcel: Ticket, gergo: User, nora: User, now: datetime) -> None:
    steps = Checklist.objects.get(name=prepared.CHECKLISTS[1][0]).steps
    parcel.add_steps(steps, by=gergo, now=now - 90 * HOUR)
    for place, step in enumerate(ChecklistItem.objects.filter(ticket=parcel)[:3]):
        parcel.tick_step(step, by=nora if place == 2 else gergo, now=now - (89 - place) * HOUR)


def _facts(nora: User, now: datetime) -> None:
    evenings, no_line = _ticket(EVENINGS), _ticket(NO_LINE)
    measured = {prepared.DEVICE: "ZTE F680", prepared.SPEED: "38", prepared.CALL_BACK: True}
    evenings.set_fields(measured, by=nora, now=now - 20 * timedelta(minutes=1))
    no_line.set_fields(
        {prepared.BEGAN: now.date(), prepared.DEVICE: "Huawei HG8245"}, by=nora, now=now - HOUR
    )


def _ticket(subject: str) -> Ticket:
    return Ticket.objects.get(subject=subject)

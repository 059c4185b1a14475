"""What the demo organisation has prepared for its tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from hallom.staff.demo import BILLING, NETWORK
from hallom.staff.models import Team
from hallom.tickets.models import (
    Category,
    Checklist,
    Every,
    Field,
    FieldKind,
    Priority,
    Recurrence,
    Status,
    StatusName,
    TicketTemplate,
)

PARTS, BUILDERS, PHOTO, VISIT = "Alkatrészre vár", "Hálózatépítésnél", "Fotót kértünk", "Technikus úton"
STATUSES = (
    (PARTS, Status.ON_HOLD),
    (BUILDERS, Status.ON_HOLD),
    (PHOTO, Status.PENDING),
    (VISIT, Status.OPEN),
)

DEVICE, SPEED, BEGAN, CALL_BACK, REASON = (
    "eszkoz",
    "mert_sebesseg",
    "kieses_kezdete",
    "visszahivhato",
    "felmondas_oka",
)
# key, label, kind, values, hint, required, category
FIELDS = (
    (DEVICE, "Eszköz", FieldKind.CHOICE, ("ZTE F660", "ZTE F680", "Huawei HG8245", "Saját router"), "",
     False, "Hibabejelentés"),
    (SPEED, "Mért sebesség (Mbit/s)", FieldKind.NUMBER, (), "Kábelen mérve, Wi-Fi nélkül.",
     False, "Hibabejelentés"),
    (BEGAN, "Kiesés kezdete", FieldKind.DATE, (), "", False, "Hibabejelentés"),
    (CALL_BACK, "Napközben visszahívható", FieldKind.YES_NO, (), "", False, ""),
    (REASON, "Felmondás oka", FieldKind.CHOICE, ("Ár", "Költözés", "Minőség", "Szolgáltatóváltás", "Egyéb"), "",
     True, "Felmondás"),
)  # fmt: skip
CHECKLISTS = (
    ("Átírás iratai", "Átírás", ("Halotti anyakönyvi kivonat vagy adásvételi szerződés", "Új előfizető személyi okmánya",
                                 "Tartozás ellenőrzése", "Új szerződés aláírva")),
    ("Készülékcsere", "", ("Régi készülék száma felírva", "Új készülék csomagolva", "Futár megrendelve",
                           "Ügyfél értesítve", "Régi készülék visszaérkezett")),
)  # fmt: skip
INHERITANCE, BATTERY, TOWER = "Átírás örökösre", "Szünetmentes akkumulátor cseréje", "Adótorony bejárása"


def load(categories: Mapping[str, Category], teams: Mapping[str, Team], now: datetime) -> None:
    """Make what is missing; ``categories`` by name, parents too."""
    _statuses()
    for position, (key, label, kind, values, hint, required, category) in enumerate(FIELDS):
        given = {"label": label, "kind": kind, "choices": list(values), "help": hint, "position": position}
        field, made = Field.objects.get_or_create(key=key, defaults={**given, "is_required": required})
        if made and category:
            field.categories.add(categories[category])
    for name, category, steps in CHECKLISTS:
        kept = {"steps": list(steps), "category": categories.get(category)}
        Checklist.objects.get_or_create(name=name, defaults=kept)
    _templates(categories, teams)
    _recurrences(now)


def _statuses() -> None:
    for position, (name, meaning) in enumerate(STATUSES):
        StatusName.objects.get_or_create(name=name, defaults={"meaning": meaning, "position": position})
    # Who is on the way comes back with an outcome: it is not put off any more.
    on_the_way = StatusName.objects.get(name=VISIT)
    if not on_the_way.leads_to.exists():
        on_the_way.leads_to.set(StatusName.objects.exclude(pk=on_the_way.pk))


def _templates(categories: Mapping[str, Category], teams: Mapping[str, Team]) -> None:
    for name, given in {
        INHERITANCE: {
            "subject": "Szerződés átírása örökösre",
            "category": categories["Átírás"],
            "team": teams[BILLING],
            "tags": ["átírás"],
            "note": "Óvatosan fogalmazzunk. Az átírás díjmentes.",
            "due_hours": 72,
        },
        BATTERY: {
            "subject": "Szünetmentes akkumulátorok cseréje",
            "category": categories["Hálózat"],
            "team": teams[NETWORK],
            "priority": Priority.LOW,
            "note": "A cserélt darabok számát írjuk a jegybe.",
            "due_hours": 240,
        },
        TOWER: {
            "subject": "Adótorony heti bejárása",
            "category": categories["Hálózat"],
            "team": teams[NETWORK],
            "due_hours": 48,
        },
    }.items():
        TicketTemplate.objects.get_or_create(name=name, defaults=given)


def _recurrences(now: datetime) -> None:
    rules = (
        (BATTERY, {"every": Every.MONTH, "month_day": 31, "interval": 3, "at": time(7)}),
        (TOWER, {"every": Every.WEEK, "weekdays": [1, 4], "at": time(6, 30)}),
    )
    for name, rule in rules:
        template = TicketTemplate.objects.get(name=name)
        if template.recurrences.exists():
            continue
        recurrence = Recurrence(template=template, starts_on=(now + timedelta(days=1)).date(), **rule)
        recurrence.plan(now)
        recurrence.save()

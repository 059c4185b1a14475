"""Extensions of everybody in the demo organisation, its partners, and the switchboard with its number."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hallom.calls.models import (
    Extension,
    Greeting,
    JournalEntry,
    Number,
    OutsideContact,
    Queue,
    QueueMember,
    QuickButton,
    Switchboard,
)
from hallom.hours.models import Calendar
from hallom.staff.demo import BILLING, SALES, TECHNICAL
from hallom.staff.models import User
from hallom.switch.aio.ids import new_id
from hallom.switch.desk import Desk
from hallom.switch.promise import Promise, PromiseKind

SWITCHBOARD = "Központ"
NUMBER = "+36 1 555 0199"
# user name, extension, what they do, department
PEOPLE = (
    ("erzsebet", "2000", "Telefonközpontos", "Központ"),
    ("akos", "2001", "Rendszergazda", "Vezetés"),
    ("zsolt", "2050", "Diszpécser", "Hálózatépítés"),
    ("marta", "2200", "Csoportvezető", TECHNICAL),
    ("nora", "2231", "Hibaelhárító", TECHNICAL),
    ("gergo", "2232", "Hibaelhárító", TECHNICAL),
    ("petra", "2233", "Lengyel nyelvű ügyintéző", TECHNICAL),
    ("adam", "2234", "Hálózati szakértő", TECHNICAL),
    ("denes", "2235", "Gyakornok", TECHNICAL),
    ("dora", "2114", "Számlareklamáció", BILLING),
    ("orsolya", "2115", "Részletfizetés", BILLING),
    ("mate", "2116", "Díjnet, e-számla", BILLING),
    ("zoltan", "2308", "Lakossági értékesítő", SALES),
    ("viktoria", "2309", "Üzleti értékesítő", SALES),
)
QUEUES = ((TECHNICAL, "2290", "Hibabejelentés"), (BILLING, "2190", "Számlák"), (SALES, "2390", "Megrendelés"))
MOST_ASKED_FOR = ("dora", "gergo", "marta", "zsolt")
PARTNERS = (
    ("Balogh és Fia Kft.", "+36 22 555 300", "Kivitelező", "Partner"),
    ("Nádor Optika Zrt.", "+36 1 555 0177", "Üvegszál-szállító", "Partner"),
    ("Székesfehérvári ügyfélpont", "+36 22 555 410", "Recepció", "Vidék"),
)
# Who has promised calls to keep: to whom, why, by when in minutes from now.
OWNER = "orsolya"
PROMISES = (
    ("Pálfi Kinga", "+36702148890", "Részletfizetés, két elmaradt számla", 90),
    ("Nádor Optika Zrt.", "+3615550177", "Hiányzó teljesítési igazolás", -25),
)


def load(calendar: Calendar | None, greetings: Mapping[str, Greeting]) -> None:
    """Make what is missing; what is there already stays as it is."""
    _load_extensions()
    for name, number, label, department in PARTNERS:
        facts = {"number": number, "label": label, "department": department}
        OutsideContact.objects.get_or_create(name=name, defaults=facts)
    queue, _made = Queue.objects.get_or_create(
        name=SWITCHBOARD, defaults={"rank": 9, "service_level_seconds": 15, "wrap_up_seconds": 0}
    )
    for agent in User.objects.filter(roles__role="attendant"):
        QueueMember.objects.get_or_create(queue=queue, agent=agent, defaults={"level": 5})
    Number.objects.get_or_create(
        number=NUMBER,
        defaults={
            "name": SWITCHBOARD,
            "language": "hu",
            "queue": queue,
            "calendar": calendar,
            "closed_greeting": greetings.get("Zárva"),
            "is_recorded": False,
        },
    )
    if not Switchboard.objects.exists():
        Switchboard.objects.create(pk=1, queue=queue, person_seconds=25)
        _load_quick_buttons()


def _load_quick_buttons() -> None:
    queues = [f"queue:{queue.pk}" for queue in Queue.objects.filter(name__in=[one[0] for one in QUEUES])]
    people = [f"agent:{user.pk}" for user in User.objects.filter(username__in=MOST_ASKED_FOR)]
    for attendant in User.objects.filter(roles__role="attendant"):
        QuickButton.objects.bulk_create(
            QuickButton(user=attendant, to=to, rank=rank) for rank, to in enumerate([*queues, *people], 1)
        )


def _load_extensions() -> None:
    people = {user.username: user for user in User.objects.all()}
    for username, number, label, department in PEOPLE:
        if username in people:
            facts = {"user": people[username], "label": label, "department": department}
            Extension.objects.get_or_create(number=number, defaults=facts)
    queues = {queue.name: queue for queue in Queue.objects.all()}
    for name, number, label in QUEUES:
        if name in queues:
            facts = {"queue": queues[name], "label": label, "department": name}
            Extension.objects.get_or_create(number=number, defaults=facts)


def promise(now: datetime) -> None:
    """Two promised calls in the journal, one of which nobody kept: the switch finds that out when it starts."""
    owner = User.objects.filter(username=OWNER).first()
    maker = User.objects.filter(username="erzsebet").first()
    last = JournalEntry.objects.filter(kind="agent.changed", agent=owner.pk if owner else None).last()
    if owner is None or maker is None or last is None:
        return
    made = [
        Promise(
            id=new_id(),
            kind=PromiseKind.CALL_CUSTOMER,
            owner=owner.pk,
            by=maker.pk,
            call="",
            number=number,
            made_at=(now - timedelta(hours=3)).timestamp(),
            deadline=(now + timedelta(minutes=minutes)).timestamp(),
            why=why,
            name=name,
        )
        for name, number, why, minutes in PROMISES
    ]
    entries = [JournalEntry(kind="promise.made", at=now, agent=owner.pk, data=one.as_data()) for one in made]
    data = {**last.data, **Desk(promises=tuple(made)).as_data()}
    entries.append(JournalEntry(kind="agent.changed", at=now, call=last.call, agent=owner.pk, data=data))
    JournalEntry.objects.bulk_create(entries)

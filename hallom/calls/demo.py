"""The telephone of the demo organisation: numbers, queues, greetings, reasons, outcomes, and some days of calls."""

from datetime import datetime

from django.db import transaction

from hallom.calls import configuration, demo_calls, demo_switchboard, demo_toll
from hallom.calls.models import Call, Disposition, Greeting, Number, PauseReason, Queue, QueueMember
from hallom.hours.demo import NAME as OPENING_HOURS
from hallom.hours.models import Calendar
from hallom.staff.demo import BILLING, SALES, TECHNICAL
from hallom.staff.models import User

# name, service level: seconds and per cent, wrap-up seconds
QUEUES = ((TECHNICAL, 20, 80, 30), (BILLING, 20, 80, 30), (SALES, 30, 75, 45))
# number, name, language, queue, keeps opening hours. The first never closes, so that it can be tried at any hour.
NUMBERS = (
    ("+36 1 555 0100", "Hibabejelentés", "hu", TECHNICAL, False),
    ("+36 1 555 0101", "Számlázás", "hu", BILLING, True),
    ("+36 1 555 0102", "Megrendelés", "hu", SALES, True),
    ("+36 1 555 0110", "Pomoc po polsku", "pl", TECHNICAL, True),
    ("+36 1 555 0120", "Help in English", "en", TECHNICAL, True),
)
GREETINGS = {
    "Köszöntés": {
        "hu": "Jó napot kívánok! Ön a Pannonháló ügyfélszolgálatát hívta. A beszélgetést rögzítjük. "
        "Kérem, maradjon vonalban, kollégánk hamarosan jelentkezik.",
        "pl": "Dzień dobry! Dodzwonili się Państwo do biura obsługi klienta Pannonháló. Rozmowa jest nagrywana. "
        "Proszę pozostać na linii, konsultant zaraz się odezwie.",
        "en": "Good day! You have reached the customer service of Pannonháló. This call is recorded. "
        "Please hold the line, a colleague will be with you shortly.",
    },
    "Zárva": {
        "hu": "Jó napot kívánok! Ügyfélszolgálatunk munkanapokon héttől huszonegy óráig, szombaton nyolctól "
        "tizenhat óráig várja hívását. Viszonthallásra!",
        "pl": "Dzień dobry! Biuro obsługi klienta czeka na telefon w dni robocze od siódmej do dwudziestej pierwszej, "
        "w soboty od ósmej do szesnastej. Do usłyszenia!",
        "en": "Good day! Our customer service is open on working days from seven to twenty-one hours, "
        "on Saturdays from eight to sixteen hours. Good bye!",
    },
}
# code, English, Hungarian, Polish, sign, planned minutes
PAUSES = (
    ("lunch", "Lunch", "Ebéd", "Obiad", "utensils", 30),
    ("break", "Break", "Szünet", "Przerwa", "coffee", 15),
    ("training", "Training", "Képzés", "Szkolenie", "graduation-cap", None),
    ("meeting", "Meeting", "Megbeszélés", "Spotkanie", "users", None),
    ("desk-work", "Desk work", "Írásos munka", "Praca biurowa", "clipboard-pen-line", None),
)
# code, English, Hungarian, Polish, settled
OUTCOMES = (
    ("solved", "Solved", "Megoldva", "Rozwiązane", True),
    ("informed", "Information given", "Tájékoztatás", "Udzielono informacji", True),
    ("follow-up", "To be followed up", "Utánajárunk", "Do wyjaśnienia", False),
    ("promised", "Callback promised", "Visszahívást ígértünk", "Obiecano oddzwonić", False),
    ("wrong-number", "Wrong number", "Téves hívás", "Pomyłka", True),
)


@transaction.atomic
def load(now: datetime) -> None:
    """Make what is missing; what is there already stays as it is."""
    _load_words()
    queues = {name: _queue(rank, name, *facts) for rank, (name, *facts) in enumerate(QUEUES)}
    greetings = {name: _greeting(name, texts) for name, texts in GREETINGS.items()}
    calendar = Calendar.objects.filter(name=OPENING_HOURS).first()
    for number, name, language, queue, keeps_hours in NUMBERS:
        Number.objects.get_or_create(
            number=number,
            defaults={
                "name": name,
                "language": language,
                "queue": queues[queue],
                "greeting": greetings["Köszöntés"],
                "closed_greeting": greetings["Zárva"],
                "calendar": calendar if keeps_hours else None,
            },
        )
    demo_switchboard.load(calendar, greetings)
    demo_toll.load()
    configuration.notify_switch()
    if not Call.objects.exists():
        demo_calls.load(now, list(queues.values()))
        demo_switchboard.promise(now)


def _load_words() -> None:
    for rank, (code, name, hu, pl, icon, minutes) in enumerate(PAUSES):
        facts = {"name": name, "names": {"hu": hu, "pl": pl}, "icon": icon, "rank": rank}
        planned = minutes * 60 if minutes else None
        PauseReason.objects.get_or_create(code=code, defaults={**facts, "planned_seconds": planned})
    for rank, (code, name, hu, pl, settled) in enumerate(OUTCOMES):
        facts = {"name": name, "names": {"hu": hu, "pl": pl}, "rank": rank}
        Disposition.objects.get_or_create(code=code, defaults={**facts, "is_solved": settled})


def _queue(rank: int, name: str, seconds: int, percent: int, wrap_up: int) -> Queue:
    queue, _made = Queue.objects.get_or_create(
        name=name,
        defaults={
            "rank": rank,
            "service_level_seconds": seconds,
            "service_level_percent": percent,
            "wrap_up_seconds": wrap_up,
        },
    )
    for agent in User.objects.filter(roles__role="agent", teams__name=name):
        skill = agent.user_skills.order_by("-level").first()
        level = skill.level if skill else 3
        QueueMember.objects.get_or_create(queue=queue, agent=agent, defaults={"level": level})
    return queue


def _greeting(name: str, texts: dict[str, str]) -> Greeting:
    greeting, _made = Greeting.objects.get_or_create(name=name)
    for language, text in texts.items():
        greeting.texts.get_or_create(language=language, defaults={"text": text})
    return greeting

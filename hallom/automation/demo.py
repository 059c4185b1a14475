"""Texts, signatures and macros of the demo organisation."""

from datetime import datetime

from django.db import transaction

from hallom.automation.macro_steps import checked
from hallom.automation.models import Acknowledgement, Macro, Signature, TextTemplate, TextVersion
from hallom.mail.models import Mailbox
from hallom.staff.demo import BILLING, TECHNICAL
from hallom.staff.models import Team
from hallom.tickets.models import Category

RECEIVED = "Megkaptuk a levelét"
DELIVERY, CREDIT, SPEED, VISIT, DOCUMENTS, THANKS = (
    "Új kiszállítás", "Jóváírás 1 hó", "Sebességmérés kérése", "Technikus időpontja", "Átírás: szükséges iratok", "Köszönjük",
)  # fmt: skip
# name, category, versions
TEMPLATES = (
    (RECEIVED, "", {
        "hu": "<p>Kedves {{ customer.name }}!</p><p>Levelét megkaptuk, az azonosítója #{{ ticket.number }}. Munkatársunk hamarosan válaszol; ha írna még, elég erre a levélre válaszolnia.</p><p>Pannonháló ügyfélszolgálat</p>",
        "pl": "<p>Dzień dobry, {{ customer.name }}!</p><p>Otrzymaliśmy Pana/Pani wiadomość, numer zgłoszenia to #{{ ticket.number }}. Wkrótce odpowiemy; aby coś dodać, wystarczy odpowiedzieć na tę wiadomość.</p><p>Obsługa klienta Pannonháló</p>",
        "en": "<p>Dear {{ customer.name }},</p><p>We have received your message; its number is #{{ ticket.number }}. A colleague will answer soon. To add something, just reply to this mail.</p><p>Pannonháló customer service</p>",
    }),
    (DELIVERY, "Elakadt küldemény", {
        "hu": "<p>Kedves {{ customer.first_name }}!</p><p>Elnézést kérünk, hogy a csomag nem jutott el Önhöz. Új kiszállítást indítottunk: a futár a következő munkanapon 8 és 12 óra között érkezik, indulás előtt telefonál. A kellemetlenségért egy havi díjat jóváírunk.</p>",
        "pl": "<p>Dzień dobry, {{ customer.first_name }}!</p><p>Przepraszamy, że przesyłka do Państwa nie dotarła. Zleciliśmy ponowną dostawę: kurier przyjedzie w następny dzień roboczy między 8 a 12 i wcześniej zadzwoni. Za niedogodności zwrócimy opłatę za jeden miesiąc.</p>",
        "en": "<p>Dear {{ customer.first_name }},</p><p>We are sorry that the parcel did not reach you. A new delivery is on its way: the courier comes on the next working day between 8 and 12 and calls before. We credit one month's fee for the inconvenience.</p>",
    }),
    (CREDIT, "Reklamáció", {
        "hu": "<p>Kedves {{ customer.first_name }}!</p><p>Egy havi díjat jóváírtunk, a következő számlán már levonva látja. Köszönjük a türelmét!</p>",
        "pl": "<p>Dzień dobry, {{ customer.first_name }}!</p><p>Zwróciliśmy opłatę za jeden miesiąc, będzie odliczona na następnej fakturze. Dziękujemy za cierpliwość!</p>",
        "en": "<p>Dear {{ customer.first_name }},</p><p>We have credited one month's fee; it is deducted on your next invoice. Thank you for your patience!</p>",
    }),
    (SPEED, "Lassú internet", {
        "hu": "<p>Kedves {{ customer.first_name }}!</p><p>Kérjük, mérjen sebességet <strong>vezetékkel</strong> csatlakozva, este 8 és 10 között:</p><ol><li>kapcsolja ki a többi eszközt,</li><li>nyissa meg a <a href=\"https://szelessav.net\">szelessav.net</a> oldalt,</li><li>küldje el nekünk az eredményt.</li></ol>",
        "pl": "<p>Dzień dobry, {{ customer.first_name }}!</p><p>Prosimy zmierzyć prędkość przez <strong>kabel</strong>, między 20 a 22, przy wyłączonych innych urządzeniach, i przesłać nam wynik.</p>",
        "en": "<p>Dear {{ customer.first_name }},</p><p>Please measure the speed over a <strong>cable</strong>, between 8 and 10 p.m., with all other devices off, and send us the result.</p>",
    }),
    (VISIT, "Technikus", {
        "hu": "<p>Kedves {{ customer.first_name }}!</p><p>Technikusunk a megbeszélt időpontban érkezik. Kérjük, legyen otthon valaki, aki nagykorú. Ha az időpont mégsem jó, válaszoljon erre a levélre.</p>",
        "pl": "<p>Dzień dobry, {{ customer.first_name }}!</p><p>Nasz technik przyjedzie w umówionym terminie. Prosimy, aby w domu była osoba pełnoletnia. Jeśli termin nie pasuje, prosimy o odpowiedź.</p>",
        "en": "<p>Dear {{ customer.first_name }},</p><p>Our technician comes at the agreed time. Please have an adult at home. If the time does not suit you, just reply.</p>",
    }),
    (DOCUMENTS, "Átírás", {
        "hu": "<p>Tisztelt {{ customer.name }}!</p><p>Fogadja őszinte részvétünket. Az átíráshoz a halotti anyakönyvi kivonat és a személyi okmány másolatára van szükségünk; az átírás díjmentes. Elég, ha erre a levélre csatolja őket.</p>",
        "en": "<p>Dear {{ customer.name }},</p><p>Please accept our condolences. To transfer the contract we need copies of the death certificate and of your identity card; the transfer is free. It is enough to attach them to your reply.</p>",
    }),
    (THANKS, "", {
        "hu": "<p>Kedves {{ customer.first_name }}!</p><p>Köszönjük a visszajelzést ❤️</p>",
        "pl": "<p>Dzień dobry, {{ customer.first_name }}!</p><p>Dziękujemy za wiadomość ❤️</p>",
        "en": "<p>Dear {{ customer.first_name }},</p><p>Thank you for letting us know ❤️</p>",
    }),
)  # fmt: skip
# team (empty: everybody else), language, text
SIGNATURES = (
    ("", "hu", "<p>Üdvözlettel:<br>{{ agent.name }}<br>Pannonháló ügyfélszolgálat</p>"),
    ("", "pl", "<p>Z poważaniem<br>{{ agent.name }}<br>Obsługa klienta Pannonháló</p>"),
    ("", "en", "<p>Kind regards<br>{{ agent.name }}<br>Pannonháló customer service</p>"),
    (TECHNICAL, "hu", "<p>Üdvözlettel:<br>{{ agent.name }}<br>Pannonháló műszaki ügyfélszolgálat</p>"),
    (BILLING, "hu", "<p>Üdvözlettel:<br>{{ agent.name }}<br>Pannonháló számlázás</p>"),
)


@transaction.atomic
def load(now: datetime) -> None:
    """Make what is missing; what is there already stays as it is."""
    teams = {team.name: team for team in Team.objects.all()}
    templates = {name: _template(name, category, versions) for name, category, versions in TEMPLATES}
    for team, language, html in SIGNATURES:
        Signature.objects.get_or_create(team=teams.get(team), language=language, defaults={"html": html})
    for place, (name, steps) in enumerate(_macros(templates, teams)):
        Macro.objects.get_or_create(name=name, defaults={"steps": checked(steps), "position": place})
    for mailbox in Mailbox.objects.filter(acknowledgement=None):
        Acknowledgement.objects.create(mailbox=mailbox, template=templates[RECEIVED])


def _template(name: str, category: str, versions: dict[str, str]) -> TextTemplate:
    of = Category.objects.filter(name=category).first() if category else None
    template, made = TextTemplate.objects.get_or_create(name=name, defaults={"category": of})
    if made:
        TextVersion.objects.bulk_create(
            TextVersion(template=template, language=language, html=html)
            for language, html in versions.items()
        )
    return template


def _macros(
    templates: dict[str, TextTemplate], teams: dict[str, Team]
) -> list[tuple[str, list[dict[str, object]]]]:
    def reply(name: str) -> dict[str, object]:
        return {"do": "reply", "template": templates[name].pk}

    pending: dict[str, object] = {"do": "status", "meaning": "pending"}
    return [
        ("Új kiszállítás", [
            reply(DELIVERY),
            {"do": "note", "text": "Futár értesítve, új kiszállítás megrendelve; 1 havi jóváírás a számlázásnak átadva."},
            {"do": "tags", "add": ["kiszállítás", "jóváírás"]},
            pending,
        ]),
        ("Jóváírás 1 hó", [
            reply(CREDIT),
            {"do": "tags", "add": ["jóváírás"]},
            {"do": "status", "meaning": "solved"},
        ]),
        ("Mérést kérünk", [reply(SPEED), pending, {"do": "snooze", "hours": 72}]),
        ("Átadás a számlázásnak", [
            {"do": "team", "team": teams[BILLING].pk},
            {"do": "owner", "to": "nobody"},
            {"do": "tags", "add": ["számla"]},
        ]),
        ("Sürgős, figyelem", [{"do": "priority", "priority": 4}, {"do": "owner", "to": "me"}, {"do": "watch"}]),
    ]  # fmt: skip

"""The customers of the demo organisation; nobody of them exists."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction

from hallom.customers.models import (
    Address,
    ContactKind,
    ContactPoint,
    Customer,
    CustomerKind,
    Organisation,
    Service,
)


@dataclass(frozen=True, slots=True)
class Person:
    code: str
    name: str
    phone: str
    email: str
    postcode: str
    town: str
    street: str
    service: str
    since: int
    birth_date: date | None = None
    organisation: str = ""
    manner: str = ""


PEOPLE = (
    Person("U-104 882", "Szilágyi Katalin", "+36 30 512 4478", "szilagyi.katalin@pelda.hu", "1071", "Budapest",
           "Damjanich u. 38. III/2.", "Optika 1000", 2017, date(1984, 3, 9),
           manner="Itthonról dolgozik, a leállás neki munkakiesés. Hálás, ha előre szólunk."),
    Person("U-118 204", "Horváth Bence", "+36 20 774 1930", "horvath.bence@pelda.hu", "9021", "Győr",
           "Kazinczy u. 4.", "Optika 300", 2020, date(1991, 11, 2)),
    Person("U-097 311", "Kiss Réka", "+36 70 223 8812", "kiss.reka@pelda.hu", "6720", "Szeged",
           "Kárász u. 11. II/5.", "Kábel 500", 2019, date(1996, 6, 21)),
    Person("U-121 640", "Németh Tamás", "+36 30 940 2217", "nemeth.tamas@pelda.hu", "4024", "Debrecen",
           "Piac u. 51.", "Optika 300", 2021, date(1978, 1, 30)),
    Person("U-089 905", "Varga Éva", "+36 20 615 4403", "varga.eva@pelda.hu", "8200", "Veszprém",
           "Kossuth L. u. 7. I/1.", "Kábel 250", 2015, date(1969, 9, 14), manner="Lassan, hangosan beszéljünk vele."),
    Person("U-034 118", "özv. Papp Lászlóné", "+36 52 418 377", "", "4220", "Hajdúböszörmény", "Petőfi S. u. 23.",
           "Alap 100", 2008, date(1947, 12, 5), manner="Frissen özvegy: legyünk türelemmel az ügyintézésben."),
    Person("U-140 027", "Kőris Bt.", "+36 1 409 7720", "iroda@koris.pelda.hu", "1138", "Budapest", "Váci út 140.",
           "Üzleti 500", 2016, organisation="Kőris Bt."),
    Person("U-112 739", "Balogh Zsuzsa", "+36 70 514 9906", "balogh.zsuzsa@pelda.hu", "2800", "Tatabánya",
           "Dózsakert 12.", "Kábel 250", 2018, date(1988, 4, 17)),
    Person("U-126 455", "Farkas Péter", "+36 30 667 1281", "farkas.peter@pelda.hu", "7621", "Pécs",
           "Király u. 19.", "Optika 1000", 2022, date(1993, 8, 8)),
    Person("U-131 876", "Tóth Gábor", "+36 20 331 5540", "toth.gabor@pelda.hu", "3525", "Miskolc",
           "Széchenyi u. 30.", "Optika 300", 2023, date(1982, 2, 26)),
    Person("U-101 593", "Molnár Ágnes", "+36 30 218 6675", "molnar.agnes@pelda.hu", "9700", "Szombathely",
           "Fő tér 8.", "Kábel 500", 2017, date(1975, 7, 3)),
    Person("U-143 360", "Kowalska Anna", "+48 601 234 567", "a.kowalska@przyklad.pl", "1054", "Budapest",
           "Honvéd u. 22.", "Optika 1000", 2024, date(1990, 5, 12)),
)  # fmt: skip


@transaction.atomic
def load(now: datetime) -> None:
    """Make what is missing; what is there already stays as it is."""
    for person in PEOPLE:
        if not Customer.objects.filter(code=person.code).exists():
            _register(person, now)


def _register(person: Person, now: datetime) -> None:
    organisation = None
    if person.organisation:
        organisation, _made = Organisation.objects.get_or_create(name=person.organisation)
    customer = Customer.register(
        name=person.name,
        by=None,
        now=min(now, datetime(person.since, 4, 1, 10, tzinfo=UTC)),
        code=person.code,
        kind=CustomerKind.ORGANISATION if organisation else CustomerKind.PERSON,
        organisation=organisation,
        language="pl" if person.phone.startswith("+48") else "hu",
        birth_date=person.birth_date,
        manner=person.manner,
        since=date(person.since, 4, 1),
        is_verified=True,
    )
    ContactPoint.objects.create(
        customer=customer, kind=ContactKind.PHONE, value=person.phone, is_preferred=True
    )
    if person.email:
        ContactPoint.objects.create(customer=customer, kind=ContactKind.EMAIL, value=person.email)
    Address.objects.create(
        customer=customer, postcode=person.postcode, town=person.town, street=person.street
    )
    Service.objects.create(customer=customer, name=person.service, since=customer.since)

"""The tickets of the demo organisation, as an agent finds them in mid-morning."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from hallom.customers.models import Customer
from hallom.staff.demo import BILLING, NETWORK, SALES, TECHNICAL
from hallom.staff.models import Team, User
from hallom.tickets import demo_deeds, demo_setup
from hallom.tickets.models import Category, Channel, Direction, Priority, Ticket

CATEGORIES = {
    "Hibabejelentés": ("Nincs internet", "Lassú internet", "Eszköz", "Hálózat"),
    "Kiszállítás": ("Elakadt küldemény", "Csere"),
    "Számla": ("Dupla levonás", "Reklamáció", "Fizetési haladék"),
    "Szerződés": ("Átírás", "Csomagváltás", "Felmondás"),
    "Időpont": ("Technikus",),
}


@dataclass(frozen=True, slots=True)
class Said:
    """``hours`` ago; a note if there is no channel, from the customer if nobody is named."""

    hours: float
    text: str
    by: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    code: str
    subject: str
    category: str
    team: str
    owner: str
    due_minutes: int | None
    channel: str
    said: tuple[Said, ...]
    priority: int = Priority.NORMAL
    move: str = ""
    tags: tuple[str, ...] = field(default=())


EMAIL, PHONE, CHAT, SMS = Channel.EMAIL, Channel.PHONE, Channel.CHAT, Channel.SMS
CASES = (
    Case("U-104 882", "Nem érkezett meg a cserekészülék", "Elakadt küldemény", TECHNICAL, "nora", 70, PHONE, (
        Said(90.5, "Piros LOS-fény ég a modemen, nincs internet. Újraindítás nem segített.", "", PHONE),
        Said(90.4, "Cserekészüléket indítok: M-20931, két munkanapon belül megérkezik.", "gergo", PHONE),
        Said(49.8, "Tisztelt Ügyfélszolgálat! A futár oldala szerint a csomagot tegnap átvettem, de nálam nem járt "
                   "senki. Két napja nincs internetünk, itthonról dolgozom. Kérem, nézzenek utána!", "", EMAIL),
        Said(49.3, "@Bíró Nóra a futár GPS-e a szomszéd utcát mutatja. Ha hív: új kiszállítás + 1 havi jóváírás, "
                   "Márta jóváhagyta.", "gergo"),
        Said(2.8, "Csomagja ma 8–12 óra között érkezik. Követés: pannonhalo.hu/k/20931", "nora", SMS),
    ), Priority.HIGH, tags=("kiszállítás",)),
    Case("U-118 204", "Dupla levonás a júliusi számlán", "Dupla levonás", BILLING, "nora", -25, EMAIL, (
        Said(26, "Jó napot! Kétszer vonták le a havi díjat a kártyámról. Kérem vissza az egyiket.", "", EMAIL),
        Said(25, "A banki kivonaton tényleg kétszer szerepel, a pénzügytől kértem visszautalást.", "dora"),
    )),
    Case("U-097 311", "Esténként akadozik az internet", "Lassú internet", TECHNICAL, "nora", 4, CHAT, (
        Said(3, "Szia! Este 8 után használhatatlan a net, videóhívásnál folyton szétesik.", "", CHAT),
        Said(2.5, "Kérem, mérjen sebességet kábelen, és írja meg az eredményt.", "nora", CHAT),
        Said(0.4, "Megmértem: 38 Mbit/s az 500 helyett.", "", CHAT),
    )),
    Case("U-121 640", "Visszahívás: díjcsomag-váltás", "Csomagváltás", SALES, "nora", 95, PHONE, (
        Said(20, "Nagyobb csomagra váltana, de előbb tudni akarja, jár-e hűségidővel. Ma délelőttre visszahívást "
                 "ígértem.", "zoltan"),
    ), tags=("visszahívás",)),
    Case("U-089 905", "Technikus időpontja nem jó", "Technikus", TECHNICAL, "nora", 150, SMS, (
        Said(5, "A keddi 8-10 nem jo, orvoshoz megyek. Delutan lehet?", "", SMS),
    )),
    Case("U-034 118", "Szerződés átírása örökösre", "Átírás", BILLING, "nora", 1560, EMAIL, (
        Said(30, "A férjem elhunyt, az ő nevén van az előfizetés. Mit kell beküldenem, hogy az én nevemre írják?",
             "", EMAIL),
        Said(29, "Halotti anyakönyvi kivonat és személyi másolat kell; díjmentes. Óvatosan fogalmazzunk.", "orsolya"),
    )),
    Case("U-140 027", "Statikus IP-cím igénylése", "Hálózat", TECHNICAL, "nora", 1680, EMAIL, (
        Said(8, "Kérjük, adjanak az irodai vonalunkhoz fix IP-címet. Mennyibe kerül, és mikortól él?", "", EMAIL),
    )),
    Case("U-112 739", "Kábel leszakadt az utcában", "Hálózat", NETWORK, "nora", 5700, PHONE, (
        Said(40, "Az oszlopról lelóg a kábel a járdára, gyerekek játszanak mellette.", "", PHONE),
        Said(39, "Kiadtam a hálózatépítésnek, körbekerítik.", "nora"),
    ), Priority.URGENT, move="hold"),
    Case("U-126 455", "Reklamáció: bekötési díj", "Reklamáció", BILLING, "nora", 7200, EMAIL, (
        Said(70, "Ingyenes bekötést ígértek, mégis 9 900 Ft szerepel a számlán.", "", EMAIL),
        Said(50, "A kérelmet továbbítottuk a pénzügynek, pénteken jelentkezünk.", "nora", EMAIL),
    ), move="hold"),
    Case("U-131 876", "Nincs internet reggel óta", "Nincs internet", TECHNICAL, "", 35, PHONE, (
        Said(1.2, "Reggel óta semmi, a router minden lámpája zöld.", "", PHONE),
    ), Priority.HIGH),
    Case("U-101 593", "Számlát kérek új címre", "Fizetési haladék", BILLING, "", 400, EMAIL, (
        Said(4, "Elköltöztem, kérem a számlát az új címemre: Szombathely, Fő tér 8.", "", EMAIL),
    )),
    Case("U-143 360", "Zmiana hasła do routera", "Eszköz", TECHNICAL, "petra", 240, PHONE, (
        Said(6, "Prosi o pomoc w zmianie hasła Wi-Fi, mówi po polsku.", "petra"),
    )),
    Case("U-118 204", "Költözés: áthelyezhető a szolgáltatás?", "Hálózat", SALES, "viktoria", 2900, PHONE, (
        Said(52, "Szeptemberben Sopronba költözik, vinné a szolgáltatást.", "viktoria"),
    ), move="await_customer"),
    Case("U-104 882", "Wi-Fi jelerősítő ajánlat", "Csomagváltás", SALES, "zoltan", None, PHONE, (
        Said(2200, "A hálószobában gyenge a jel, jelerősítőt kérdezett.", "", PHONE),
        Said(2199, "Kiküldtük, beállította, azóta jó.", "zoltan", PHONE),
    ), move="close"),
    Case("U-104 882", "Számla másolata", "Reklamáció", BILLING, "dora", None, EMAIL, (
        Said(4400, "Kérem a márciusi számla másolatát.", "", EMAIL),
        Said(4399, "Csatolva küldjük.", "dora", EMAIL),
    ), move="close"),
    Case("U-104 882", "Hol a csomagom?", "Elakadt küldemény", TECHNICAL, "", None, EMAIL, (
        Said(48.5, "Írtam már tegnapelőtt is: hol van a cserekészülék? A futár nem veszi fel.", "", EMAIL),
    )),
    Case("U-097 311", "Firmware-frissítés után visszaellenőrzés", "Eszköz", TECHNICAL, "nora", 2900, PHONE, (
        Said(22, "Frissítettem a router szoftverét. Két nap múlva nézzük meg, javult-e az esti sebesség.", "nora"),
    )),
)  # fmt: skip


@transaction.atomic
def load(now: datetime) -> None:
    """Make what is missing; what is there already stays as it is."""
    categories = _categories()
    teams = {team.name: team for team in Team.objects.all()}
    people = {user.username: user for user in User.objects.all()}
    demo_setup.load(categories, teams, now)
    opened = []
    for case in CASES:
        customer = Customer.objects.get(code=case.code)
        if not Ticket.objects.filter(subject=case.subject, customer=customer).exists():
            _open(case, customer, categories[case.category], teams[case.team], people.get, now)
            opened.append(case.subject)
    if len(opened) == len(CASES):
        demo_deeds.load(people, now)


def _categories() -> dict[str, Category]:
    found: dict[str, Category] = {}
    for position, (name, below) in enumerate(CATEGORIES.items()):
        parent, _made = Category.objects.get_or_create(
            name=name, parent=None, defaults={"position": position}
        )
        found[name] = parent
        for place, child in enumerate(below):
            found[child] = Category.objects.get_or_create(
                name=child, parent=parent, defaults={"position": place}
            )[0]
    return found


def _open(
    case: Case,
    customer: Customer,
    category: Category,
    team: Team,
    person: Callable[[str], User | None],
    now: datetime,
) -> None:
    began = now - timedelta(hours=case.said[0].hours)
    ticket = Ticket.open(
        case.subject,
        by=person(case.said[0].by),
        now=began,
        customer=customer,
        owner=person(case.owner),
        team=team,
        category=category,
        priority=case.priority,
        deadline=None if case.due_minutes is None else now + timedelta(minutes=case.due_minutes),
        channel=case.channel,
        tags=list(case.tags),
    )
    for said in case.said:
        _say(ticket, said, person(said.by), now - timedelta(hours=said.hours))
    if case.move:
        ticket.advance(case.move, by=person(case.owner), now=now - timedelta(hours=case.said[-1].hours))


def _say(ticket: Ticket, said: Said, author: User | None, at: datetime) -> None:
    if not said.channel:
        named = [user for user in User.objects.all() if f"@{user.full_name}" in said.text]
        ticket.add_note(said.text, by=author, now=at, mentions=named)
        return
    direction = Direction.OUT if author else Direction.IN
    ticket.add_message(
        said.text,
        channel=said.channel,
        direction=direction,
        by=author,
        customer=None if author else ticket.customer,
        now=at,
    )

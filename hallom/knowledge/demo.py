"""What the demo organisation knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hallom.knowledge.models import Article, ArticleVersion, Audience, State
from hallom.staff.demo import BILLING
from hallom.staff.models import Team, User
from hallom.tickets.models import Category

HOUSE, CUSTOMERS = Audience.HOUSE, Audience.CUSTOMERS
EDITOR = "marta"


@dataclass(frozen=True, slots=True)
class Known:
    """Title and text by language."""

    category: str
    audience: Audience
    versions: dict[str, tuple[str, str]]
    days: int
    team: str = ""
    state: State = State.IN_USE


KNOWN = (
    Known("Lassú internet", CUSTOMERS, {
        "hu": ("Lassú wifi: mit nézzünk meg először", "<p>A lassú internet oka legtöbbször nem a vonal, hanem a wifi. Kérjük, nézze végig ebben a sorrendben:</p><ol><li><p><strong>Kapcsolja ki a routert</strong> a hálózatból, várjon 30 másodpercet, kapcsolja vissza. Két perc múlva áll készen.</p></li><li><p><strong>Mérjen vezetékkel.</strong> Ha kábelen gyors, a vonal jó, a wifit kell javítani.</p></li><li><p><strong>Válassza az 5 GHz-es hálózatot</strong> (a neve „-5G” végű): lakótelepen a másik szinte mindig zsúfolt.</p></li><li><p>A router álljon <strong>magasan, szabadon</strong>; ne szekrényben, ne a tévé mögött.</p></li></ol><p>Ha vezetékkel este is a csomag felénél kevesebbet mér, írja meg nekünk a mérések idejét és eredményét: a vonalat is ellenőrizzük.</p>"),
        "pl": ("Wolne Wi-Fi: co sprawdzić najpierw", "<p>Przyczyną wolnego internetu najczęściej nie jest łącze, lecz Wi-Fi. Prosimy sprawdzić po kolei:</p><ol><li><p><strong>Wyłączyć router</strong> z prądu, odczekać 30 sekund i włączyć. Po dwóch minutach jest gotowy.</p></li><li><p><strong>Zmierzyć przez kabel.</strong> Jeśli po kablu jest szybko, łącze jest dobre, a poprawić trzeba Wi-Fi.</p></li><li><p><strong>Wybrać sieć 5 GHz</strong> (jej nazwa kończy się na „-5G”).</p></li><li><p>Router powinien stać <strong>wysoko i swobodnie</strong>, nie w szafce i nie za telewizorem.</p></li></ol><p>Jeśli po kablu także wieczorem prędkość jest mniejsza niż połowa pakietu, prosimy przesłać nam godziny i wyniki pomiarów: sprawdzimy łącze.</p>"),
        "en": ("Slow Wi-Fi: what to look at first", "<p>Most of the time a slow internet is not the line but the Wi-Fi. Please go through this in order:</p><ol><li><p><strong>Unplug the router</strong>, wait 30 seconds, plug it in. It is ready after two minutes.</p></li><li><p><strong>Measure by cable.</strong> If that is fast, the line is fine and the Wi-Fi needs help.</p></li><li><p><strong>Choose the 5 GHz network</strong> (its name ends in “-5G”).</p></li><li><p>The router wants to stand <strong>high and free</strong>, not in a cupboard nor behind the television.</p></li></ol><p>If by cable you measure less than half of your plan in the evening as well, send us the times and results: we check the line.</p>"),
    }, 12),
    Known("Nincs internet", CUSTOMERS, {
        "hu": ("Mit jelentenek a router lámpái", "<ul><li><p><strong>Power</strong> zöld: kap áramot.</p></li><li><p><strong>DSL / PON</strong> folyamatosan zöld: a vonal él. Villog: kapcsolódik, legfeljebb öt percig. Sötét: nincs vonal, ez a mi dolgunk.</p></li><li><p><strong>LOS</strong> piros: az optikai kábel megtört vagy kijött. Kérjük, ne hajtsa meg; technikust küldünk.</p></li><li><p><strong>Internet</strong> piros: a vonal él, a bejelentkezés nem sikerült. Indítsa újra a routert egyszer.</p></li></ul>"),
        "pl": ("Co oznaczają lampki routera", "<ul><li><p><strong>Power</strong> zielona: jest zasilanie.</p></li><li><p><strong>DSL / PON</strong> świeci stale: łącze działa. Miga: łączy się, najwyżej pięć minut. Ciemna: nie ma łącza, to nasza sprawa.</p></li><li><p><strong>LOS</strong> czerwona: światłowód jest złamany lub wyjęty. Prosimy go nie zginać; wyślemy technika.</p></li><li><p><strong>Internet</strong> czerwona: łącze działa, logowanie się nie udało. Prosimy raz uruchomić router ponownie.</p></li></ul>"),
    }, 30),
    Known("Technikus", CUSTOMERS, {
        "hu": ("Hogyan készüljön a technikus érkezésére", "<p>A technikus a megbeszélt kétórás sávban érkezik és indulás előtt telefonál. Kérjük, hogy</p><ul><li><p>legyen otthon egy nagykorú, aki aláírhat;</p></li><li><p>a végpont (fali doboz) és a router legyen szabadon;</p></li><li><p>társasházban legyen kéznél a pince vagy a rendező kulcsa.</p></li></ul><p>Az időpontot az előző nap 18 óráig díjtalanul módosítjuk.</p>"),
        "pl": ("Jak przygotować się na wizytę technika", "<p>Technik przyjeżdża w umówionym dwugodzinnym przedziale i wcześniej dzwoni. Prosimy, aby</p><ul><li><p>w domu była osoba pełnoletnia, która może podpisać protokół;</p></li><li><p>gniazdo i router były dostępne;</p></li><li><p>w budynku wielorodzinnym był pod ręką klucz do piwnicy lub szafy.</p></li></ul><p>Termin zmieniamy bezpłatnie do godz. 18 poprzedniego dnia.</p>"),
        "en": ("How to prepare for the technician", "<p>The technician comes within the agreed two hours and calls before. Please see to it that</p><ul><li><p>somebody of age is at home who may sign;</p></li><li><p>the wall box and the router can be reached;</p></li><li><p>in a block of flats the key of the cellar is at hand.</p></li></ul><p>Until 6 p.m. of the day before, another time costs nothing.</p>"),
    }, 45),
    Known("Elakadt küldemény", HOUSE, {
        "hu": ("Elakadt csomag: kit hívunk és mit mondunk", "<p>Ha a futár követője két napja ugyanazt mutatja, a csomag elakadt. <strong>Ne mondjuk, hogy „hamarosan”.</strong></p><ol><li><p>Diszpécser a futárnál: a rendelésszámot és a csomagszámot is kéri.</p></li><li><p>Új kiszállítás a következő munkanapra; a sávot az ügyféllel egyeztetjük.</p></li><li><p>Egy havi jóváírás kérés nélkül, ha másodszor marad el.</p></li></ol>"),
    }, 6),
    Known("Reklamáció", HOUSE, {
        "hu": ("Mennyi jóváírást adhatunk magunktól", "<p>Kérdezés nélkül legfeljebb <strong>egy havi díj</strong>, évente kétszer. Afölött a csoportvezető dönt. A jóváírás oka a jegy megjegyzésébe kerül.</p><p>Nem adunk jóváírást annak, akinek tartozása van: előbb a részletfizetést ajánljuk fel.</p>"),
    }, 20, team=BILLING),
    Known("Átírás", CUSTOMERS, {
        "hu": ("Átírás: milyen iratok kellenek", "<p>Az átíráshoz mindkét fél aláírása kell, és</p><ul><li><p>adásvételnél a szerződés első és utolsó oldala,</p></li><li><p>öröklésnél a hagyatékátadó végzés,</p></li><li><p>bérletnél a bérleti szerződés és a tulajdonos hozzájárulása.</p></li></ul><p>A számlán levő tartozást előbb rendezni kell.</p>"),
    }, 60),
    Known("Csomagváltás", CUSTOMERS, {
        "hu": ("Karácsonyi ajánlat 2026", "<p>December 1-jétől január 6-ig a gigabites csomag egy évig a 300 megabites áron.</p>"),
    }, 1, state=State.DRAFT),
)  # fmt: skip


@transaction.atomic
def load(now: datetime) -> None:
    """Once: into a knowledge base that holds anything nothing is put."""
    if Article.objects.exists():
        return
    editor = User.objects.filter(username=EDITOR).first()
    teams = {team.name: team for team in Team.objects.all()}
    for known in KNOWN:
        written_at = now - timedelta(days=known.days)
        article = Article.objects.create(
            category=Category.objects.filter(name=known.category).first(),
            team=teams.get(known.team),
            audience=known.audience,
            state=known.state,
            changed_at=written_at,
            changed_by=editor,
        )
        for language, (title, html) in known.versions.items():
            ArticleVersion(article=article, language=language).write(title, html, by=editor, now=written_at)

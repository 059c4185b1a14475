"""Whom to send a caller to: found by a few letters, with how each of them is."""

import pytest
from django.test import Client
from django.utils import timezone

from hallom.calls.models import Extension, Number, OutsideContact, PauseReason, Queue
from hallom.calls.tests.phone_house import happen, serve
from hallom.calls.tests.story import Story
from hallom.desk.destinations import Destination, Group, search
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoli(queue: Queue) -> User:
    zoli = person("zoltan", "Kiss-Balogh Zoltán", Role.AGENT)
    Extension.objects.create(number="231", user=zoli, label="network planner", department="Hálózat")
    return zoli


def found(user: User, text: str, purpose: str = "transfer") -> list[Destination]:
    groups = search(user, text, now=timezone.now(), purpose=purpose)
    return [item for group in groups for item in group.items]


def one(user: User, text: str, purpose: str = "transfer") -> Destination:
    items = found(user, text, purpose)
    assert len(items) == 1, items
    return items[0]


@pytest.mark.parametrize("text", ["kiss", "balogh zolt", "ZOLTAN", "231", "halozat", "network"])
def test_a_colleague_is_found_without_accents_by_name_extension_department_or_work(
    alice: User, zoli: User, text: str
) -> None:
    item = found(alice, text)[0]
    assert (item.to, item.name, item.number) == (f"agent:{zoli.pk}", "Kiss-Balogh Zoltán", "231")
    assert item.can_consult


def test_nobody_sends_a_caller_to_himself(alice: User, queue: Queue) -> None:
    assert not [item for item in found(alice, "alice") if item.kind == "person"]


def test_lamps_say_free_talking_since_away_and_why(alice: User, zoli: User) -> None:
    PauseReason.objects.create(code="lunch", name="Lunch")
    assert (one(alice, "zoltan").lamp, one(alice, "zoltan").can_promise) == ("off", True)
    story = Story()("agent.changed", 0, agent=zoli.pk, state="available")
    happen(story)
    assert (one(alice, "zoltan").lamp, one(alice, "zoltan").can_promise) == ("free", False)
    happen(Story(first=2)("agent.changed", 60, agent=zoli.pk, state="talking", call="x"))
    talking = one(alice, "zoltan")
    assert (talking.lamp, talking.status, talking.since) == ("busy", "on a call", story.at(60))
    happen(Story(first=3)("agent.changed", 90, agent=zoli.pk, state="paused", reason="lunch"))
    assert (one(alice, "zoltan").lamp, one(alice, "zoltan").status) == ("away", "Lunch")


def test_a_lamp_says_where_calls_go_and_who_will_not_be_disturbed(
    alice: User, zoli: User, queue: Queue
) -> None:
    happen(Story()("agent.changed", 0, agent=zoli.pk, state="available", desk={"do_not_disturb": True}))
    assert one(alice, "zoltan").status == "do not disturb"
    desk = {"always": f"queue:{queue.pk}"}
    happen(Story(first=2)("agent.changed", 1, agent=zoli.pk, state="available", desk=desk))
    assert (one(alice, "zoltan").status, one(alice, "zoltan").lamp) == ("calls go to Technical", "away")


def test_who_is_free_stands_first(alice: User, zoli: User) -> None:
    anna = person("anna", "Anna Busy", Role.AGENT)
    happen(
        Story()("agent.changed", 0, agent=zoli.pk, state="available"),
        Story(first=2)("agent.changed", 0, agent=anna.pk, state="talking", call="x"),
    )
    people = [item.name for item in found(alice, "") if item.kind == "person"]
    assert people[:2] == ["Kiss-Balogh Zoltán", "Anna Busy"]


def test_a_queue_says_who_is_free_in_it(alice: User, queue: Queue, zoli: User) -> None:
    serve(queue, zoli)
    happen(Story()("agent.changed", 0, agent=zoli.pk, state="available"))
    item = next(item for item in found(alice, "tech") if item.kind == "queue")
    assert (item.to, item.status, item.lamp) == (f"queue:{queue.pk}", "1 free", "free")


def test_a_caller_can_be_announced_anywhere_but_to_a_parking_place(
    alice: User, zoli: User, number: Number
) -> None:
    Number.objects.filter(pk=number.pk).update(name="Night line")
    people = ("zoltan", "tech", "night", "06 30 123 4567")
    assert all(any(item.can_consult for item in found(alice, text)) for text in people)
    assert not any(item.can_consult for item in found(alice, "park"))
    assert not any(item.can_consult for text in ("tech", "night") for item in found(alice, text, "divert"))


@pytest.mark.parametrize(
    ("typed", "to"),
    [("06 30 123 4567", "+36301234567"), ("+48 601 234 567", "+48601234567"), ("112", "112")],
)
def test_a_number_typed_is_a_destination(alice: User, typed: str, to: str) -> None:
    item = next(item for item in found(alice, typed) if item.kind == "outside")
    assert (item.to, item.can_consult) == (f"outside:{to}", True)


def test_contacts_outside_announcements_and_places_are_found(alice: User, number: Number) -> None:
    Number.objects.filter(pk=number.pk).update(name="Night line")
    OutsideContact.objects.create(name="Balogh és Fia", number="+36 22 514 300", label="builder")
    assert one(alice, "balogh").to == "outside:+3622514300"
    assert one(alice, "night").to == f"greeting:{Number.objects.get().dialled}"
    assert one(alice, "park").to == "place:"
    assert one(alice, "p 7").to == "place:7"


def test_one_calls_people_and_numbers_and_picks_up_what_rings(alice: User, zoli: User) -> None:
    happen(Story()("agent.changed", 0, agent=zoli.pk, state="offered", call="x"))
    item = one(alice, "zolt", "dial")
    assert (item.can_pick_up, item.can_consult) == (True, False)
    assert {item.kind for item in found(alice, "", "dial")} <= {"person"}


def test_the_fragment_is_for_those_who_telephone(client: Client, alice: User, zoli: User, ada: User) -> None:
    client.force_login(alice)
    html = client.post("/deck/destinations/", {"q": "zolt"}).content.decode()
    assert f'data-to="agent:{zoli.pk}"' in html
    data = client.post("/deck/destinations/", {"q": "zolt"}, headers={"Accept": "application/json"}).json()
    assert data["groups"][0]["items"][0]["to"] == f"agent:{zoli.pk}"
    client.force_login(ada)
    assert client.post("/deck/destinations/").status_code == 403


def test_searching_costs_a_handful_of_queries_however_many_work_here(
    alice: User, zoli: User, django_assert_max_num_queries: object
) -> None:
    team = Team.objects.create(name="Many")
    for n in range(20):
        colleague = person(f"c{n}", f"Colleague {n}", Role.AGENT, team=team)
        Extension.objects.create(number=str(400 + n), user=colleague)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        groups: list[Group] = search(alice, "colleague", now=timezone.now())
    assert len(groups[0].items) == 12

"""The attendant's console: who waits, who it may be, where to send them, and what was taken down."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hallom.calls import figures, orders
from hallom.calls.models import (
    Call,
    Closure,
    Extension,
    Leg,
    Number,
    OutsideContact,
    PauseReason,
    Queue,
    Switchboard,
)
from hallom.calls.tests.phone_house import call_id, happen, serve
from hallom.calls.tests.story import Story
from hallom.customers.models import ContactKind, Customer
from hallom.desk import destinations
from hallom.desk.switchboard import day, directory, incoming, quick, waiting
from hallom.desk.switchboard.directory import marked
from hallom.hours.models import Calendar
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Given = list[tuple[object, ...]]


@pytest.fixture
def noon() -> datetime:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def anna(technical: Team) -> User:
    return person("aniko", "Anikó Attendant", Role.ATTENDANT)


@pytest.fixture
def board(queue: Queue, anna: User) -> Switchboard:
    serve(queue, anna)
    return Switchboard.objects.create(pk=1, queue=queue)


@pytest.fixture
def attendant(client: Client, anna: User, board: Switchboard) -> Client:
    client.force_login(anna)
    return client


def waiting_call(
    n: int, queue: Queue, number: Number, start: datetime, caller: str = "+36201234567"
) -> Story:
    story = Story(call_id(n), start)
    customer = f"{story.call}-1"
    story("call.arrived", 0, number=number.pk, dialled=number.dialled, caller=caller, name="", leg=customer)
    story("call.answered", 0.2, leg=customer, dialog={}, state={})
    return story("queue.entered", 1, queue=queue.pk, position=n)


def talking(n: int, agent: User, queue: Queue, number: Number, start: datetime, **options: Any) -> Story:
    story = waiting_call(n, queue, number, start, **options)
    leg = f"{story.call}-2"
    story("queue.left", 5, queue=queue.pk, reason="offered_accepted")
    story("call.bridged", 5, agent=agent.pk, leg=leg)
    return story("agent.changed", 5, agent=agent.pk, state="talking", reason="", call=story.call)


# Who waits


def test_callers_wait_in_their_order_with_a_key_each_and_who_it_may_be(
    anna: User, board: Switchboard, queue: Queue, number: Number, carla: Customer, noon: datetime
) -> None:
    Ticket.open("Broken modem", by=None, now=noon, customer=carla)
    happen(
        waiting_call(1, queue, number, noon),
        waiting_call(2, queue, number, noon + timedelta(seconds=9), caller="+36305124478"),
        waiting_call(3, queue, number, noon + timedelta(seconds=12), caller="anonymous"),
    )
    rows = incoming.incoming(anna, board, noon)
    assert [(row.key, row.name) for row in rows] == [
        ("1", "+36 20 123 4567"),
        ("2", "Carla Customer"),
        ("3", "Hidden number"),
    ]
    assert [row.detail for row in rows] == [
        "+36 1 555 0100 · unknown number",
        "+36 1 555 0100 · 1 open ticket",
        "+36 1 555 0100",
    ]
    first = rows[0]
    assert (first.hot_at - first.since, first.late_at - first.since) == (
        timedelta(seconds=20),
        timedelta(seconds=40),
    )


def test_the_longest_wait_turns_red_when_its_caller_does(
    attendant: Client, queue: Queue, number: Number
) -> None:
    start = timezone.now()
    happen(
        waiting_call(1, queue, number, start), waiting_call(2, queue, number, start - timedelta(seconds=9))
    )
    page = attendant.get("/switchboard/calls/").content.decode()
    # In the queue a second after the call came.
    due = (start - timedelta(seconds=9 - 1 - 40)).timestamp()
    assert f'<span data-late="{int(due)}">longest' in page


def test_somebody_who_called_before_is_known_by_it(
    anna: User, board: Switchboard, queue: Queue, number: Number, carla: Customer, noon: datetime
) -> None:
    earlier = waiting_call(1, queue, number, noon - timedelta(days=1), caller="+36305124478")
    earlier("queue.left", 20, queue=queue.pk, reason="abandoned")
    earlier("call.ended", 20, by="customer", cause="normal", ended_at=0)
    happen(earlier, waiting_call(2, queue, number, noon, caller="+36305124478"))
    with time_machine.travel(noon, tick=False):
        (row,) = incoming.incoming(anna, board, noon)
    assert row.detail == "+36 1 555 0100 · called yesterday, too"


def test_a_caller_whom_nobody_took_stands_apart_with_the_reason(
    anna: User, alice: User, bruno: User, board: Switchboard, queue: Queue, number: Number, noon: datetime
) -> None:
    story = talking(1, anna, queue, number, noon)
    to = f"agent:{alice.pk}"
    story("transfer.started", 20, agent=anna.pk, by=anna.pk, to=to, until=None)
    story(
        "call.returned", 45, agent=anna.pk, **{"from": anna.pk}, to=to, reason="no_answer", waited=25, times=2
    )
    back_at_once = incoming_of(anna, board, story)
    assert [(row.is_returned, row.is_mine) for row in back_at_once] == [(True, False)]
    story2 = Story(story.call, noon, first=50)
    story2("queue.entered", 60, queue=queue.pk, position=1, reason="returned")
    happen(story2, waiting_call(2, queue, number, noon))
    rows = incoming.incoming(anna, board, noon)
    assert [(row.key, row.is_returned) for row in rows] == [("1", False), ("2", True)]
    assert rows[1].detail == "came back from Alice Agent: did not answer, 25 s, return no. 2"
    queue.memberships.create(agent=bruno)
    with time_machine.travel(noon, tick=False):
        to_another = [row.detail for row in incoming.incoming(bruno, board, noon) if row.is_returned]
    assert to_another == [
        f"came back from Alice Agent: did not answer, 25 s, return no. 2, sent by {anna.full_name}"
    ]


def incoming_of(user: User, board: Switchboard, story: Story) -> list[incoming.Incoming]:
    happen(story)
    return incoming.incoming(user, board, story.start)


def test_the_row_says_at_whose_telephone_it_rings(
    anna: User, alice: User, board: Switchboard, queue: Queue, number: Number, noon: datetime
) -> None:
    offers = []
    for n, agent in ((1, anna), (2, alice)):
        story = waiting_call(n, queue, number, noon)
        offer = {"offer": f"{story.call}-o1", "leg": f"{story.call}-2", "queue": queue.pk}
        offers.append(story("offer.made", 2, agent=agent.pk, **offer))
    happen(*offers)
    rows = incoming.incoming(anna, board, noon)
    assert [(row.is_mine, row.rings_at) for row in rows] == [(True, ""), (False, "Alice Agent")]


def test_callers_of_queues_that_are_not_hers_are_not_shown(
    anna: User, board: Switchboard, number: Number, noon: datetime
) -> None:
    other = Queue.objects.create(name="Other")
    happen(waiting_call(1, other, number, noon))
    assert incoming.incoming(anna, board, noon) == []
    serve(other, anna)
    assert len(incoming.incoming(anna, board, noon)) == 1


# Held, parked, sent on


def test_parked_held_and_sent_on_callers_have_a_clock_each(
    anna: User, alice: User, board: Switchboard, queue: Queue, number: Number, noon: datetime
) -> None:
    parked, held, sent = (talking(n, anna, queue, number, noon) for n in (1, 2, 3))
    until = (noon + timedelta(seconds=130)).timestamp()
    parked("call.parked", 10, agent=anna.pk, by=anna.pk, place=4, until=until)
    held("call.held", 20, agent=anna.pk)
    sent("transfer.started", 30, agent=anna.pk, by=anna.pk, to=f"agent:{alice.pk}", until=None)
    happen(parked, held, sent)
    _now, slots = waiting.of(anna, board)
    assert [(one.place, one.key, one.detail) for one in slots] == [
        (4, "1", "parked by you"),
        (None, "", "on hold with you"),
        (None, "", "rings at Alice Agent"),
    ]
    assert slots[0].since == noon + timedelta(seconds=10)
    assert slots[0].late_at == noon + timedelta(seconds=110)
    assert slots[1].late_at == noon + timedelta(seconds=20 + 120 - 20)
    assert [one.place for one in waiting.of(alice, board)[1]] == [4]


def test_whom_she_talks_with_and_whom_she_asks(
    anna: User, alice: User, board: Switchboard, queue: Queue, number: Number, noon: datetime, carla: Customer
) -> None:
    assert waiting.of(anna, board)[0] is None
    story = talking(1, anna, queue, number, noon, caller="+36305124478")
    happen(story)
    now, _slots = waiting.of(anna, board)
    assert now is not None
    assert (now.name, now.number, now.customer, now.asked) == (
        "Carla Customer",
        "+36 30 512 4478",
        carla.pk,
        "",
    )
    asking = Story(story.call, noon, first=60)
    asking("consult.started", 30, agent=anna.pk, by=anna.pk, to=f"agent:{alice.pk}")
    happen(asking)
    now, _slots = waiting.of(anna, board)
    assert now is not None
    assert (now.asked, now.is_answered) == ("Alice Agent", False)


def test_how_many_callers_she_has_talked_with_today_and_how_long(
    anna: User, queue: Queue, number: Number, noon: datetime
) -> None:
    midnight = figures.start_of_day(noon)
    for n, at in enumerate((midnight - timedelta(hours=1), noon, noon + timedelta(minutes=5)), 1):
        story = talking(n, anna, queue, number, at, caller=f"+3620123456{n}")
        story("call.ending", 60 + n, by="customer", cause="normal")
        story("leg.ended", 60 + n, leg=f"{story.call}-2", cause="normal", by="customer")
        story(
            "call.ended",
            60 + n,
            by="customer",
            cause="normal",
            ended_at=(at + timedelta(seconds=60 + n)).timestamp(),
        )
        happen(story)
    today = day.handled_today(anna, noon + timedelta(hours=1))
    began = Leg.objects.filter(agent=anna, bridged_at__gte=noon).values_list("bridged_at", "ended_at")
    lengths = [(ended - bridged).total_seconds() for bridged, ended in began]
    assert (today.calls, today.seconds) == (2, sum(lengths) / 2)
    assert day.handled_today(anna, noon + timedelta(days=1)).calls == 0


# The directory


@pytest.fixture
def house(alice: User, amir: User, bruno: User, billing: Team) -> dict[str, User]:
    kovacs = person("kovacs", "dr. Kovács-Őry Ágnes", Role.AGENT, team=billing)
    Extension.objects.create(number="2114", user=kovacs, label="Invoices", department="Pénzügy")
    Extension.objects.create(number="2231", user=alice, label="Network planner", department="Technical")
    OutsideContact.objects.create(name="Balogh és Fia Kft.", number="+36 22 555 300", label="Builder")
    return {"kovacs": kovacs, "alice": alice}


def found(user: User, text: str, only: str = "") -> list[str]:
    everybody = destinations.whole(user)
    return [row.to.name for row in directory.rows(user, everybody, text, only=only)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kovacs", "dr. Kovács-Őry Ágnes"),
        ("ory", "dr. Kovács-Őry Ágnes"),
        ("AGNES kov", "dr. Kovács-Őry Ágnes"),
        ("2114", "dr. Kovács-Őry Ágnes"),
        ("penz", "dr. Kovács-Őry Ágnes"),
        ("invoi", "dr. Kovács-Őry Ágnes"),
        ("planner", "Alice Agent"),
        ("balog", "Balogh és Fia Kft."),
        ("builder", "Balogh és Fia Kft."),
        ("techn", "Technical"),
        ("carla", "Carla Customer"),
    ],
)
def test_somebody_is_found_without_accents_by_anything_that_is_known(
    anna: User, house: dict[str, User], queue: Queue, carla: Customer, text: str, name: str
) -> None:
    assert name in found(anna, text)


def test_the_whole_extension_and_the_name_go_before_the_rest(anna: User, house: dict[str, User]) -> None:
    person("p", "Technical Tamás", Role.AGENT)
    assert found(anna, "techni")[0] == "Technical Tamás"
    assert found(anna, "2231")[0] == "Alice Agent"


def test_a_typed_number_can_be_called_and_oneself_cannot(anna: User, house: dict[str, User]) -> None:
    assert found(anna, "06 30 123 4567") == ["+36 30 123 4567"]
    assert "Anikó Attendant" not in found(anna, "aniko")


def test_a_customer_without_a_telephone_is_not_offered(anna: User) -> None:
    mute = Customer.register(name="Mute Magda", by=None, now=timezone.now())
    mute.contact_points.create(kind=ContactKind.EMAIL, value="magda@example.org")
    assert found(anna, "magda") == []


def test_filters_show_who_is_free_one_department_and_those_outside(
    anna: User, house: dict[str, User], alice: User
) -> None:
    happen(Story()("agent.changed", 0, agent=alice.pk, state="available"))
    assert found(anna, "", "free") == ["Alice Agent"]
    assert found(anna, "", "Pénzügy") == ["dr. Kovács-Őry Ágnes"]
    assert found(anna, "", "outside") == ["Balogh és Fia Kft."]
    labels = [one.label for one in directory.filters(destinations.whole(anna))]
    assert (labels[:2], labels[-1]) == (["All", "Free"], "Outside")


def test_lamps_say_who_is_away_until_when_and_who_stands_in(
    anna: User, house: dict[str, User], alice: User, noon: datetime
) -> None:
    PauseReason.objects.create(code="lunch", name="Lunch", planned_seconds=1800)
    kovacs = house["kovacs"]
    happen(
        Story(start=noon)("agent.changed", 0, agent=alice.pk, state="available")(
            "agent.changed",
            1,
            agent=kovacs.pk,
            state="paused",
            reason="lunch",
            desk={"always": "extension:2231", "promises": []},
        )
    )
    with time_machine.travel(noon, tick=False):
        by_name = {one.name: one for one in destinations.whole(anna)}
    assert (by_name[str(kovacs)].lamp, by_name[str(kovacs)].status) == ("away", "Lunch until 12:30")
    assert by_name["Alice Agent"].status == "free · stands in for dr. Kovács-Őry Ágnes"
    with time_machine.travel(noon + timedelta(minutes=31), tick=False):
        late = next(one for one in destinations.whole(anna) if one.name == str(kovacs))
    assert (late.status, late.since) == ("Lunch", noon + timedelta(seconds=1))


def test_what_was_typed_is_marked_where_it_stands() -> None:
    pieces = [(piece.text, piece.is_hit) for piece in marked("Kiss-Balogh Ágnes", ["balog", "ag"])]
    assert pieces == [("Kiss-", False), ("Balog", True), ("h ", False), ("Ág", True), ("nes", False)]


# What the attendant does


def test_nobody_but_an_attendant_has_the_console(client: Client, alice: User) -> None:
    client.force_login(alice)
    for path in ("", "calls/"):
        assert client.get(f"/switchboard/{path}").status_code == 403
    assert client.post("/switchboard/directory/").status_code == 403
    for path in ("pickup/", "messages/", "night/", "quick/"):
        assert client.post(f"/switchboard/{path}").status_code == 403
    alice.set_roles([Role.AGENT, Role.ATTENDANT], by=None, now=timezone.now())
    client.force_login(alice)
    assert client.get("/switchboard/").status_code == 200


def test_the_page_costs_few_queries_however_many_call_and_work(
    attendant: Client, queue: Queue, number: Number, noon: datetime, carla: Customer, technical: Team
) -> None:
    for n in range(30):
        user = person(f"user{n}", f"User {n}", Role.AGENT, team=technical)
        Extension.objects.create(number=str(3000 + n), user=user)
    happen(*(waiting_call(n, queue, number, noon, caller="+36305124478") for n in range(1, 12)))
    number.calendar = Calendar.objects.create(name="Office", country="")
    number.calendar.openings.create(weekday=0, opens=time(8), closes=time(18))
    number.save()
    attendant.get("/switchboard/")
    with CaptureQueriesContext(connection) as page:
        assert attendant.get("/switchboard/").status_code == 200
    with CaptureQueriesContext(connection) as calls:
        assert attendant.get("/switchboard/calls/").status_code == 200
    with CaptureQueriesContext(connection) as found:
        assert attendant.post("/switchboard/directory/", {"q": "user"}).status_code == 200
    told = "\n".join(one["sql"][:160] for one in [*page, *found])
    assert max(map(len, (page, calls, found))) <= 15, told


def test_taking_a_call_orders_it_from_the_switch(attendant: Client, anna: User, given: Given) -> None:
    assert attendant.post("/switchboard/pickup/", {"call": "abc"}).status_code == 204
    assert given == [(anna.pk, "pickup", {"call": "abc"})]


def test_the_second_of_two_attendants_is_told_who_was_faster(
    attendant: Client,
    alice: User,
    queue: Queue,
    number: Number,
    noon: datetime,
    refuse: Callable[[str], None],
) -> None:
    story = talking(1, alice, queue, number, noon)
    happen(story)
    refuse("already_answered")
    answer = attendant.post("/switchboard/pickup/", {"call": story.call})
    assert (answer.status_code, answer.content.decode()) == (409, "Alice Agent was faster and has this call.")
    refuse("no_such_call")
    assert attendant.post("/switchboard/pickup/", {"call": "x"}).content.decode() == "The call is over."


def test_quick_buttons_are_her_own_and_have_lamps(
    attendant: Client, anna: User, alice: User, house: dict[str, User]
) -> None:
    to = f"agent:{alice.pk}"
    assert attendant.post("/switchboard/quick/", {"to": to}).status_code == 204
    assert attendant.post("/switchboard/quick/", {"to": to}).status_code == 204
    assert [(one.name, one.lamp) for one in quick.buttons(anna, destinations.whole(anna))] == [
        ("Alice Agent", "off")
    ]
    assert quick.places(alice) == []
    assert attendant.post("/switchboard/quick/", {"to": "moon:1"}).status_code == 409
    for n in range(quick.MOST):
        attendant.post("/switchboard/quick/", {"to": f"queue:{n}"})
    assert len(quick.places(anna)) == quick.MOST
    assert "no room" in attendant.post("/switchboard/quick/", {"to": "queue:99"}).content.decode()
    attendant.delete(
        "/switchboard/quick/", urlencode({"to": to}), content_type="application/x-www-form-urlencoded"
    )
    assert to not in quick.places(anna)


def test_night_mode_closes_the_switchboard_s_numbers_and_opens_them_again(
    attendant: Client, anna: User, number: Number
) -> None:
    assert "Back to day mode" in attendant.post("/switchboard/night/").content.decode()
    closure = Closure.objects.get()
    assert (closure.number, closure.closed_by) == (number, anna)
    attendant.delete("/switchboard/night/")
    closure.refresh_from_db()
    assert closure.opened_by == anna


FORM = {"name": "Kinga", "number": "+36 70 214 8890", "when": "hour", "why": "Instalments", "what": "promise"}


def test_a_promise_is_ordered_with_all_that_was_written(
    attendant: Client, anna: User, alice: User, given: Given, noon: datetime
) -> None:
    with time_machine.travel(noon, tick=False):
        answer = attendant.post("/switchboard/messages/", {**FORM, "owner": alice.pk})
    assert "On Alice Agent" in answer.content.decode()
    ((agent, verb, args),) = given
    assert (agent, verb) == (anna.pk, "promise")
    assert isinstance(args, dict)
    assert {name: args[name] for name in ("kind", "agent", "number", "name", "why", "seconds")} == {
        "kind": "call_customer",
        "agent": alice.pk,
        "number": "+36 70 214 8890",
        "name": "Kinga",
        "why": "Instalments",
        "seconds": 3600,
    }


@pytest.mark.parametrize(
    ("when", "at", "hour", "days"), [("today", "", 18, 0), ("tomorrow", "", 9, 1), ("at", "15:45", 15, 0)]
)
def test_by_when(
    attendant: Client, alice: User, given: Given, noon: datetime, when: str, at: str, hour: int, days: int
) -> None:
    values = {**FORM, "owner": alice.pk, "when": when, "at": f"{noon:%Y-%m-%d}T{at}" if at else ""}
    with time_machine.travel(noon, tick=False):
        attendant.post("/switchboard/messages/", values)
    ((_agent, _verb, args),) = given
    assert isinstance(args, dict)
    deadline = timezone.localtime(noon + timedelta(seconds=int(args["seconds"])))
    assert (deadline.hour, (deadline.date() - noon.date()).days) == (hour, days)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"number": ""}, "Without a number nobody can call back."),
        ({"why": ""}, "This field is required."),
        ({"owner": ""}, "This field is required."),
        ({"when": "at"}, "Say when."),
        ({"when": "at", "at": "2020-01-01T10:00"}, "in the future"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(
    attendant: Client, alice: User, given: Given, change: dict[str, str], error: str
) -> None:
    answer = attendant.post("/switchboard/messages/", {**FORM, "owner": alice.pk, **change})
    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert change.get("why", "Instalments") in answer.content.decode()
    assert given == []


def test_a_complaint_becomes_a_ticket_of_the_one_it_is_for_and_the_call_is_about_it(
    attendant: Client, anna: User, alice: User, queue: Queue, number: Number, noon: datetime, carla: Customer
) -> None:
    story = talking(1, anna, queue, number, noon, caller="+36305124478")
    happen(story)
    values = {**FORM, "what": "ticket", "owner": alice.pk, "call": story.call, "customer": carla.pk}
    answer = attendant.post("/switchboard/messages/", values)
    ticket = Ticket.objects.get(subject="Instalments")
    assert f"Ticket {ticket.number} is open." in answer.content.decode()
    assert (ticket.owner, ticket.customer, ticket.opened_by, ticket.team) == (
        alice,
        carla,
        anna,
        alice.memberships.get().team,
    )
    assert Call.objects.get(pk=story.call).ticket == ticket
    assert "Kinga" in ticket.notes.get().body


def test_somebody_else_s_call_is_not_taken_along(
    attendant: Client, alice: User, amir: User, queue: Queue, number: Number, noon: datetime
) -> None:
    story = talking(1, amir, queue, number, noon)
    happen(story)
    attendant.post(
        "/switchboard/messages/", {**FORM, "what": "ticket", "owner": alice.pk, "call": story.call}
    )
    assert Call.objects.get(pk=story.call).ticket != Ticket.objects.get(subject="Instalments")


def test_what_the_switch_refuses_is_said_in_the_form(
    attendant: Client, alice: User, refuse: Callable[[str], None]
) -> None:
    refuse("no_such_agent")
    answer = attendant.post("/switchboard/messages/", {**FORM, "owner": alice.pk})
    assert answer.status_code == 422
    assert "This colleague has no telephone." in answer.content.decode()
    assert orders.Outcome(False, "no_such_agent").error == "no_such_agent"

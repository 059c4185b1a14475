"""Transfer, consultation, parking, promises and one's own telephone: what the bar shows, and what its acts order."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hallom.calls import dialling, orders
from hallom.calls.models import Call, Extension, Number, Promise, Queue
from hallom.calls.tests.phone_house import happen, make_queue
from hallom.calls.tests.story import CALL as STORY
from hallom.calls.tests.story import Story
from hallom.customers.models import Customer
from hallom.desk.deck import deck_of
from hallom.desk.tests.test_deck import CALL, html, talking
from hallom.staff.models import Role, User
from hallom.staff.tests.cast import person

pytestmark = pytest.mark.django_db
Given = list[tuple[object, ...]]
Refuse = Callable[[str], None]


@pytest.fixture
def zoli(db: None) -> User:
    zoli = person("zoltan", "Kiss-Balogh Zoltán", Role.AGENT)
    Extension.objects.create(number="231", user=zoli)
    return zoli


@pytest.fixture
def call(client: Client, alice: User, number: Number) -> Story:
    story = talking(alice, number)
    happen(story)
    client.force_login(alice)
    return story


def later(story: Story) -> Story:
    return Story(story.call, story.start, first=100)


def consulting(story: Story, alice: User, zoli: User, *, answered: bool = True) -> None:
    more = later(story)("consult.started", 50, agent=alice.pk, by=alice.pk, to=f"agent:{zoli.pk}")
    if answered:
        more("consult.answered", 55, agent=zoli.pk, leg=f"{CALL}-3")
        more("agent.changed", 55, agent=zoli.pk, state="talking", call=CALL)
    happen(more)


@pytest.mark.parametrize(
    ("address", "values", "verb", "args"),
    [
        ("/deck/transfer/", {"to": "agent:8"}, "transfer", {"to": "agent:8"}),
        ("/deck/consultation/", {"to": "agent:8"}, "consult", {"to": "agent:8"}),
        ("/deck/swap/", {}, "swap", {}),
        ("/deck/conference/", {}, "join", {}),
        ("/deck/handover/", {}, "complete", {}),
        ("/deck/parking/", {}, "park", {}),
        ("/deck/parking/", {"place": "4"}, "park", {"place": 4}),
    ],
)
def test_acts_about_ones_own_call(
    client: Client,
    alice: User,
    call: Story,
    given: Given,
    address: str,
    values: dict[str, str],
    verb: str,
    args: dict[str, object],
) -> None:
    answer = client.post(address, {"call": CALL, **values})
    assert answer.status_code == 200
    assert given == [(alice.pk, verb, {"call": CALL, **args})]


@pytest.mark.parametrize(
    ("address", "verb"), [("/deck/consultation/", "cancel_consult"), ("/deck/conference/", "leave")]
)
def test_acts_that_take_back(
    client: Client, alice: User, call: Story, given: Given, address: str, verb: str
) -> None:
    assert client.delete(f"{address}?call={CALL}").status_code == 200
    assert given == [(alice.pk, verb, {"call": CALL})]


@pytest.mark.parametrize("address", ["transfer", "consultation", "swap", "conference", "handover", "parking"])
def test_nobody_sends_somebody_elses_caller_on(
    client: Client, amir: User, call: Story, given: Given, address: str
) -> None:
    client.force_login(amir)
    answer = client.post(f"/deck/{address}/", {"call": CALL, "to": "agent:8"})
    assert answer.status_code == 409
    assert "This is not your call." in answer.content.decode()
    assert given == []


def test_what_the_switch_refuses_is_said_in_words(client: Client, call: Story, refuse: Refuse) -> None:
    refuse("place_taken")
    answer = client.post("/deck/parking/", {"call": CALL, "place": "4"})
    assert answer.status_code == 409
    assert "Somebody waits at this place already." in answer.content.decode()


def test_a_consultation_says_whom_and_who_hears_whom(
    client: Client, alice: User, zoli: User, call: Story, carla: Customer
) -> None:
    consulting(call, alice, zoli, answered=False)
    shown = html(client, alice)
    assert 'data-state="consulting"' in shown
    assert "Kiss-Balogh Zoltán" in shown
    assert "It rings; +36 30 512 4478 hears music." in shown
    assert "/deck/swap/" not in shown
    assert "/deck/handover/" in shown


def in_line(story: Story, seconds: float, by: User, queue: Queue) -> Story:
    """He waits there in his caller's stead, who has waited since the call began."""
    since = story.start.timestamp() + 2
    return story(
        "consult.queued",
        seconds,
        agent=by.pk,
        to=f"queue:{queue.pk}",
        queue=queue.pk,
        position=1,
        entered_at=since,
    )


def test_who_asks_a_colleague_whose_calls_go_to_a_queue_reads_where_he_waits(
    client: Client, alice: User, zoli: User, carla: Customer, call: Story
) -> None:
    other = make_queue("Claims")
    story = later(call)("consult.started", 50, agent=alice.pk, by=alice.pk, to=f"agent:{zoli.pk}")
    story("call.diverted", 50, agent=zoli.pk, **{"from": f"agent:{zoli.pk}"}, to=f"queue:{other.pk}")
    happen(in_line(story, 50, alice, other))
    shown = html(client, alice)
    assert "Kiss-Balogh Zoltán" in shown
    assert "You wait in the queue Claims, in place 1; Carla Customer hears music." in shown
    assert "It rings" not in shown


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("queue_full", "Claims: the queue was full"),
        ("no_answer", "Claims: did not answer"),
        ("closed", "Claims: it was closed there"),
        ("cancelled", ""),
    ],
)
def test_who_has_his_caller_again_reads_why(
    alice: User, carla: Customer, call: Story, reason: str, words: str
) -> None:
    to = f"queue:{make_queue('Claims').pk}"
    story = later(call)("consult.started", 50, agent=alice.pk, by=alice.pk, to=to)
    happen(story("consult.ended", 52, agent=alice.pk, to=to, reason=reason))
    live = deck_of(alice, story.at(53)).call
    assert live is not None
    assert live.mark == words
    later_on = deck_of(alice, story.at(113)).call
    assert later_on is not None
    assert later_on.mark == ""


@pytest.mark.parametrize("kind", ["queue", "greeting"])
def test_who_announces_to_a_queue_reads_so_and_whoever_it_rings_about_whom(
    client: Client, alice: User, zoli: User, carla: Customer, call: Story, number: Number, kind: str
) -> None:
    other = make_queue("Claims")
    to = f"queue:{other.pk}" if kind == "queue" else f"greeting:{number.dialled}"
    story = later(call)("consult.started", 50, agent=alice.pk, by=alice.pk, to=to)
    if kind == "greeting":
        happen(story("consult.played", 50, agent=alice.pk, to=to))
        shown = html(client, alice)
        assert f"You hear the announcement of {number.dialled}; Carla Customer hears music." in shown
        assert "queues" not in shown
        story = Story(call.call, call.start, first=150)
    happen(in_line(story, 50, alice, other))
    shown = html(client, alice)
    assert f"You wait in the queue {other.name}, in place 1; Carla Customer hears music." in shown
    assert "place 1 <hallom-timer" in shown
    assert 'data-live="parked queues"' in shown
    assert ("/deck/handover/" in shown, "/deck/swap/" in shown) == (True, False)
    story = Story(call.call, call.start, first=200)
    offer = f"{CALL}-o2"
    story("offer.made", 52, agent=zoli.pk, offer=offer, leg=f"{CALL}-4", purpose="consult", queue=other.pk)
    happen(story("agent.changed", 52, agent=zoli.pk, state="offered", call=CALL))
    shown = html(client, zoli)
    assert "consultation from Alice Agent about Carla Customer" in shown
    assert other.name in shown, "for which queue it rings"
    client.force_login(alice)
    story = Story(call.call, call.start, first=300)
    story("consult.answered", 55, agent=zoli.pk, leg=f"{CALL}-4")
    happen(story("agent.changed", 55, agent=zoli.pk, state="talking", call=CALL))
    assert "You two talk; Carla Customer hears music." in html(client, alice)
    happen(Story(call.call, call.start, first=400)("call.bridged", 70, agent=zoli.pk, leg=f"{CALL}-4"))
    record = Call.objects.get(pk=CALL)
    assert (record.agent, record.queue) == (zoli, other)
    assert not record.waits.filter(queue=other).exists()


def test_who_answers_can_be_swapped_joined_and_given_the_caller(
    client: Client, alice: User, zoli: User, carla: Customer, number: Number
) -> None:
    story = talking(alice, number)
    happen(story)
    consulting(story, alice, zoli)
    shown = html(client, alice)
    assert "You two talk; Carla Customer hears music." in shown
    for address in ("/deck/swap/", "/deck/conference/", "/deck/handover/"):
        assert address in shown
    happen(Story(CALL, story.start, first=200)("consult.swapped", 60, is_facing_customer=True))
    assert "You talk with Carla Customer; Kiss-Balogh Zoltán waits." in html(client, alice)
    assert "Alice Agent talks with Carla Customer; you wait." in html(client, zoli)
    happen(Story(CALL, story.start, first=300)("consult.joined", 70, leg=f"{CALL}-3"))
    for user in (alice, zoli):
        shown = html(client, user)
        assert 'data-state="conference"' in shown
        assert "All three hear one another." in shown


def test_who_was_asked_can_leave_and_no_more(client: Client, alice: User, zoli: User, call: Story) -> None:
    consulting(call, alice, zoli)
    shown = html(client, zoli)
    assert "Alice Agent" in shown
    assert "asks you" in shown
    assert "/deck/handover/" not in shown
    assert 'data-act="hangup"' in shown


def test_who_comes_back_says_from_whom_and_why(
    client: Client, alice: User, zoli: User, call: Story, carla: Customer
) -> None:
    to = f"agent:{zoli.pk}"
    story = later(call)("transfer.started", 60, agent=alice.pk, by=alice.pk, to=to, until=None)
    back = {"from": alice.pk, "to": to, "reason": "no_answer", "waited": 25.0, "times": 2}
    story("call.returned", 85, **back)
    story("offer.made", 85, agent=alice.pk, offer=f"{CALL}-o2", leg=f"{CALL}-4", purpose="return")
    story("agent.changed", 85, agent=alice.pk, state="offered", call=CALL)
    happen(story)
    told = "came back from Kiss-Balogh Zoltán: did not answer, 25 s, return no. 2"
    shown = html(client, alice)
    assert 'data-state="ringing"' in shown
    assert told in shown
    assert "data-quiet" not in shown
    story = Story(CALL, call.start, first=300)
    story("offer.accepted", 90, agent=alice.pk, offer=f"{CALL}-o2")
    story("call.bridged", 90, agent=alice.pk, leg=f"{CALL}-4")
    happen(story("agent.changed", 90, agent=alice.pk, state="talking", call=CALL))
    shown = html(client, alice)
    assert 'data-state="talking"' in shown
    assert told in shown


@pytest.mark.parametrize(
    ("purpose", "said", "quiet"),
    [
        ("transfer", "transfer by Alice Agent", False),
        ("consult", "Alice Agent asks you", False),
        ("promise", "promised: connect when you are free", False),
        ("pickup", "picked up for a colleague", True),
    ],
)
def test_a_directed_ring_says_why(
    client: Client, alice: User, zoli: User, call: Story, purpose: str, said: str, quiet: bool
) -> None:
    kind = "consult.started" if purpose == "consult" else "transfer.started"
    story = later(call)(kind, 60, agent=alice.pk, by=alice.pk, to=f"agent:{zoli.pk}", until=None)
    story("offer.made", 60, agent=zoli.pk, offer=f"{CALL}-o2", leg=f"{CALL}-4", purpose=purpose)
    happen(story("agent.changed", 60, agent=zoli.pk, state="offered", call=CALL))
    shown = html(client, zoli)
    assert said in shown
    assert ("data-quiet" in shown) is quiet


@pytest.mark.parametrize(
    ("purpose", "said"),
    [
        ("consult", "Alice Agent asks you · diverted by Kiss-Balogh Zoltán"),
        ("transfer", "transfer by Alice Agent · diverted by Kiss-Balogh Zoltán"),
        ("internal", "diverted by Kiss-Balogh Zoltán"),
    ],
)
def test_whoever_is_rung_in_place_of_another_reads_whose_diversion_it_was(
    client: Client, alice: User, zoli: User, amir: User, call: Story, purpose: str, said: str
) -> None:
    story, to = later(call), f"agent:{zoli.pk}"
    # What was diverted before, in an earlier try, has nothing to do with it.
    earlier = {"from": f"agent:{amir.pk}", "to": to, "occasion": "busy"}
    story("call.diverted", 55, agent=amir.pk, **earlier)
    kind = "consult.started" if purpose == "consult" else "transfer.started"
    story(kind, 60, agent=alice.pk, by=alice.pk, to=to, until=None)
    story("call.diverted", 60, agent=zoli.pk, **{"from": to}, to=f"agent:{amir.pk}", occasion="always")
    story("offer.made", 60, agent=amir.pk, offer=f"{CALL}-o2", leg=f"{CALL}-4", purpose=purpose)
    happen(story("agent.changed", 60, agent=amir.pk, state="offered", call=CALL))
    shown = html(client, amir)
    assert said in shown
    assert f"{amir.full_name}, " not in shown, "an earlier try's"
    # Once he has answered it is said beside whoever asks, too.
    if purpose == "consult":
        story = Story(CALL, call.start, first=300)
        story("offer.accepted", 62, agent=amir.pk, offer=f"{CALL}-o2")
        story("consult.answered", 62, agent=amir.pk, leg=f"{CALL}-4")
        happen(story("agent.changed", 62, agent=amir.pk, state="talking", call=CALL))
        assert "diverted by Kiss-Balogh Zoltán" in html(client, amir)


def test_parked_callers_are_everybodys_to_fetch(
    client: Client, alice: User, amir: User, call: Story, carla: Customer, given: Given
) -> None:
    story = later(call)(
        "call.parked", 60, agent=alice.pk, by=alice.pk, place=4, until=call.at(180).timestamp()
    )
    story("agent.changed", 60, agent=alice.pk, state="available")
    happen(story, Story(first=500)("agent.changed", 0, agent=amir.pk, state="available"))
    for user in (alice, amir):
        shown = html(client, user)
        assert "parked by Alice Agent" in shown
        assert "/deck/parking/?place=4" in shown
    client.delete("/deck/parking/?place=4")
    assert given == [(amir.pk, "retrieve", {"place": 4})]
    happen(Story(CALL, call.start, first=600)("call.ending", 70, by="customer", cause="normal"))
    assert "parked by" not in html(client, amir)


def test_ones_own_telephone_is_set_up_in_the_state_menu(
    client: Client, alice: User, zoli: User, given: Given
) -> None:
    desk = {"do_not_disturb": True, "busy": f"agent:{zoli.pk}"}
    happen(Story()("agent.changed", 0, agent=alice.pk, state="available", desk=desk))
    shown = html(client, alice)
    assert re.search(r'data-act="quiet" aria-pressed="true"\s+data-method="DELETE"', shown)
    assert "When I am busy: <b>Kiss-Balogh Zoltán</b>" in shown
    assert "do not disturb ·" in shown
    client.post("/deck/do-not-disturb/")
    client.delete("/deck/do-not-disturb/")
    client.post("/deck/diversion/", {"when": "always", "to": "queue:1"})
    client.delete("/deck/diversion/?when=busy")
    assert given == [
        (alice.pk, "do_not_disturb", {"on": True}),
        (alice.pk, "do_not_disturb", {"on": False}),
        (alice.pk, "divert", {"when": "always", "to": "queue:1"}),
        (alice.pk, "divert", {"when": "busy", "to": ""}),
    ]


def test_picking_up_what_rings_for_a_colleague_or_in_ones_queues(
    client: Client, alice: User, given: Given
) -> None:
    client.force_login(alice)
    client.post("/deck/pickup/", {"agent": "8"})
    client.post("/deck/pickup/")
    assert given == [(alice.pk, "pickup", {"agent": 8}), (alice.pk, "pickup", {})]


@pytest.mark.parametrize(
    ("kind", "call_is_needed"), [("connect", True), ("call_customer", True), ("call_me", False)]
)
def test_for_when_a_colleague_is_free(
    client: Client, alice: User, zoli: User, call: Story, given: Given, kind: str, call_is_needed: bool
) -> None:
    values = {"kind": kind, "agent": zoli.pk, "minutes": "15", "why": "instalments"}
    answer = client.post("/deck/promises/", {**values, "call": CALL})
    assert answer.status_code == 200
    agent, verb, args = given.pop()
    assert (agent, verb) == (alice.pk, "promise")
    assert isinstance(args, dict)
    assert (args["kind"], args["agent"], args["call"], args["why"]) == (kind, zoli.pk, CALL, "instalments")
    assert 890 <= args["seconds"] <= 900
    answer = client.post("/deck/promises/", {**values, "call": "somebody-elses"})
    assert answer.status_code == (409 if call_is_needed else 200)


def promise(owner: User, maker: User, **facts: object) -> Promise:
    now = timezone.now()
    values: dict[str, object] = {"made_at": now, "deadline": now + timedelta(minutes=30)}
    values |= {"kind": "call_customer", "number": "+36702148890", "why": "instalments", **facts}
    return Promise.objects.create(id="01KPROMISE0000000000000001", owner=owner, maker=maker, **values)


def test_what_i_have_promised_stands_in_the_bar_and_ends_by_my_word(
    client: Client, alice: User, zoli: User, given: Given
) -> None:
    made = promise(alice, zoli)
    shown = html(client, alice)
    assert "call back, promised by Kiss-Balogh Zoltán" in shown
    assert "instalments" in shown
    client.post("/deck/promises/kept/", {"promise": made.pk})
    client.post("/deck/promises/refusal/", {"promise": made.pk, "reason": "on holiday"})
    assert given == [
        (alice.pk, "keep_promise", {"promise": made.pk}),
        (alice.pk, "refuse_promise", {"promise": made.pk, "reason": "on holiday"}),
    ]


def test_somebody_elses_promise_is_not_there(
    client: Client, alice: User, amir: User, zoli: User, given: Given
) -> None:
    made = promise(alice, zoli)
    client.force_login(amir)
    assert client.post("/deck/promises/kept/", {"promise": made.pk}).status_code == 404
    assert given == []


def test_calling_says_what_it_is_about(
    client: Client, alice: User, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[tuple[object, ...]] = []

    def dial(agent: int, typed: str, **about: object) -> orders.Outcome:
        dialled.append((agent, typed, about["customer"]))
        return orders.Outcome(False, "toll:too_many_calls", {"most": "2"})

    monkeypatch.setattr(dialling, "dial", dial)
    client.force_login(alice)
    answer = client.post("/deck/dial/", {"to": "06 30 512 4478", "customer": carla.pk})
    assert dialled == [(alice.pk, "06 30 512 4478", carla)]
    assert answer.status_code == 409
    assert "2" in answer.content.decode().split('class="problem"')[1]
    client.post("/deck/dial/", {"to": "outside:+36301234567"})
    assert dialled[-1][1] == "+36301234567"


def test_while_the_other_side_rings_one_sees_whom_one_calls_and_can_give_up(
    client: Client, alice: User, carla: Customer
) -> None:
    placed = {"to": "outside:+36305124478", "number": "+36305124478", "direction": "outgoing", "by": alice.pk}
    story = Story()("call.placed", 0, agent=alice.pk, leg=f"{STORY}-1", **placed)
    offer = {"offer": f"{STORY}-o1", "leg": f"{STORY}-2", "purpose": "dial"}
    story("offer.made", 0, agent=alice.pk, **offer)
    happen(story("agent.changed", 0, agent=alice.pk, state="offered", call=STORY))
    shown = html(client, alice)
    assert 'data-state="ringing"' in shown
    assert "data-quiet" in shown
    assert "your call goes out" in shown
    story = Story(first=100)("offer.accepted", 1, agent=alice.pk, offer=f"{STORY}-o1")
    story("dial.made", 1, agent=alice.pk, leg=f"{STORY}-1", agent_leg=f"{STORY}-2", number="+36305124478")
    happen(story("agent.changed", 1, agent=alice.pk, state="talking", call=STORY))
    shown = html(client, alice)
    assert 'data-state="calling"' in shown
    assert "+36 30 512 4478" in shown
    assert 'data-act="hangup"' in shown
    assert 'data-act="transfer"' not in shown
    happen(Story(first=200)("call.bridged", 9, agent=alice.pk, leg=f"{STORY}-2"))
    shown = html(client, alice)
    assert 'data-state="talking"' in shown
    assert 'data-act="transfer"' in shown


def test_who_calls_a_colleague_sees_the_colleague(client: Client, alice: User, zoli: User) -> None:
    placed = {"to": "extension:231", "number": "230", "name": "Alice Agent", "direction": "internal"}
    story = Story()("call.placed", 0, agent=alice.pk, leg="", by=alice.pk, **placed)
    happen(story("agent.changed", 1, agent=alice.pk, state="talking", call=STORY))
    shown = html(client, alice)
    assert 'data-state="calling"' in shown
    assert "Kiss-Balogh Zoltán" in shown
    story = Story(first=100)("call.bridged", 9, agent=zoli.pk, leg=f"{STORY}-2")
    happen(story("agent.changed", 9, agent=zoli.pk, state="talking", call=STORY))
    assert "Kiss-Balogh Zoltán" in html(client, alice)
    assert "Alice Agent" in html(client, zoli)


def test_a_colleague_without_an_extension_can_be_called_too(
    client: Client, alice: User, given: Given
) -> None:
    client.force_login(alice)
    client.post("/deck/dial/", {"to": "agent:8"})
    assert given == [(alice.pk, "dial", {"to": "agent:8"})]


def test_who_does_not_telephone_orders_nothing(client: Client, ada: User, given: Given) -> None:
    client.force_login(ada)
    for act in ("transfer", "parking", "pickup", "dial", "promises", "promises/kept", "do-not-disturb"):
        assert client.post(f"/deck/{act}/").status_code == 403
    assert given == []


def test_the_bar_costs_few_queries(
    client: Client, alice: User, zoli: User, call: Story, django_assert_max_num_queries: object
) -> None:
    consulting(call, alice, zoli)
    promise(alice, zoli)
    deck_of(alice, timezone.now())
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        deck_of(alice, timezone.now())


def test_keys_for_the_machine_at_the_other_end_are_given_sealed(
    client: Client, alice: User, call: Story, given: Given
) -> None:
    answer = client.post("/deck/keys/", {"call": CALL, "digits": "4929#"})
    assert answer.status_code == 200
    ((agent, verb, args),) = given
    assert (agent, verb) == (alice.pk, "digits")
    assert isinstance(args, dict)
    assert args["call"] == CALL
    assert "4929#" not in str(args)
    assert client.post("/deck/keys/", {"call": "somebody-elses", "digits": "1"}).status_code == 409
    assert len(given) == 1
    assert client.get("/deck/keys/").status_code == 405

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hallom.calls import key_file
from hallom.calls.models import Call, CallDisposition, Disposition, Number, PauseReason
from hallom.calls.tests.phone_house import call_id, happen
from hallom.calls.tests.story import Story
from hallom.customers.models import Customer
from hallom.desk.deck import deck_of, url_of
from hallom.sip import credentials
from hallom.staff.models import Team, User
from hallom.tickets.models import Ticket

pytestmark = pytest.mark.django_db
CALL = call_id(1)
Given = list[tuple[object, ...]]


def ringing(agent: User, number: Number) -> Story:
    story = Story(CALL, timezone.now() - timedelta(seconds=60))
    story("call.arrived", 0, number=number.pk, dialled=number.dialled, caller="+36305124478", leg=f"{CALL}-1")
    story("queue.entered", 10, queue=number.queue_id, position=1)
    offer = {"offer": f"{CALL}-o1", "agent": agent.pk}
    story("offer.made", 40, **offer, leg=f"{CALL}-2", queue=number.queue_id)
    return story("agent.changed", 40, agent=agent.pk, state="offered", call=CALL)


def talking(agent: User, number: Number) -> Story:
    story = ringing(agent, number)
    story("offer.accepted", 45, offer=f"{CALL}-o1", agent=agent.pk, reason="")
    story("queue.left", 45, queue=number.queue_id, reason="offered_accepted")
    story("call.bridged", 45, agent=agent.pk, leg=f"{CALL}-2")
    return story("agent.changed", 45, agent=agent.pk, state="talking", call=CALL)


def over(agent: User, number: Number) -> Story:
    story = talking(agent, number)
    story("call.ended", 55, by="customer", cause="normal")
    until = story.at(85).timestamp()
    return story("agent.changed", 55, agent=agent.pk, state="wrap_up", call=CALL, until=until)


@pytest.fixture
def lunch(db: None) -> PauseReason:
    return PauseReason.objects.create(code="lunch", name="Lunch", names={"hu": "Ebéd"}, planned_seconds=1800)


@pytest.fixture
def solved(db: None) -> Disposition:
    return Disposition.objects.create(code="solved", name="Solved", is_solved=True)


def html(client: Client, user: User) -> str:
    client.force_login(user)
    response = client.get("/deck/")
    assert response.status_code == 200
    return response.content.decode()


def test_who_has_not_started_is_off_work(client: Client, alice: User) -> None:
    shown = html(client, alice)
    assert 'data-state="offline"' in shown
    assert "Start work" in shown


def test_available(client: Client, alice: User) -> None:
    happen(Story()("agent.changed", 0, agent=alice.pk, state="available"))
    assert 'data-state="available"' in html(client, alice)


def test_a_pause_says_why_and_how_long_it_is_planned(client: Client, alice: User, lunch: PauseReason) -> None:
    happen(Story()("agent.changed", 0, agent=alice.pk, state="paused", reason="lunch"))
    shown = html(client, alice)
    assert "Paused: Lunch" in shown
    assert "planned 30:00" in shown


def test_a_pause_the_switch_made_says_why(client: Client, alice: User) -> None:
    happen(Story()("agent.changed", 0, agent=alice.pk, state="paused", reason="no_answer"))
    assert "Paused: did not answer" in html(client, alice)


def test_ringing_shows_who_probably_calls(
    client: Client, alice: User, number: Number, carla: Customer
) -> None:
    happen(ringing(alice, number))
    shown = html(client, alice)
    assert 'data-state="ringing"' in shown
    assert f'data-offer="{CALL}-o1"' in shown
    assert "Carla Customer" in shown
    assert f'data-pop="/customers/{carla.pk}/' in shown
    assert "Technical · waited 0:40" in shown


def test_ringing_says_that_it_is_the_third_time(
    client: Client, alice: User, number: Number, carla: Customer
) -> None:
    ticket = Ticket.open("Red light", by=alice, now=timezone.now(), customer=carla, owner=alice)
    for _time in range(2):
        message = {"channel": "email", "direction": "in", "customer": carla}
        ticket.add_message("Still red", now=timezone.now(), **message)  # type: ignore[arg-type]
    happen(ringing(alice, number))
    shown = html(client, alice)
    assert "contact no. 3 about this" in shown
    assert "Red light" in shown
    assert f'data-pop="{ticket.get_absolute_url()}"' in shown


def test_the_card_and_the_deck_count_the_ringing_call_alike(
    client: Client, alice: User, number: Number, carla: Customer
) -> None:
    ticket = Ticket.open("Red light", by=alice, now=timezone.now(), customer=carla, owner=alice)
    for _time in range(2):
        message = {"channel": "email", "direction": "in", "customer": carla}
        ticket.add_message("Still red", now=timezone.now(), **message)  # type: ignore[arg-type]
    client.force_login(alice)
    for page in (carla.get_absolute_url(), ticket.get_absolute_url()):
        assert "Contact no. 2 about the same thing" in client.get(page).content.decode()
    happen(ringing(alice, number))
    for page in (carla.get_absolute_url(), ticket.get_absolute_url()):
        assert "Contact no. 3 about the same thing" in client.get(page).content.decode()


def test_ringing_with_a_number_of_two_customers_names_both(
    client: Client, alice: User, number: Number, carla: Customer
) -> None:
    other = Customer.register(name="Cecil Customer", by=None, now=timezone.now())
    other.contact_points.create(kind="phone", value="+36 30 512 4478")
    happen(ringing(alice, number))
    shown = html(client, alice)
    assert "2 customers have this number" in shown
    assert "Carla Customer" in shown
    assert "Cecil Customer" in shown
    to_both = {f"?only={carla.pk}-{other.pk}", f"?only={other.pk}-{carla.pk}"}
    assert sum(link in shown for link in to_both) == 1
    assert "?q=" not in shown


def test_talking_shows_the_clock_the_recording_and_the_ticket(
    client: Client, alice: User, number: Number, carla: Customer
) -> None:
    story = talking(alice, number)("recording.started", 46, path="x.wav", worker="media-0")
    happen(story)
    shown = html(client, alice)
    assert 'data-state="talking"' in shown
    assert f'data-call="{CALL}"' in shown
    assert f'since="{story.at(45).timestamp():.0f}"' in shown
    assert "Pause rec." in shown
    assert Call.objects.get().ticket.get_absolute_url() in shown  # type: ignore[union-attr]


def test_held_and_with_the_recording_paused(client: Client, alice: User, number: Number) -> None:
    story = talking(alice, number)("recording.started", 46, path="x.wav", worker="media-0")
    happen(story("recording.paused", 47)("call.held", 48, agent=alice.pk))
    shown = html(client, alice)
    assert 'data-state="held"' in shown
    assert "Retrieve" in shown
    assert "Record" in shown


def test_wrap_up_asks_for_the_outcome_the_note_and_the_ticket(
    client: Client, alice: User, number: Number, carla: Customer, solved: Disposition
) -> None:
    happen(over(alice, number))
    shown = html(client, alice)
    assert 'data-state="wrap_up"' in shown
    assert "Solved" in shown
    assert 'name="note"' in shown
    assert f'<option value="{Ticket.objects.get().number}" selected>' in shown


def test_the_outcome_and_the_note_stay(
    client: Client, alice: User, number: Number, carla: Customer, solved: Disposition, given: Given
) -> None:
    happen(over(alice, number))
    client.force_login(alice)
    values = {"call": CALL, "disposition": "solved", "note": "New modem sent."}
    assert client.post("/deck/wrap-up/", values).status_code == 200
    said = CallDisposition.objects.get()
    assert (said.disposition, said.agent, said.note) == (solved, alice, "New modem sent.")
    note = Ticket.objects.get().notes.get()
    assert (note.body, note.author, note.call) == ("New modem sent.", alice, CALL)
    assert given == [(alice.pk, "finish_wrap_up", {})]


def test_sending_the_wrap_up_twice_writes_one_note(
    client: Client, alice: User, number: Number, carla: Customer, solved: Disposition, given: Given
) -> None:
    happen(over(alice, number))
    client.force_login(alice)
    for _time in range(2):
        client.post("/deck/wrap-up/", {"call": CALL, "disposition": "solved", "note": "Sent."})
    assert Ticket.objects.get().notes.count() == 1


def test_moving_the_call_to_another_ticket_closes_the_empty_one(
    client: Client, alice: User, number: Number, solved: Disposition, given: Given
) -> None:
    happen(over(alice, number))
    right = Ticket.open("The right one", by=alice, now=timezone.now(), owner=alice)
    client.force_login(alice)
    client.post("/deck/wrap-up/", {"call": CALL, "disposition": "solved", "ticket": str(right.number)})
    assert Call.objects.get().ticket == right
    assert Ticket.objects.exclude(pk=right.pk).get().status == "closed"


@pytest.mark.parametrize("typed", ["²", "٣٣٣", "9" * 5000, "-1", "x"])
def test_a_strange_ticket_number_is_no_ticket(
    client: Client,
    alice: User,
    number: Number,
    carla: Customer,
    solved: Disposition,
    given: Given,
    typed: str,
) -> None:
    happen(over(alice, number))
    client.force_login(alice)
    answer = client.post("/deck/wrap-up/", {"call": CALL, "disposition": "solved", "ticket": typed})
    assert answer.status_code == 200


def test_nobody_wraps_up_another_s_call(
    client: Client, alice: User, amir: User, number: Number, solved: Disposition, given: Given
) -> None:
    happen(over(alice, number))
    client.force_login(amir)
    response = client.post("/deck/wrap-up/", {"call": CALL, "disposition": "solved", "note": "Mine!"})
    assert response.status_code == 409
    assert not CallDisposition.objects.exists()


def test_a_wrap_up_without_an_outcome_is_asked_for(
    client: Client, alice: User, number: Number, given: Given
) -> None:
    happen(over(alice, number))
    client.force_login(alice)
    response = client.post("/deck/wrap-up/", {"call": CALL, "note": "Hm."})
    assert response.status_code == 409
    assert "choose how the call ended" in response.content.decode()


ACTS = [
    ("POST", "/deck/state/", {"reason": "lunch"}, ("set_state", {"state": "paused", "reason": "lunch"})),
    ("POST", "/deck/state/", {"state": "offline"}, ("sign_out", {})),
    ("POST", "/deck/hold/", {"call": CALL}, ("hold", {"call": CALL})),
    ("DELETE", f"/deck/hold/?call={CALL}", {}, ("retrieve", {"call": CALL})),
    ("POST", "/deck/recording-pause/", {"call": CALL}, ("pause_recording", {"call": CALL})),
    ("DELETE", f"/deck/recording-pause/?call={CALL}", {}, ("resume_recording", {"call": CALL})),
    ("DELETE", f"/deck/offer/?offer={CALL}-o1", {}, ("reject", {"offer": f"{CALL}-o1"})),
    ("DELETE", f"/deck/call/?call={CALL}", {}, ("hang_up", {"call": CALL})),
]


@pytest.mark.parametrize(("method", "url", "values", "order"), ACTS)
def test_every_button_gives_its_order(
    client: Client, alice: User, given: Given, method: str, url: str, values: dict[str, str], order: object
) -> None:
    client.force_login(alice)
    response = client.post(url, values) if method == "POST" else client.delete(url)
    assert response.status_code == 200
    assert given == [(alice.pk, *order)]  # type: ignore[misc]


def test_starting_work_signs_in_and_coming_back_from_a_pause_does_not(
    client: Client, alice: User, given: Given
) -> None:
    client.force_login(alice)
    client.post("/deck/state/", {"state": "available"})
    happen(Story()("agent.changed", 0, agent=alice.pk, state="paused", reason="lunch"))
    client.post("/deck/state/", {"state": "available"})
    assert [verb for _agent, verb, _args in given] == ["sign_in", "set_state"]


@pytest.mark.parametrize(
    ("error", "words"),
    [("already_answered", "A colleague was faster"), ("no_such_call", "over"), ("no_answer", "try again")],
)
def test_a_refusal_is_said_in_words(
    client: Client, alice: User, refuse: object, error: str, words: str
) -> None:
    refuse(error)  # type: ignore[operator]
    client.force_login(alice)
    response = client.delete(f"/deck/call/?call={CALL}")
    assert response.status_code == 409
    assert words in response.content.decode()


def test_the_browser_phone_gets_credentials_for_one_shift(client: Client, alice: User) -> None:
    alice.end_sessions(by=None, now=timezone.now())
    client.force_login(alice)
    response = client.post("/deck/phone/")
    answer = response.json()
    assert response.headers["Cache-Control"] == "no-store"
    assert answer["uri"].startswith(f"sip:agent-{alice.pk}@")
    issued = credentials.issue(
        key_file.phone_key(), alice.pk, answer["expires_at"], epoch=alice.session_epoch
    )
    assert (answer["username"], answer["password"]) == (issued.username, issued.password)
    hours = (datetime.fromtimestamp(answer["expires_at"], UTC) - timezone.now()).total_seconds() / 3600
    assert 11 < hours <= 12


def test_an_agent_with_a_desk_phone_needs_none_in_the_browser(alice: User) -> None:
    alice.sip_devices.create(username="desk-1", realm="hallom", ha1_md5="x", ha1_sha256="y")
    assert deck_of(alice, timezone.now()).phone == "desk"


def test_the_administrator_has_no_phone(client: Client, ada: User) -> None:
    assert html(client, ada) == ""


def test_the_deck_asks_the_database_little(
    client: Client, alice: User, number: Number, carla: Customer, django_assert_max_num_queries: object
) -> None:
    happen(talking(alice, number))
    client.force_login(alice)
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        client.get("/deck/")


def test_no_style_and_no_script_stands_in_the_markup(
    client: Client, alice: User, number: Number, carla: Customer, solved: Disposition
) -> None:
    happen(over(alice, number))
    assert not re.search(r'\sstyle="|<script|<style|\son\w+="', html(client, alice))


def test_the_form_outlives_the_wrap_up_a_little(
    client: Client, alice: User, number: Number, solved: Disposition, given: Given
) -> None:
    story = over(alice, number)
    happen(story("agent.changed", 60, agent=alice.pk, state="available"))
    shown = html(client, alice)
    assert 'data-state="available"' in shown
    assert f'id="wrap-up-{CALL}"' in shown
    client.post("/deck/wrap-up/", {"call": CALL, "disposition": "solved", "note": "Late, but said."})
    assert CallDisposition.objects.get().note == "Late, but said."
    assert given == []
    assert f'id="wrap-up-{CALL}"' not in html(client, alice)


def test_the_form_is_gone_when_the_agent_has_long_been_available(
    alice: User, number: Number, solved: Disposition
) -> None:
    story = over(alice, number)
    happen(story("agent.changed", 60, agent=alice.pk, state="available"))
    assert deck_of(alice, story.at(60) + timedelta(minutes=4)).wrap_up is None


def test_other_teams_tickets_are_neither_named_nor_led_to(
    alice: User, amir: User, billing: Team, number: Number, carla: Customer, now: datetime
) -> None:
    theirs = Ticket.open("Arrears", by=amir, now=now, customer=carla, owner=amir, team=billing)
    linked = Ticket.open("Payment plan", by=amir, now=now, customer=carla, owner=amir, team=billing)
    mine = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)
    happen(over(alice, number))
    Call.objects.filter(pk=CALL).update(customer=carla, ticket=linked)
    wrap_up = deck_of(alice, timezone.now()).wrap_up
    assert wrap_up is not None
    assert dict(wrap_up.tickets) == {mine.number: "No line"}
    assert (wrap_up.ticket, wrap_up.url) == (None, carla.get_absolute_url())
    Call.objects.filter(pk=CALL).update(agent=amir)
    call = Call.objects.get(pk=CALL)
    assert url_of(call, amir) == linked.get_absolute_url()
    assert url_of(call, alice) == carla.get_absolute_url()
    assert theirs.number not in dict(wrap_up.tickets)

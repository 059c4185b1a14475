import html
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from django.utils import timezone

from hallom.calls import call_page
from hallom.calls.models import Call, CallDisposition, Disposition, Leg, Number, Queue
from hallom.calls.tests.phone_house import call_id, happen
from hallom.calls.tests.story import START, Story, abandoned_call, answered_call
from hallom.customers.models import Customer
from hallom.staff import permissions
from hallom.staff.models import User

pytestmark = pytest.mark.django_db

PAGES = {
    "/calls/": {"alice": 200, "bruno": 200, "ada": 200},
    "/calls/recordings/": {"alice": 200, "bruno": 200, "ada": 403},
    "/calls/export.csv": {"alice": 403, "bruno": 200, "ada": 200},
    "/settings/queues/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/queues/new/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/numbers/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/greetings/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/greetings/new/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/pauses/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/dispositions/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/phones/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/trunks/": {"alice": 403, "bruno": 403, "ada": 200},
    "/settings/trunks/new/": {"alice": 403, "bruno": 403, "ada": 200},
}


@pytest.mark.parametrize("url", PAGES)
def test_who_may_see_what(client: Client, alice: User, bruno: User, ada: User, url: str) -> None:
    people = {"alice": alice, "bruno": bruno, "ada": ada}
    assert client.get(url).status_code == 302
    for name, status in PAGES[url].items():
        client.force_login(people[name])
        response = client.get(url)
        assert response.status_code == status, name
        if status == 200 and not response.streaming:
            assert not re.search(rb'\sstyle="|<style|\son\w+="', response.content)


def test_agents_see_their_own_calls_only(client: Client, alice: User, amir: User, call: Call) -> None:
    for user, status in ((alice, 200), (amir, 403)):
        client.force_login(user)
        assert client.get(f"/calls/{call.pk}/").status_code == status
        assert (call.pk in client.get("/calls/").content.decode()) is (status == 200)


def test_an_unknown_call_is_not_found(client: Client, bruno: User) -> None:
    client.force_login(bruno)
    assert client.get("/calls/01NOSUCHCALL/").status_code == 404


SEARCHES = [
    ("q=%2B36 30 512 4478", True),
    ("q=4478", True),
    ("q=06305124478", True),
    ("q=9999", False),
    ("q=carla", True),
    ("q=nobody-of-this-name", False),
    ("outcome=answered", True),
    ("outcome=abandoned", False),
    ("since=2026-03-02&until=2026-03-02", True),
    ("since=2026-03-03", False),
    ("until=2026-03-01", False),
    ("since=nonsense", False),
]


@pytest.mark.parametrize(("asked", "found"), SEARCHES)
def test_searching_calls(client: Client, bruno: User, call: Call, asked: str, found: bool) -> None:
    client.force_login(bruno)
    response = client.post("/calls/", dict(parse_qsl(asked)))
    assert response.status_code == 200
    assert (call.pk in response.content.decode()) is found


def test_searching_by_agent_and_queue(
    client: Client, alice: User, bruno: User, queue: Queue, call: Call
) -> None:
    other = Queue.objects.create(name="Billing")
    client.force_login(bruno)
    for asked, found in (
        (f"agent={alice.pk}", True),
        (f"queue={queue.pk}", True),
        (f"queue={other.pk}", False),
    ):
        assert (call.pk in client.get(f"/calls/?{asked}").content.decode()) is found


def test_every_call_is_on_exactly_one_page(client: Client, bruno: User, number: Number) -> None:
    moments = [timedelta(minutes=minute // 3) for minute in range(120)]
    happen(
        *(
            abandoned_call(5, queue=number.queue_id, number=number.pk, call=call_id(n), start=START + moment)
            for n, moment in enumerate(moments)
        )
    )
    client.force_login(bruno)
    seen: list[str] = []
    url = "/calls/"
    for _page in range(4):
        html = client.get(url).content.decode()
        seen += re.findall(r'href="/calls/(01KTEST\d+)/"', html)
        link = re.search(r'rel="next" href="([^"]+)"', html)
        if link is None:
            break
        url = link[1].replace("&amp;", "&")
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 120


def test_a_wrong_place_to_go_on_from_shows_the_newest(client: Client, bruno: User, call: Call) -> None:
    client.force_login(bruno)
    at = "2026-03-02T09:00:00+00:00"
    for after in ("nonsense", "|", "2026-13-45|x", "2026-02-31T09:00:00+00:00|x", f"{at}|", f"{at}|\0"):
        assert client.get("/calls/", {"after": after}).status_code == 200


def test_the_list_asks_the_database_little(
    client: Client, alice: User, bruno: User, number: Number, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        happen(answered_call(alice.pk, queue=number.queue_id, number=number.pk, call=call_id(n)))
    client.force_login(bruno)
    with django_assert_max_num_queries(15):
        client.get("/calls/")


def test_the_page_of_a_call_asks_the_database_little(
    client: Client, bruno: User, call: Call, django_assert_max_num_queries: Any
) -> None:
    client.force_login(bruno)
    with django_assert_max_num_queries(15):
        client.get(f"/calls/{call.pk}/")


def test_the_call_is_told_in_plain_words(client: Client, bruno: User, call: Call) -> None:
    client.force_login(bruno)
    page = client.get(f"/calls/{call.pk}/").content.decode()
    for words in (
        "Call from +36 30 512 4478",
        "Joined the queue Technical in place 2.",
        "Rang Alice Agent.",
        "Alice Agent put the caller on hold.",
        "Recording paused.",
        "Recording ended after 90 s.",
        "The customer hung up.",
        "4.3",
        "1.2%",
    ):
        assert words in page


def test_why_a_line_ended_is_said_in_words_and_what_never_sounded_has_no_score(
    alice: User, call: Call
) -> None:
    rung = Leg(call=call, agent=alice, cause="no_answer", mos=4.4)
    talked = Leg(call=call, agent=alice, cause="taken_over", mos=4.4, answered_at=call.arrived_at)
    shown = [(line.end, line.has_sounded, line.tone) for line in call_page.lines([rung, talked])]
    assert shown == [("did not answer", False, ""), ("took the call over", True, "pine")]


def test_the_call_stands_in_the_conversation_of_its_ticket(client: Client, alice: User, call: Call) -> None:
    assert call.ticket is not None
    client.force_login(alice)
    page = client.get(call.ticket.get_absolute_url()).content.decode()
    assert f"call-{call.pk}" in page
    assert f"/calls/{call.pk}/recording/" in page


def test_practice_calls_are_for_the_demo(
    client: Client, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hallom.calls import tasks

    asked: list[bool] = []
    monkeypatch.setattr(tasks.practice_call, "defer", lambda: asked.append(True))
    client.force_login(alice)
    settings.HALLOM_DEMO = False
    assert client.post("/calls/practice/").status_code == 404
    settings.HALLOM_DEMO = True
    assert client.post("/calls/practice/").status_code == 302
    assert asked == [True]


def test_a_call_in_progress_is_in_the_list(
    client: Client, bruno: User, number: Number, carla: Customer
) -> None:
    story = abandoned_call(queue=number.queue_id, number=number.pk, start=timezone.now())
    story.entries = story.entries[:3]
    happen(story)
    client.force_login(bruno)
    assert "in progress" in client.get("/calls/").content.decode()


def test_the_agent_says_later_how_the_call_ended(
    client: Client, alice: User, bruno: User, call: Call
) -> None:
    Disposition.objects.create(code="solved", name="Solved")
    values = {"disposition": "solved", "note": "Said later."}
    client.force_login(bruno)
    assert client.post(f"/calls/{call.pk}/disposition/", values).status_code == 403
    assert "Said later." not in client.get(f"/calls/{call.pk}/").content.decode()
    client.force_login(alice)
    assert client.post(f"/calls/{call.pk}/disposition/", {}).status_code == 302
    assert not CallDisposition.objects.exists()
    client.post(f"/calls/{call.pk}/disposition/", values)
    assert CallDisposition.objects.get().agent == alice
    assert "Said later." in client.get(f"/calls/{call.pk}/").content.decode()


def sent_on_call(alice: User, amir: User, number: Number) -> Call:
    """Answered by Alice, whose transfer to Amir came back, then taken by Amir while Bruno listened."""
    story = Story(call_id(7))
    name = story.call
    story("call.arrived", 0, number=number.pk, dialled="+3615550100", caller="+36309999999", leg=f"{name}-1")
    story("call.bridged", 5, agent=alice.pk, leg=f"{name}-2")
    story("leg.answered", 5, agent=alice.pk, leg=f"{name}-2")
    story("recording.started", 5, path=f"{name}.wav", recorder=name)
    story("transfer.started", 15, agent=alice.pk, by=alice.pk, to=f"agent:{amir.pk}")
    story("recording.stopped", 15.1, recorder=name, seconds=10)
    story(
        "call.returned", 35, agent=alice.pk, to=f"agent:{amir.pk}", reason="no_answer", waited=20, times=1,
        **{"from": alice.pk},
    )  # fmt: skip
    story("call.bridged", 40, agent=alice.pk, leg=f"{name}-3")
    story("transfer.started", 50, agent=alice.pk, by=alice.pk, to=f"agent:{amir.pk}")
    story("transfer.completed", 55, agent=alice.pk, by=alice.pk, to=f"agent:{amir.pk}", waited=5)
    story("call.bridged", 55, agent=amir.pk, leg=f"{name}-4")(
        "leg.answered", 55, agent=amir.pk, leg=f"{name}-4"
    )
    story("recording.started", 55, path=f"{name}-r2.wav", recorder=f"{name}-r2")
    return Call(id=happened(story))


def test_who_handed_a_call_on_finds_it_and_reads_it_but_does_not_hear_what_came_after(
    client: Client, alice: User, amir: User, bruno: User, number: Number
) -> None:
    shown = Call.objects.get(pk=sent_on_call(alice, amir, number).pk)
    assert shown.agent == amir
    client.force_login(alice)
    assert client.get(f"/calls/{shown.pk}/").status_code == 200
    assert client.get("/calls/").content.decode().count(f"/calls/{shown.pk}/") == 1
    assert permissions.can(alice, "call.view", shown)
    assert not permissions.can(alice, "recording.listen", shown)
    assert permissions.can(amir, "recording.listen", shown)


@pytest.mark.parametrize(
    ("role", "answered", "sees"),
    [
        ("agent", True, True),
        ("asked", True, True),
        ("customer", True, True),
        ("supervisor", True, False),
        ("agent", False, False),
    ],
)
def test_who_took_part_in_a_call_sees_it(
    client: Client, amir: User, call: Call, role: str, answered: bool, sees: bool
) -> None:
    answered_at = call.arrived_at if answered else None
    for n in (8, 9):
        Leg.objects.create(
            id=f"{call.pk}-{n}",
            call=call,
            arrived_at=call.arrived_at,
            agent=amir,
            role=role,
            answered_at=answered_at,
        )
    client.force_login(amir)
    assert client.get(f"/calls/{call.pk}/").status_code == (200 if sees else 403)
    assert list(permissions.visible(amir, Call.objects.all())) == ([call] if sees else [])


def happened(story: Story) -> str:
    story("recording.stopped", 80, recorder=f"{story.call}-r2", seconds=25)
    happen(story("call.ending", 80, by="customer")("call.ended", 80, by="customer"))
    return story.call


SENT = [
    ("agent={alice}", True),
    ("agent={amir}", True),
    ("agent={bruno}", False),
    ("sent=transferred", True),
    ("sent=returned", True),
    ("sent=watched", False),
    ("longer=40", True),
    ("longer=46", False),
    ("shorter=44", False),
    ("shorter=45", True),
    ("direction=incoming", True),
    ("direction=outgoing", False),
    ("disposition=solved", True),
    ("disposition=wrong", False),
    ("longer=-1", False),
]


@pytest.mark.parametrize(("asked", "found"), SENT)
def test_searching_what_became_of_calls(
    client: Client, alice: User, amir: User, bruno: User, number: Number, asked: str, found: bool
) -> None:
    call = sent_on_call(alice, amir, number)
    solved = Disposition.objects.create(code="solved", name="Solved")
    Disposition.objects.create(code="wrong", name="Wrong number")
    CallDisposition.objects.create(call=call, disposition=solved, agent=amir, at=START)
    client.force_login(bruno)
    asked = asked.format(alice=alice.pk, amir=amir.pk, bruno=bruno.pk)
    page = client.get(f"/calls/?{asked}").content.decode()
    assert (call.pk in page) is found


def test_the_page_of_a_call_tells_who_was_sent_where_and_plays_all_of_it(
    client: Client, alice: User, amir: User, bruno: User, number: Number, django_assert_max_num_queries: Any
) -> None:
    call = sent_on_call(alice, amir, number)
    client.force_login(bruno)
    with django_assert_max_num_queries(18):
        page = html.unescape(client.get(f"/calls/{call.pk}/").content.decode())
    assert page.count("Alice Agent → Amir Agent") == 2
    assert "did not answer · taken by Alice Agent" in page
    assert page.count("<hallom-player") == 1
    parts = json.loads(re.search(r'data-parts="(\[.*?\])"', page)[1])  # type: ignore[index]
    assert [(part["offset"], part["seconds"]) for part in parts] == [(0, 10), (50, 25)]
    assert "not recorded from 0:10, 0:40" in page


def test_who_was_in_the_call_as_a_supervisor_stands_on_its_page(
    client: Client, alice: User, amir: User, bruno: User, number: Number
) -> None:
    story = Story(call_id(9))("call.arrived", 0, number=number.pk, leg=f"{call_id(9)}-1")
    story("call.bridged", 5, agent=amir.pk, leg=f"{call_id(9)}-2")
    leg = f"{call_id(9)}-3"
    story("watch.started", 10, agent=bruno.pk, leg=leg, of=amir.pk, mode="listen")
    story("watch.joined", 11, agent=bruno.pk, leg=leg, of=amir.pk, mode="listen")
    story("watch.changed", 15, agent=bruno.pk, of=amir.pk, mode="whisper")
    story("watch.ended", 31, agent=bruno.pk, of=amir.pk, mode="whisper", reason="hung_up")
    happen(story("call.ended", 40, by="customer"))
    client.force_login(bruno)
    page = client.get(f"/calls/{call_id(9)}/").content.decode()
    assert "Bruno Supervisor with Amir Agent" in page
    assert "listen → whisper · hung up" in page
    assert call_id(9) in client.get("/calls/?sent=watched").content.decode()
    assert call_id(9) not in client.get(f"/calls/?agent={bruno.pk}").content.decode()

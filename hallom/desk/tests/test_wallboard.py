import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from hallom.calls.models import Number, PauseReason, Queue
from hallom.calls.tests.phone_house import call_id, happen
from hallom.calls.tests.story import Story, abandoned_call
from hallom.calls.tests.test_figures import answered_after
from hallom.desk import charts
from hallom.desk.wall import wall
from hallom.staff.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def noon() -> datetime:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def morning(alice: User, number: Number, noon: datetime) -> None:
    """Three answered after 5, 20 and 50 s, two hung up after 12 and 90 s: 40 % of five."""
    begin = noon - timedelta(hours=1)
    for n, waited in enumerate((5, 20, 50)):
        story = answered_after(n, waited, alice, number)
        shifted = Story(story.call, begin + timedelta(minutes=10 * n))
        for entry in story.entries:
            after = (entry.at - story.start).total_seconds()
            shifted(entry.kind, after, agent=entry.agent, **entry.data)
        happen(shifted)
    for n, waited in enumerate((12, 90)):
        options: dict[str, Any] = {"queue": number.queue_id, "number": number.pk, "call": call_id(10 + n)}
        happen(abandoned_call(waited, start=begin, **options))


def at(moment: datetime, agent: User, state: str, **facts: Any) -> None:
    happen(Story(start=moment)("agent.changed", 0, agent=agent.pk, state=state, **facts))


def test_the_figures_of_the_day(morning: None, noon: datetime, queue: Queue) -> None:
    shown = wall(noon)
    assert [kpi.value for kpi in shown.kpis] == ["5", "40%", "40.0%", "2:10", "0:25"]
    assert shown.kpis[1].label == "within 20 s (target 80%)"
    (tile,) = shown.queues
    assert (tile.service_level, tile.target, tile.waiting) == (40, 80, 0)
    assert all(kpi.definition for kpi in shown.kpis)


@pytest.mark.django_db
def test_where_there_is_no_queue_nobody_has_set_a_target(noon: datetime) -> None:
    shown = wall(noon)
    assert shown.kpis[1].label == "service level"
    assert shown.levels.goal is None


def test_a_break_turns_red_when_it_runs_over_its_plan(alice: User, noon: datetime) -> None:
    PauseReason.objects.create(code="break", name="Break", planned_seconds=900)
    at(noon, alice, "paused", reason="break")
    (tile,) = wall(noon + timedelta(seconds=900)).agents
    assert not tile.is_alarm
    over = wall(noon + timedelta(seconds=938))
    assert over.agents[0].is_alarm
    assert over.agents[0].doing == "Break, planned 15:00"
    assert (over.alerts[0].who, over.alerts[0].text) == ("Alice Agent", "break over by 0:38")


def test_a_wrap_up_turns_red_when_its_time_is_over(alice: User, noon: datetime) -> None:
    at(noon, alice, "wrap_up", until=(noon + timedelta(seconds=30)).timestamp())
    assert not wall(noon + timedelta(seconds=29)).agents[0].is_alarm
    assert wall(noon + timedelta(seconds=31)).agents[0].is_alarm


def test_a_pause_without_a_plan_never_turns_red(alice: User, noon: datetime) -> None:
    PauseReason.objects.create(code="training", name="Training")
    at(noon, alice, "paused", reason="training")
    assert not wall(noon + timedelta(hours=3)).agents[0].is_alarm


def test_a_queue_turns_red_when_somebody_waits_longer_than_promised(number: Number, noon: datetime) -> None:
    story = Story(call_id(1), noon)("call.arrived", 0, number=number.pk)
    happen(story("queue.entered", 0, queue=number.queue_id, position=1))
    assert not wall(noon + timedelta(seconds=20)).queues[0].is_late
    late = wall(noon + timedelta(seconds=21))
    assert late.queues[0].is_late
    assert (late.queues[0].waiting, late.queues[0].longest_since) == (1, noon)
    assert late.alerts[0].text == "1 caller waits too long"


def test_people_off_work_are_counted_and_not_shown(alice: User, bruno: User, noon: datetime) -> None:
    at(noon, alice, "offline")
    at(noon, bruno, "available")
    shown = wall(noon)
    assert [tile.name for tile in shown.agents] == ["Bruno Supervisor"]
    assert shown.off_work == 1


def test_half_hours_are_drawn_as_high_as_they_are(morning: None, noon: datetime) -> None:
    bars = wall(noon).levels.bars
    assert [bar.value for bar in bars] == [40]
    assert bars[0].height == pytest.approx(0.4 * (charts.FLOOR - charts.TOP))
    assert bars[0].tone == "tone-cherry"
    assert [point.value for point in wall(noon).arrivals.points] == [5]


def test_the_definition_stands_on_the_board(
    client: Client, bruno: User, morning: None, noon: datetime
) -> None:
    client.force_login(bruno)
    with time_machine.travel(noon, tick=False):
        page = client.get("/wallboard/").content.decode()
    assert "Answered within the target time ÷" in page
    assert "hung up within 5 seconds" in page
    assert not re.search(r'\sstyle="|<style|\son\w+="', page)


def test_a_screen_on_the_wall_has_neither_rail_nor_deck(client: Client, bruno: User, queue: Queue) -> None:
    client.force_login(bruno)
    page = client.get("/wallboard/?screen=whole").content.decode()
    assert 'class="wall-page"' in page
    assert "hallom-deck" not in page
    assert 'data-live="wallboard"' in page


def test_everybody_of_the_house_may_look_and_nobody_else(client: Client, alice: User, ada: User) -> None:
    assert client.get("/wallboard/").status_code == 302
    for user in (alice, ada):
        client.force_login(user)
        assert client.get("/wallboard/").status_code == 200


@pytest.mark.parametrize("url", ["/wallboard/", "/", "/desk/worklist/", "/desk/strip/"])
def test_the_pages_of_the_desk_ask_the_database_little(
    client: Client,
    alice: User,
    morning: None,
    noon: datetime,
    url: str,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    client.force_login(alice)
    with time_machine.travel(noon, tick=False), django_assert_max_num_queries(15):
        assert client.get(url).status_code == 200


def test_the_strip_shows_own_queues_first_and_the_own_day(
    client: Client, alice: User, morning: None, noon: datetime
) -> None:
    Queue.objects.create(name="A queue of others")
    client.force_login(alice)
    with time_machine.travel(noon, tick=False):
        strip = client.get("/desk/strip/").content.decode()
    assert strip.index("Technical") < strip.index("A queue of others")
    assert "<b>3</b> calls" in strip
    assert "<b>2:10</b>" in strip


def test_the_work_list_answers_with_itself_only_when_it_asks(client: Client, alice: User) -> None:
    client.force_login(alice)
    part = client.get("/desk/worklist/", headers={"hx-request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="worklist"')
    assert "<!doctype html>" in client.get("/desk/worklist/").content.decode()

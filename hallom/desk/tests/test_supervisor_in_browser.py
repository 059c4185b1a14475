"""The supervisor's view by keyboard alone in Chromium, and the player over several files, with the test as switch and push."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from hallom.calls import demo_sound, orders
from hallom.calls.models import Number, PauseReason, Queue, Recording, RelayPosition, SipDevice
from hallom.calls.tests.phone_house import call_id, happen, make_number, make_queue, serve
from hallom.calls.tests.story import Story
from hallom.desk.tests.test_supervisor import talking, watched
from hallom.staff.models import User
from hallom.ui.tests.browser_session import session_of
from hallom.ui.tests.conftest import Desk

Given = list[tuple[object, ...]]
SHOTS = Path("var/screenshots")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    taken: Given = []

    def give(agent: int, verb: str, /, **args: object) -> orders.Outcome:
        taken.append((verb, args))
        return orders.Outcome(verb != "take_over", "" if verb != "take_over" else "not_now")

    monkeypatch.setattr(orders, "give", give)
    return taken


@pytest.fixture
def floor(
    chromium: Browser, live_server: Any, transactional_db: None, bruno: User, alice: User, given: Given
) -> Iterator[Desk]:
    # His telephone stands on the desk: nothing registers from the page.
    SipDevice.objects.create(user=bruno, username="bruno", realm="hallom", ha1_md5="x", ha1_sha256="x")
    serve(make_queue(), alice)
    RelayPosition.objects.all().delete()
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    context.add_cookies([{"name": "sessionid", "value": session_of(bruno), "url": live_server.url}])
    desk = Desk(context.new_page(), live_server.url)
    desk.page.set_default_timeout(8000)
    yield desk
    context.close()
    assert [one for one in desk.complaints if "409" not in one] == []


@pytest.fixture
def number(floor: Desk) -> Number:
    return make_number(Queue.objects.get())


def push(desk: Desk, number: int) -> None:
    desk.live.send(f'{{"id":{number},"topics":["wallboard"]}}')


def wait_for(page: Page, given: Given, count: int) -> None:
    for _ in range(100):
        if len(given) >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"orders given: {given}")


def until(page: Page, expression: str) -> None:
    """The page's policy forbids what Playwright would evaluate again and again."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def test_listening_to_leaving_by_letters(
    floor: Desk, number: Number, alice: User, bruno: User, given: Given
) -> None:
    start = timezone.now() - timedelta(seconds=40)
    story = talking(alice, number, start)
    happen(story)
    page = floor.open("/supervisor/")
    row = page.locator(f"#floor-call-{call_id(1)}")
    expect(row).to_contain_text("talking")
    page.keyboard.press("j")
    expect(row).to_be_focused()
    page.keyboard.press("l")
    wait_for(page, given, 1)
    happen(watched(Story(call_id(1), start), bruno, alice))
    push(floor, 1)
    expect(page.locator(".fc.mine")).to_contain_text("Listen")
    expect(page.locator(".fc.mine")).to_be_focused()
    assert floor.violations() == []
    for count, letter in enumerate("wbtx", start=2):
        page.keyboard.press(letter)
        wait_for(page, given, count)
    called = {"call": call_id(1), "of": alice.pk}
    assert given == [
        ("listen", called),
        ("whisper", called),
        ("barge", called),
        ("take_over", called),
        ("leave", {"call": call_id(1)}),
    ]
    # What was refused stays as a notice, also after the view has been painted anew.
    expect(page.get_by_text("Not possible at the moment.").first).to_be_visible()


def test_a_state_is_forced_by_keyboard(floor: Desk, alice: User, given: Given) -> None:
    PauseReason.objects.create(code="lunch", name="Lunch", planned_seconds=1800)
    happen(Story(start=timezone.now())("agent.changed", 0, agent=alice.pk, state="available"))
    page = floor.open("/supervisor/")
    page.locator(".fa").focus()
    page.keyboard.press("f")
    expect(page.locator(".fa form button[value=available]")).to_be_focused()
    # A change in the house neither closes the menu nor takes the focus away.
    happen(Story(start=timezone.now(), first=99)("agent.changed", 0, agent=alice.pk, state="wrap_up"))
    push(floor, 1)
    expect(page.locator(".fa")).to_contain_text("wrap-up")
    expect(page.locator(".fa form")).to_be_visible()
    page.locator(".fa form button[value=lunch]").focus()
    page.keyboard.press("Enter")
    wait_for(page, given, 1)
    assert given == [("force_state", {"agent": alice.pk, "state": "paused", "reason": "lunch"})]


def test_a_break_turns_red_by_itself_and_counts_what_is_over(floor: Desk, alice: User) -> None:
    PauseReason.objects.create(code="break", name="Break", planned_seconds=900)
    start = timezone.now() - timedelta(seconds=895)
    happen(Story(start=start)("agent.changed", 0, agent=alice.pk, state="paused", reason="break"))
    page = floor.open("/supervisor/")
    expect(page.locator(".fa")).to_be_visible()
    expect(page.locator(".fa.alarm")).to_have_count(0)
    expect(page.locator(".fa.alarm .over")).to_be_visible(timeout=15_000)
    expect(page.locator(".fa.alarm .over")).to_contain_text("0:0")
    assert floor.violations() == []


def test_everything_has_room_and_nothing_is_missed_by_a_screen_reader(
    floor: Desk, number: Number, alice: User, bruno: User
) -> None:
    now = timezone.now()
    for n in range(9):
        story = talking(alice, number, now - timedelta(seconds=60 * n + 30), n + 1)
        if n % 3 == 1:
            story("call.held", 20, agent=alice.pk)
        if n % 3 == 2:
            story("call.parked", 20, agent=alice.pk, by=alice.pk, place=n)
        happen(story)
    happen(
        Story(call_id(20), now - timedelta(seconds=70))("queue.entered", 1, queue=number.queue_id, position=1)
    )
    happen(Story(start=now)("agent.changed", 0, agent=alice.pk, state="talking", call=call_id(1)))
    page = floor.open("/supervisor/")
    expect(page.locator(".fc")).to_have_count(10)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    cut = page.evaluate(
        "[...document.querySelectorAll('.fc-acts')].filter(one => one.scrollWidth > one.clientWidth).length"
    )
    assert cut == 0
    assert floor.violations() == []
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / "supervisor-small.png"))


@pytest.fixture
def parts(settings: Any, tmp_path: Path, floor: Desk, number: Number, alice: User) -> list[Recording]:
    """Three seconds, a gap of four, two more."""
    settings.HALLOM_DATA = tmp_path
    story = talking(alice, number, timezone.now() - timedelta(minutes=5))
    story("recording.started", 5, path="a.wav", recorder="a")("recording.stopped", 8, recorder="a", seconds=3)
    story("recording.started", 12, path="b.wav", recorder="b")(
        "recording.stopped", 14, recorder="b", seconds=2
    )
    happen(story("call.ended", 14, by="customer"))
    for name, seconds in (("a.wav", 3.0), ("b.wav", 2.0)):
        demo_sound.write(tmp_path / "recordings" / name, seconds)
    return list(Recording.objects.order_by("started_at"))


def test_several_files_play_as_one(floor: Desk, parts: list[Recording]) -> None:
    page = floor.open(f"/calls/{call_id(1)}/")
    player = page.locator("hallom-player")
    expect(player).to_have_count(1)
    expect(player.locator("[data-length]")).to_have_text("0:09")
    expect(page.locator(".parts")).to_contain_text("not recorded from 0:03, 0:04")
    assert page.evaluate("document.querySelectorAll('hallom-player rect.gap').length") > 10
    first, second = (f"/recording/{one.pk}/" for one in parts)
    audio = "document.querySelector('hallom-player audio')"
    player.locator("[data-play]").press("Enter")
    until(page, f"{audio}.currentSrc.endsWith('{first}')")
    # The first file ends, the gap is passed over, the second goes on by itself.
    until(page, f"{audio}.currentSrc.endsWith('{second}')")
    until(page, "document.querySelector('hallom-player').at >= 7")
    until(page, f"{audio}.ended")
    expect(player.locator("[data-at]")).to_have_text("0:09")


def test_jumping_into_a_gap_lands_where_sound_begins_again(floor: Desk, parts: list[Recording]) -> None:
    page = floor.open(f"/calls/{call_id(1)}/")
    slider = page.locator("hallom-player input[type=range]")
    slider.evaluate("one => { one.value = '5'; one.dispatchEvent(new Event('input')); }")
    expect(page.locator("hallom-player [data-at]")).to_have_text("0:07")
    slider.evaluate("one => { one.value = '1'; one.dispatchEvent(new Event('input')); }")
    expect(page.locator("hallom-player [data-at]")).to_have_text("0:01")
    assert floor.violations() == []

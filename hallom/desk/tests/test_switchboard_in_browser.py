"""The console by keyboard alone, in Chromium, with the test as switch and push."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from hallom.calls.models import (
    Extension,
    JournalEntry,
    Number,
    Queue,
    RelayPosition,
    SipDevice,
    Switchboard,
)
from hallom.calls.tests.phone_house import happen, make_number, make_queue, serve
from hallom.calls.tests.story import Story
from hallom.customers.models import Customer
from hallom.desk.tests.test_switchboard import waiting_call
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets.models import Ticket
from hallom.ui.tests.browser_session import session_of
from hallom.ui.tests.conftest import Desk

Given = list[tuple[object, ...]]
# Answered, found and transferred with no more than this.
MOST_KEYSTROKES = 5
COUNT_KEYS = (
    "document.addEventListener('keydown', () => { window.keystrokes = (window.keystrokes ?? 0) + 1; }, true);"
)


class Console:
    """A page of the attendant, and what happens in the house meanwhile."""

    def __init__(self, desk: Desk, anna: User, queue: Queue, number: Number) -> None:
        self.desk, self.anna, self.queue, self.number = desk, anna, queue, number
        self.start = timezone.now() - timedelta(seconds=10)
        self.told = 0

    @property
    def page(self) -> Page:
        return self.desk.page

    def open(self) -> Page:
        page = self.desk.open("/switchboard/")
        expect(page.locator("[role=option]").first).to_be_visible()
        expect(page.locator("#find")).to_be_focused()
        return page

    def waits(self, n: int, caller: str = "+36201234567") -> Story:
        story = waiting_call(n, self.queue, self.number, self.start, caller=caller)
        happen(story)
        self.push("queues")
        return story

    def is_answered(self, story: Story) -> None:
        """Her telephone has answered the call she took."""
        on = Story(story.call, self.start, first=JournalEntry.objects.count() + 1)
        on("queue.left", 8, queue=self.queue.pk, reason="offered_accepted")
        on("call.bridged", 8, agent=self.anna.pk, leg=f"{story.call}-2")
        on("agent.changed", 8, agent=self.anna.pk, state="talking", reason="", call=story.call)
        happen(on)
        self.push("queues")
        expect(self.page.locator(f'[data-now="{story.call}"]')).to_be_attached()

    def goes_on(self, story: Story, kind: str, **data: Any) -> None:
        happen(Story(story.call, self.start)(kind, 9, agent=self.anna.pk, **data))
        self.push("queues")

    def push(self, topic: str) -> None:
        self.told += 1
        if self.desk.live.sockets:
            self.desk.live.send(f'{{"id":{self.told},"topics":["{topic}"]}}')


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    from hallom.calls import orders

    taken: Given = []

    def give(agent: int, verb: str, /, **args: object) -> orders.Outcome:
        taken.append((agent, verb, args))
        return orders.Outcome(True)

    monkeypatch.setattr(orders, "give", give)
    return taken


@pytest.fixture
def kovacs(transactional_db: None) -> User:
    team = Team.objects.create(name="Billing")
    user = person("kovacs", "dr. Kovács-Őry Ágnes", Role.AGENT, team=team)
    Extension.objects.create(number="2114", user=user, label="Invoices", department="Billing")
    for n in range(12):
        Extension.objects.create(
            number=str(2200 + n), user=person(f"user{n}", f"Other {n}", Role.AGENT, team=team)
        )
    return user


@pytest.fixture
def console(
    chromium: Browser, live_server: Any, transactional_db: None, kovacs: User, given: Given
) -> Iterator[Console]:
    anna = person("aniko", "Anikó Attendant", Role.ATTENDANT)
    # Her telephone stands on the desk: nothing registers from the page.
    SipDevice.objects.create(user=anna, username="aniko", realm="hallom", ha1_md5="x", ha1_sha256="x")
    queue = make_queue("Switchboard", service_level_seconds=15)
    serve(queue, anna)
    Switchboard.objects.create(pk=1, queue=queue)
    RelayPosition.objects.all().delete()
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    context.add_cookies([{"name": "sessionid", "value": session_of(anna), "url": live_server.url}])
    context.add_init_script(COUNT_KEYS)
    desk = Desk(context.new_page(), live_server.url)
    desk.page.set_default_timeout(8000)
    yield Console(desk, anna, queue, make_number(queue))
    context.close()
    # What the switch refuses is an answer of 409, which the browser notes on its own.
    assert [one for one in desk.complaints if "409" not in one and "422" not in one] == []


class HeldScripts:
    """None reaches the page until they are let go."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] | None = []
        page.route("**/dist/*.js", self._asked)

    def _asked(self, route: Route) -> None:
        if self.held is None:
            route.continue_()
        else:
            self.held.append(route)

    def let_go(self) -> None:
        held, self.held = self.held or [], None
        for route in held:
            route.continue_()


def orders_of(given: Given) -> list[tuple[object, object]]:
    return [(verb, args) for _agent, verb, args in given]


def wait_for(page: Page, given: Given, number: int) -> None:
    for _ in range(100):
        if len(given) >= number:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"orders given: {given}")


def test_a_call_is_answered_found_and_sent_on_with_five_keystrokes(
    console: Console, given: Given, kovacs: User
) -> None:
    page = console.open()
    story = console.waits(1)
    console.waits(2)
    expect(page.locator("[data-take]")).to_have_count(2)
    page.keyboard.press("1")
    wait_for(page, given, 1)
    console.is_answered(story)
    page.keyboard.type("or")
    page.keyboard.press("Enter")
    wait_for(page, given, 2)
    assert orders_of(given) == [
        ("pickup", {"call": story.call}),
        ("transfer", {"call": story.call, "to": f"agent:{kovacs.pk}"}),
    ]
    assert page.evaluate("window.keystrokes") <= MOST_KEYSTROKES
    expect(page.locator("#find")).to_have_value("")
    expect(page.locator("#find")).to_be_focused()


@pytest.mark.parametrize("way", ["loaded anew", "from the rail"])
def test_a_digit_takes_the_call_while_the_script_of_the_console_is_under_way(
    way: str, console: Console, given: Given
) -> None:
    page = console.page
    story = console.waits(1)
    if way == "from the rail":
        console.desk.open("/wallboard/")
    scripts = HeldScripts(page)
    if way == "from the rail":
        page.locator('.rail-item[href="/switchboard/"]').click()
    else:
        page.goto(f"{console.desk.url}/switchboard/", wait_until="commit")
    expect(page.locator("[data-take]")).to_have_count(1)
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert scripts.held
    assert not given
    scripts.let_go()
    wait_for(page, given, 1)
    assert orders_of(given) == [("pickup", {"call": story.call})]
    expect(page.locator("#find")).to_have_value("")
    expect(page.locator("#find")).to_be_focused()


def test_a_name_typed_while_the_script_is_under_way_is_searched(console: Console, kovacs: User) -> None:
    page = console.page
    scripts = HeldScripts(page)
    page.goto(f"{console.desk.url}/switchboard/", wait_until="commit")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("or")
    scripts.let_go()
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Kovács")


def test_enter_waits_for_what_was_typed_however_quick_the_hand(
    console: Console, given: Given, kovacs: User
) -> None:
    page = console.open()
    story = console.waits(1)
    console.is_answered(story)
    page.route("**/switchboard/directory/**", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.keyboard.type("2114", delay=0)
    page.keyboard.press("Enter")
    wait_for(page, given, 1)
    assert orders_of(given) == [("transfer", {"call": story.call, "to": f"agent:{kovacs.pk}"})]
    # What is still held must not outlive the page.
    page.unroute_all(behavior="wait")


def test_announcing_then_connecting_or_taking_back(console: Console, given: Given, kovacs: User) -> None:
    page = console.open()
    story = console.waits(1)
    console.is_answered(story)
    page.keyboard.type("kova")
    expect(page.locator("[role=option][aria-selected=true] mark")).to_have_text("Ková")
    page.keyboard.press("Shift+Enter")
    wait_for(page, given, 1)
    console.goes_on(story, "consult.started", by=console.anna.pk, to=f"agent:{kovacs.pk}")
    expect(page.locator("[data-now]")).to_contain_text("You ask dr. Kovács-Őry Ágnes")
    page.keyboard.press("Escape")
    wait_for(page, given, 2)
    page.keyboard.press("Enter")
    wait_for(page, given, 3)
    assert orders_of(given) == [
        ("consult", {"call": story.call, "to": f"agent:{kovacs.pk}"}),
        ("cancel_consult", {"call": story.call}),
        ("complete", {"call": story.call}),
    ]


def test_a_queue_is_announced_to_like_a_colleague(console: Console, given: Given) -> None:
    page = console.open()
    story = console.waits(1)
    console.is_answered(story)
    page.keyboard.type("switchb")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Switchboard")
    page.keyboard.press("Shift+Enter")
    wait_for(page, given, 1)
    to = f"queue:{console.queue.pk}"
    console.goes_on(story, "consult.started", by=console.anna.pk, to=to)
    expect(page.locator("[data-now]")).to_contain_text("You ask Switchboard")
    page.keyboard.press("Enter")
    wait_for(page, given, 2)
    assert orders_of(given) == [
        ("consult", {"call": story.call, "to": to}),
        ("complete", {"call": story.call}),
    ]


def test_parking_and_fetching(console: Console, given: Given) -> None:
    page = console.open()
    story = console.waits(1)
    console.is_answered(story)
    page.keyboard.type("kov")
    page.keyboard.press("Control+p")
    wait_for(page, given, 1)
    expect(page.locator("#find")).to_have_value("")
    until = (timezone.now() + timedelta(seconds=100)).timestamp()
    console.goes_on(story, "call.parked", by=console.anna.pk, place=7, until=until)
    console.goes_on(story, "agent.changed", state="available", reason="")
    expect(page.locator('[data-place="7"]')).to_be_visible()
    page.keyboard.press("Shift+1")
    wait_for(page, given, 2)
    assert orders_of(given) == [("park", {"call": story.call}), ("retrieve", {"place": 7})]


def test_outside_the_search_the_letters_park_and_take_a_message_alone(console: Console, given: Given) -> None:
    page = console.open()
    story = console.waits(1)
    console.is_answered(story)
    page.locator("[data-only]").first.focus()
    page.keyboard.press("p")
    wait_for(page, given, 1)
    assert orders_of(given) == [("park", {"call": story.call})]
    page.locator("[data-only]").first.focus()
    page.keyboard.press("m")
    expect(page.locator("#id_owner")).to_be_focused()
    expect(page.locator("#find")).to_have_value("")


def test_a_call_that_rings_at_her_telephone_does_not_take_the_console_away(console: Console) -> None:
    carla = Customer.register(name="Carla Customer", by=None, now=timezone.now())
    carla.contact_points.create(kind="phone", value="+36 30 512 4478")
    page = console.open()
    story = console.waits(1, caller="+36305124478")
    facts = {"offer": f"{story.call}-o1", "leg": f"{story.call}-2", "queue": console.queue.pk}
    console.goes_on(story, "offer.made", agent_id=console.anna.pk, **facts)
    console.goes_on(story, "agent.changed", state="offered", reason="")
    console.push(f"desk-{console.anna.pk}")
    expect(page.locator(".deck[data-state=ringing]")).to_contain_text("Carla Customer")
    expect(page.locator(".inc .here")).to_have_text("rings at your phone")
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("/switchboard/")


def test_plus_takes_the_one_who_waits_longest_and_digits_are_searched_during_a_call(
    console: Console, given: Given, kovacs: User
) -> None:
    page = console.open()
    story = console.waits(1)
    console.waits(2)
    expect(page.locator("[data-take]")).to_have_count(2)
    page.keyboard.press("+")
    wait_for(page, given, 1)
    console.is_answered(story)
    page.keyboard.type("2114")
    expect(page.locator("#find")).to_have_value("2114")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Kovács")
    assert orders_of(given) == [("pickup", {"call": story.call})]


def test_the_loser_of_two_who_take_the_same_call_is_told(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hallom.calls import orders

    page = console.open()
    console.waits(1)
    expect(page.locator("[data-take]")).to_have_count(1)
    monkeypatch.setattr(orders, "give", lambda *_, **__: orders.Outcome(False, "already_answered"))
    page.keyboard.press("1")
    expect(page.locator("[data-toast]")).to_contain_text("A colleague was faster")


def test_a_message_is_taken_by_keyboard_and_is_ordered_with_the_caller_in_it(
    console: Console, given: Given, kovacs: User
) -> None:
    page = console.open()
    carla = Customer.register(name="Carla Customer", by=None, now=timezone.now())
    carla.contact_points.create(kind="phone", value="+36 30 512 4478")
    story = console.waits(1, caller="+36305124478")
    console.is_answered(story)
    page.keyboard.type("kov")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Kovács")
    page.keyboard.press("Control+m")
    expect(page.locator("#id_why")).to_be_focused()
    page.keyboard.type("Instalments")
    page.keyboard.press("Enter")
    wait_for(page, given, 1)
    ((verb, args),) = orders_of(given)
    assert verb == "promise"
    assert isinstance(args, dict)
    assert {name: args[name] for name in ("agent", "call", "customer", "number", "name", "why")} == {
        "agent": kovacs.pk,
        "call": story.call,
        "customer": carla.pk,
        "number": "+36 30 512 4478",
        "name": "Carla Customer",
        "why": "Instalments",
    }
    expect(page.locator("#taking-down")).to_contain_text("On dr. Kovács-Őry Ágnes's list")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#find")).to_have_value("")


def test_somebody_else_s_number_is_not_taken_for_the_caller_s(
    console: Console, given: Given, kovacs: User
) -> None:
    carla = Customer.register(name="Carla Customer", by=None, now=timezone.now())
    carla.contact_points.create(kind="phone", value="+36 30 512 4478")
    page = console.open()
    story = console.waits(1, caller="+36305124478")
    console.is_answered(story)
    expect(page.locator("#id_name")).to_have_value("Carla Customer")
    page.locator("#id_name").fill("Her brother")
    page.locator("#id_number").fill("+36 70 214 8890")
    page.locator("#id_owner").select_option(str(kovacs.pk))
    page.locator("#id_why").fill("Instalments")
    page.locator("#id_why").press("Enter")
    wait_for(page, given, 1)
    ((_verb, args),) = orders_of(given)
    assert isinstance(args, dict)
    assert (args["customer"], args["call"], args["name"]) == (None, "", "Her brother")


def test_a_complaint_is_a_ticket_by_keyboard_and_the_console_is_free_again(
    console: Console, given: Given, kovacs: User
) -> None:
    page = console.open()
    page.keyboard.type("kov")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Kovács")
    page.keyboard.press("Control+m")
    page.keyboard.type("Wrong bill")
    page.get_by_role("button", name="As a ticket").press("Enter")
    expect(page.locator("#taking-down")).to_contain_text("is open.")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#find")).to_have_value("")
    assert Ticket.objects.get().owner == kovacs
    assert given == []


def test_what_is_missing_in_a_promise_is_said_beside_it(console: Console, given: Given) -> None:
    page = console.open()
    page.keyboard.press("Control+m")
    page.locator("#taking-down button.go").press("Enter")
    expect(page.locator("#taking-down .errorlist").first).to_be_visible()
    assert given == []


def test_alt_and_a_digit_sends_at_once_and_a_quick_button_is_kept(
    console: Console, given: Given, kovacs: User
) -> None:
    page = console.open()
    story = console.waits(1)
    console.is_answered(story)
    page.keyboard.type("kov")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Kovács")
    page.keyboard.press("Control+b")
    expect(page.locator("[data-quick-to]")).to_contain_text("Kovács")
    page.keyboard.press("Alt+1")
    wait_for(page, given, 1)
    assert orders_of(given) == [("transfer", {"call": story.call, "to": f"agent:{kovacs.pk}"})]
    page.locator("[data-quick-to]").press("Delete")
    expect(page.locator("[data-quick-to]")).to_have_count(0)


def test_who_waits_too_long_turns_yellow_then_red_without_the_server(console: Console) -> None:
    console.start = timezone.now() - timedelta(seconds=2)
    console.page.clock.install()
    page = console.open()
    console.waits(1)
    row = page.locator(".inc")
    expect(row).to_have_class("inc")
    page.clock.fast_forward(16_000)
    expect(row).to_have_class("inc hot")
    page.clock.fast_forward(16_000)
    expect(row).to_have_class("inc late")


def test_night_mode_by_keyboard_and_nothing_for_axe_to_complain_of(console: Console) -> None:
    page = console.open()
    console.waits(1)
    console.waits(2, caller="anonymous")
    expect(page.locator(".inc")).to_have_count(2)
    page.locator("[data-day-act]").press("Enter")
    expect(page.locator("[data-day-act]")).to_have_text("Back to day mode")
    expect(page.locator("[data-day-act]")).to_be_focused()
    assert console.desk.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

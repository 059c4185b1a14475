"""The place that an agent reads who waits in a queue for his caller is the one that the switch gives him."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hallom.calls import relay
from hallom.calls.models import Call, JournalEntry
from hallom.calls.tests.phone_house import make_queue
from hallom.desk.standing import Standing, standing
from hallom.staff.models import User
from hallom.switch.tests.test_asking import GREETING, STAFFED, TO
from hallom.switch.tests.test_transfer import CLAIMS, CLAIMS_NUMBER, DESK, House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, SALES

pytestmark = pytest.mark.django_db
Check = Callable[[], None]
# Whoever comes back stands before everybody else, in the very queue that is asked.
HOUSE = replace(
    STAFFED,
    queues={**STAFFED.queues, CLAIMS: replace(STAFFED.queues[CLAIMS], max_waiting=50)},
    agents={number: replace(one, queues={SALES: 3}) for number, one in STAFFED.agents.items()},
    switchboard=CLAIMS,
)


@pytest.fixture
def house() -> House:
    for number in (SALES, DESK, CLAIMS):
        make_queue(f"Queue {number}", pk=number)
    for number in (ALICE, BRUNO, CELIA):
        User.objects.create(pk=number, username=f"agent-{number}")
    return House(HOUSE)


class Screen:
    """The journal of the switch, as far as the rows have it."""

    def __init__(self, house: House) -> None:
        self.house, self.written = house, 0

    def catch_up(self) -> None:
        news, self.written = self.house.journal[self.written :], len(self.house.journal)
        JournalEntry.objects.bulk_create(
            JournalEntry(
                at=datetime.fromtimestamp(one.at, UTC),
                call=one.call,
                agent=one.agent,
                kind=one.kind,
                data=dict(one.data),
            )
            for one in news
        )
        while relay.relay_batch(datetime.fromtimestamp(self.house.now, UTC)):
            pass

    def place(self, name: str) -> int:
        """As it is read, once that has been compared with what the switch knows."""
        self.catch_up()
        call = self.house.call_of(name)
        shown = standing(Call.objects.get(pk=call))
        assert shown == Standing(TO, self.house.switch.state.router.position(call))
        return shown.place or 0


def line_up(house: House) -> str:
    name = house.dial(CLAIMS_NUMBER)
    house.hear_out()
    house.wait(1)
    return name


def test_the_place_moves_with_the_line(house: House) -> None:
    screen = Screen(house)
    first, second = line_up(house), line_up(house)
    name, _ = house.conversation()
    house.wait(1)
    other, _ = house.conversation(CELIA)
    house.wait(5)
    house.order(ALICE, "consult", call=house.call_of(name), to=TO)
    assert screen.place(name) == 3
    line_up(house)
    assert screen.place(name) == 3
    house.order(CELIA, "consult", call=house.call_of(other), to=TO)
    assert (screen.place(name), screen.place(other)) == (3, 4)
    house.customer_hangs_up(first)
    assert (screen.place(name), screen.place(other)) == (2, 3)
    back, _ = house.conversation(BRUNO)
    house.order(BRUNO, "transfer", call=house.call_of(back), to="agent:7")
    house.order(BRUNO, "sign_out")
    assert house.call_state(back) == "queued"
    assert (screen.place(name), screen.place(other)) == (3, 4)
    house.order(ALICE, "complete", call=house.call_of(name))
    assert screen.place(other) == 4
    house.customer_hangs_up(name)
    house.customer_hangs_up(second)
    assert screen.place(other) == 2


def test_an_announcement_first_then_the_line(house: House) -> None:
    screen = Screen(house)
    name, _ = house.conversation()
    house.order(ALICE, "consult", call=house.call_of(name), to=GREETING)
    screen.catch_up()
    assert standing(Call.objects.get(pk=house.call_of(name))) == Standing(GREETING)
    house.hear_out()
    assert screen.place(name) == 1


def test_a_telephone_that_rings_is_no_place(house: House) -> None:
    screen = Screen(house)
    name, _ = house.conversation()
    house.sign_in(BRUNO)
    house.order(ALICE, "consult", call=house.call_of(name), to="agent:8")
    screen.catch_up()
    assert standing(Call.objects.get(pk=house.call_of(name))) is None
    house.order(BRUNO, "divert", when="busy", to=TO)
    house.refuse(BRUNO, 486)
    assert screen.place(name) == 1

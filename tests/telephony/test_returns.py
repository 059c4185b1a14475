"""A caller sent to an extension where nobody takes him comes back to who sent him, else to the head of the switchboard's queue."""

from collections.abc import Iterator

import pytest

from tests.telephony.desk_phone import DeskPhone
from tests.telephony.house import Desk, House, until
from tests.telephony.phone import Phone, PhoneCall
from tests.telephony.story import go_to_work, hears_anything, hears_music, hears_tone, in_queue

CUSTOMER_HERTZ, FIRST_HERTZ, SECOND_HERTZ, OTHER_HERTZ = 620.0, 500.0, 740.0, 860.0
SENDER_HERTZ, COLLEAGUE_HERTZ, ATTENDANT_HERTZ = 1000.0, 1400.0, 1800.0
PATIENCE = 15.0


@pytest.fixture
def room(quick_house: House) -> Desk:
    """His colleague has an extension."""
    room = next(quick_house.desks)
    quick_house.query(
        "INSERT INTO calls_extension (number, user_id, label, department, is_active) VALUES (%s, %s, '', '', true)",
        extension(room),
        room.agents[1].id,
    )
    return room


def extension(room: Desk) -> str:
    return f"7{room.queue:04d}"


@pytest.fixture
def board(quick_house: House, room: Desk) -> Iterator[Desk]:
    """The switchboard; nobody is at work there yet."""
    board = next(quick_house.desks)
    quick_house.query("UPDATE calls_switchboard SET queue_id = %s", board.queue)
    quick_house.reconfigure()
    yield board
    quick_house.query("UPDATE calls_switchboard SET queue_id = NULL")
    quick_house.reconfigure()


@pytest.fixture
def phones(quick_house: House) -> Iterator[list[Phone]]:
    """Of the customer, of two who wait at the switchboard, and of one who keeps the sender busy."""
    tones = (CUSTOMER_HERTZ, FIRST_HERTZ, SECOND_HERTZ, OTHER_HERTZ)
    made = [Phone(quick_house.sip_port, hertz=hertz) for hertz in tones]
    yield made
    for phone in made:
        phone.close()


def talk(
    one: PhoneCall, hertz: float, phone: DeskPhone, caller: float, *, besides: PhoneCall | None = None
) -> PhoneCall:
    """Both ways; the telephone's end, another than that of before."""
    hears_tone(one, hertz, seconds=PATIENCE)
    inside = phone.talking(PATIENCE, besides=besides)
    hears_tone(inside, caller, seconds=PATIENCE)
    return inside


def waiting(house: House, board: Desk, phone: Phone, *, nth: int) -> PhoneCall:
    call = phone.call(board.number, caller=f"+3670555000{nth}").wait_up(PATIENCE)
    in_queue(house, str(until(lambda: house.calls_to(board.number)[nth:], what="the call")[0]))
    return call


@pytest.mark.parametrize("sender_is", ["busy", "gone"])
def test_whom_nobody_takes_is_served_before_those_who_wait_at_the_switchboard(
    quick_house: House, room: Desk, board: Desk, phones: list[Phone], sender_is: str
) -> None:
    house, (sender, colleague), port = quick_house, room.agents, quick_house.sip_port
    to = f"extension:{extension(room)}"
    with (
        DeskPhone(port, sender, hertz=SENDER_HERTZ) as senders,
        DeskPhone(port, colleague, hertz=COLLEAGUE_HERTZ, on_ring="reject") as colleagues,
        DeskPhone(port, board.agents[0], hertz=ATTENDANT_HERTZ) as attendants,
    ):
        for phone in (senders, colleagues, attendants):
            phone.enter()
        go_to_work(house, sender)
        others = [waiting(house, board, phone, nth=nth) for nth, phone in enumerate(phones[1:3])]
        customer = phones[0].call(room.number).wait_up(PATIENCE)
        inside = talk(customer, SENDER_HERTZ, senders, CUSTOMER_HERTZ)
        call = house.calls_to(room.number)[0]

        # The colleague is busy: he is with the sender again.
        assert house.order(sender, "transfer", call=call, to=to)["ok"]
        talk(customer, SENDER_HERTZ, senders, CUSTOMER_HERTZ, besides=inside)
        assert back(house, call, 0)["reason"] in ("busy", "declined")

        # The colleague does not answer, and the sender has another caller, or has gone home.
        colleagues.on_ring = "ring"
        another = phones[3].call(room.number).wait_up(PATIENCE) if sender_is == "busy" else None
        assert house.order(sender, "transfer", call=call, to=to)["ok"]
        colleagues.ringing(PATIENCE)
        if another is None:
            assert house.order(sender, "sign_out")["ok"]
        hears_anything(customer, seconds=PATIENCE)
        if another is not None:
            talk(another, SENDER_HERTZ, senders, OTHER_HERTZ)
        returned = back(house, call, 1)
        assert (returned["from"], returned["to"], returned["times"]) == (sender.id, to, 2)
        assert returned["reason"] == "no_answer"
        assert returned["waited"] >= 3
        entered = [one["data"] for one in house.entries(call) if one["kind"] == "queue.entered"][-1]
        told = (entered["queue"], entered["position"], entered["reason"])
        assert told == (board.queue, 1, "returned"), "before those who wait there"
        hears_music(customer, seconds=PATIENCE)
        assert marks(house, call) == (sender.id, to, "no_answer", 2)

        # One attendant: he first, then the others in their order.
        go_to_work(house, board.agents[0])
        last = talk(customer, ATTENDANT_HERTZ, attendants, CUSTOMER_HERTZ)
        for other, hertz in zip(others, (FIRST_HERTZ, SECOND_HERTZ), strict=True):
            hears_music(other, seconds=PATIENCE)
            (customer if hertz == FIRST_HERTZ else others[0]).hang_up()
            last = talk(other, ATTENDANT_HERTZ, attendants, hertz, besides=last)
        offers = house.query(
            "SELECT call FROM switch_journal WHERE kind = 'offer.made' AND agent = %s ORDER BY id",
            board.agents[0].id,
        )
        assert [one["call"] for one in offers] == [call, *house.calls_to(board.number)]


def back(house: House, call: str, nth: int) -> dict[str, object]:
    """The nth time he came back, waited for."""

    def found() -> list[dict[str, object]]:
        return [one["data"] for one in house.entries(call) if one["kind"] == "call.returned"][nth:]

    return dict(until(found, seconds=PATIENCE, what="the caller to come back")[0])


def marks(house: House, call: str) -> tuple[object, ...]:
    """What the consoles show of him: who had sent him, where to, why he is back, how often."""
    text = "SELECT returned_by_id, returned_to, returned_reason, returns FROM calls_callsituation WHERE call_id = %s"
    rows = until(
        lambda: [one for one in house.query(text, call) if one["returns"] == 2],
        seconds=PATIENCE,
        what="the marks",
    )
    return tuple(rows[0].values())

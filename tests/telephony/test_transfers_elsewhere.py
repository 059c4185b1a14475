"""The table of transfers where no colleague is meant: a number outside, a queue, a greeting, a parking place."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hallom.media.jitter import MINIMUM_DEPTH
from tests.telephony import carrier
from tests.telephony.carrier import Carrier, Line
from tests.telephony.desk_phone import DeskPhone
from tests.telephony.hearing import FRAME, level_dbfs
from tests.telephony.house import Agent, Desk, House, until
from tests.telephony.phone import PhoneCall
from tests.telephony.story import QUIET_DBFS, UNDER_WAY_SECONDS, go_to_work, hears_music, hears_tone
from tests.telephony.test_transfers import (
    AT_ONCE,
    COLLEAGUE_HERTZ,
    CUSTOMER_HERTZ,
    KINDS,
    OUTCOMES,
    PATIENCE,
    SENDER_HERTZ,
    Cell,
)

FURNISH = str(Path(__file__).with_name("furnish_carrier.py"))
CARRIER_HOST = "127.0.0.4"
OUTSIDE_HERTZ = 1800.0
# How long nobody of a queue need come, and nobody fetch a parked caller, until he is back.
QUEUE_SECONDS, PLACE_SECONDS = 6, 6
REFUSED = "toll:trunk_to_trunk"
RINGING_HERTZ = 425.0
# What the ear takes for a gap; and how late a frame may be that the jitter buffer and one stand-in still hide.
GAP_PACKETS = 3
PAUSE_BRIDGED_SECONDS = (MINIMUM_DEPTH + 1) * FRAME
DIGITS = {
    "answered": carrier.ANSWERS,
    "busy": carrier.BUSY,
    "no_answer": carrier.RINGS,
    "rejected": carrier.DECLINES,
    "unreachable": carrier.NO_LINE,
    "sender_gone": carrier.DECLINES,
    "plays": carrier.PLAYS,
    "says_nothing": carrier.SAYS_NOTHING,
}


@dataclass
class Elsewhere(Cell):
    """`nth` tells the numbers and places of one cell from another's; `other` is a desk that nobody of this one is at."""

    company: Carrier | None = None
    other: Desk | None = None
    nth: int = 0


@dataclass
class Outside(Elsewhere):
    colleague_hertz = OUTSIDE_HERTZ
    reasons: ClassVar[dict[str, tuple[str, ...]]] = {
        "busy": ("busy",),
        "no_answer": ("no_answer",),
        "rejected": ("declined",),
        "unreachable": ("toll:no_line_free",),
        "sender_gone": ("declined",),
    }
    told: ClassVar[dict[str, set[str]]] = {
        "answered": {"200"},
        "busy": {"486"},
        "no_answer": {"408"},
        "rejected": {"603"},
        "unreachable": {"480"},
    }

    @property
    def number(self) -> str:
        digit = DIGITS[self.outcome]
        if self.kind == "attended_ringing" or self._declines_later:
            digit = carrier.RINGS
        elif self.outcome == "sender_gone" and self._is_consult:
            digit = carrier.ANSWERS
        return f"+363055{self.nth:04d}{digit}"

    @property
    def to(self) -> str:
        return f"outside:{self.number}"

    @property
    def user(self) -> str:
        return self.number

    def _colleagues_phone(self) -> Line:
        assert self.company is not None
        return self.company.line(self.number)

    def _attended_ringing(self, sender: Agent) -> None:
        if self.outcome == "unreachable":
            # A company without a line free never rings: the agent is told before he could hand anybody over.
            self.kind = "attended"
            self._attended(sender)
            return
        super()._attended_ringing(sender)


class Untrusted(Outside):
    """Whose policy lets nobody be left with a number outside: the reason is said, and all go on as they were."""

    def _refused(self, sender: Agent, verb: str, **args: str) -> None:
        assert self.house.order(sender, verb, call=self.call, **args) == {"ok": False, "error": REFUSED}
        assert self._entry("transfer.refused")["number"] == self.number

    def _blind(self, sender: Agent) -> None:
        self._refused(sender, "transfer", to=self.to)
        self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)

    def _refer(self, sender: Agent) -> None:
        answer = self.senders_phone.refer(self.sent_from, self.user)
        assert answer.startswith("SIP/2.0 403"), answer
        self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)

    def _asks(self, sender: Agent) -> Any:
        self._order(sender, "consult", to=self.to)
        self._entry("consult.answered")
        hears_tone(self.sent_from, OUTSIDE_HERTZ, seconds=PATIENCE)
        hears_music(self.customer, seconds=PATIENCE)
        return until(lambda: self.colleagues_phone.calls, what="a call outside")[-1]

    def _attended(self, sender: Agent) -> None:
        outside = self._asks(sender)
        self._refused(sender, "complete")
        hears_tone(outside, SENDER_HERTZ, seconds=PATIENCE)
        hears_tone(self.sent_from, OUTSIDE_HERTZ, seconds=PATIENCE)
        self._order(sender, "join")
        self._refused(sender, "leave")
        self.senders_phone.mute(self.sent_from)
        hears_tone(self.customer, OUTSIDE_HERTZ, seconds=PATIENCE)
        hears_tone(outside, CUSTOMER_HERTZ, seconds=PATIENCE)

    def _hangs_up(self, sender: Agent) -> None:
        """His telephone lets go of the two: the one outside goes, the caller rings back at him."""
        outside = self._asks(sender)
        self.sent_from.hang_up()
        outside.wait_over(PATIENCE)
        assert self._entry("call.returned")["reason"] == REFUSED
        self._is_with(self.senders_phone, SENDER_HERTZ, besides=self.sent_from)

    def _refer_replaces(self, sender: Agent) -> None:
        self.senders_phone.hold(self.sent_from)
        self._entry("call.held")
        second = self.senders_phone.dial(self.user).wait_up(PATIENCE)
        hears_tone(second, OUTSIDE_HERTZ, seconds=PATIENCE)
        answer = self.senders_phone.refer(self.sent_from, self.user, over=second)
        assert answer.startswith("SIP/2.0 403"), answer
        hears_tone(second, OUTSIDE_HERTZ, seconds=PATIENCE)
        hears_music(self.customer, seconds=PATIENCE)


class Early(Outside):
    """The far end sends sound, or says that it will, before anybody answers: the caller hears that, or our ringing."""

    def _blind(self, sender: Agent) -> None:
        self._order(sender, "transfer", to=self.to)
        ringing = self.colleagues_phone.ringing(PATIENCE)
        if self.outcome == "says_nothing":
            self._entry("dial.progressed")
            hears_tone(self.customer, RINGING_HERTZ, seconds=PATIENCE)
            ringing.answer()
            self._is_with(self.colleagues_phone, OUTSIDE_HERTZ)
            return
        hears_tone(self.customer, OUTSIDE_HERTZ, seconds=PATIENCE)
        heard_from = time.time()
        begun = len(ringing.ear.packets)
        until(lambda: len(ringing.ear.packets) > begun + 50, seconds=PATIENCE, what="a second on the line")
        assert level_dbfs(ringing.ear.last(0.9)) < QUIET_DBFS, "nobody is heard there before he answers"
        ringing.answer()
        self._is_with(self.colleagues_phone, OUTSIDE_HERTZ)
        quiet = self.customer.ear.quiet_moments(heard_from, packets=GAP_PACKETS, quiet_dbfs=QUIET_DBFS)
        # What the telephone outside did not say in time nobody can hear.
        gaps = [
            at
            for at in quiet
            if ringing.voice.longest_pause(at - UNDER_WAY_SECONDS, at) <= PAUSE_BRIDGED_SECONDS
        ]
        assert gaps == [], f"no gap when he answers at {ringing.answered_at}"


class InQueue(Elsewhere):
    """Somebody of another queue is to take him."""

    queues_before = 2
    reasons: ClassVar[dict[str, tuple[str, ...]]] = {
        "busy": ("queue_full",),
        "no_answer": ("no_answer",),
        "rejected": ("no_answer",),
        "unreachable": ("no_answer",),
        "sender_gone": ("no_answer",),
    }
    # A queue has him at once, whoever takes him then.
    told: ClassVar[dict[str, set[str]]] = {"answered": {"200"}, "no_answer": {"200"}, "busy": {"486"}}

    @property
    def there(self) -> Desk:
        assert self.other is not None
        return self.other

    @property
    def colleague(self) -> Agent:
        return self.there.agents[0]

    @property
    def to(self) -> str:
        return f"queue:{self.there.queue}"

    @property
    def user(self) -> str:
        return f"queue-{self.there.queue}"

    def _manner(self) -> str:
        if self.kind == "attended_ringing":
            return "ring"
        return {"answered": "answer", "no_answer": "ring"}.get(self.outcome, "reject")

    def _colleagues_phone(self) -> DeskPhone:
        phone = super()._colleagues_phone()
        is_at_work = self.outcome in ("answered", "rejected") and not self.kind.endswith("_waiting")
        if is_at_work or self.kind == "attended_ringing":
            go_to_work(self.house, self.colleague)
        return phone

    def _attended(self, sender: Agent) -> None:
        """Announced to the queue: whoever is free there answers, or nobody does in its time."""
        self._order(sender, "consult", to=self.to)
        if self.outcome == "answered":
            hears_tone(self.sent_from, COLLEAGUE_HERTZ, seconds=PATIENCE)
            hears_music(self.customer, seconds=PATIENCE)
            self._order(sender, "complete")
            self._is_with(self.colleagues_phone, COLLEAGUE_HERTZ)
            return
        if self.outcome != "busy":
            self._waits(self.sent_from)
        if self.outcome == "sender_gone":
            self.sent_from.hang_up()
            self._sent_on(sender)
            return
        assert self._entry("consult.ended")["reason"] in self.reasons[self.outcome]
        self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)

    def _waits(self, asks: PhoneCall) -> None:
        asked = time.time()
        hears_music(asks, seconds=PATIENCE, since=asked)
        hears_music(self.customer, seconds=PATIENCE, since=asked)

    def _attended_waiting(self, sender: Agent) -> None:
        """Handed over while nobody is there: the customer has the place in the line."""
        self._order(sender, "consult", to=self.to)
        self._waits(self.sent_from)
        self._order(sender, "complete")
        self._is_taken_later()

    def _is_taken_later(self) -> None:
        assert self._entry("queue.entered", nth=1)["takes_place"]
        hears_music(self.customer, seconds=PATIENCE)
        go_to_work(self.house, self.colleague)
        self._is_with(self.colleagues_phone, COLLEAGUE_HERTZ)

    def _refer_waiting(self, sender: Agent) -> None:
        second = self._second_call().wait_up(PATIENCE)
        self._waits(second)
        self._hands_over(second)
        self._is_taken_later()

    def _second_call(self) -> PhoneCall:
        self.senders_phone.hold(self.sent_from)
        self._entry("call.held")
        return self.senders_phone.dial(self.user)

    def _hands_over(self, second: PhoneCall) -> None:
        answer = self.senders_phone.refer(self.sent_from, self.user, over=second)
        assert answer.startswith("SIP/2.0 202"), answer
        self._telephone_is_told({"200"})
        second.wait_over(PATIENCE)

    def _refer_replaces(self, sender: Agent) -> None:
        """By the telephone's keys alone; its second call stands while it waits in the queue."""
        second = self._second_call()
        if self.outcome == "answered":
            hears_tone(second.wait_up(PATIENCE), COLLEAGUE_HERTZ, seconds=PATIENCE)
            self._hands_over(second)
            self._is_with(self.colleagues_phone, COLLEAGUE_HERTZ)
            return
        if self.outcome == "sender_gone":
            self._waits(second.wait_up(PATIENCE))
            self.sent_from.hang_up()
            second.wait_over(PATIENCE)
            self._sent_on(sender)
            return
        if self.outcome != "busy":
            self._waits(second.wait_up(PATIENCE))
        second.wait_over(PATIENCE)
        assert (str(second.status) in self.told["busy"]) is (self.outcome == "busy"), second.status
        self.senders_phone.resume(self.sent_from)
        self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)

    def _sent_on(self, sender: Agent) -> None:
        if self.outcome == "sender_gone":
            self._leave(sender)
        if self.outcome not in ("answered", "busy"):
            hears_music(self.customer, seconds=PATIENCE)
        self._came_to(sender)


class RingsInQueue(InQueue):
    """Handed over while it rings there: whoever does not take it, the customer waits on, and comes back in time."""

    reasons: ClassVar[dict[str, tuple[str, ...]]] = dict.fromkeys(OUTCOMES, ("no_answer",))


class ByGreeting(InQueue):
    """By the number of another queue, as somebody who dials it."""

    @property
    def to(self) -> str:
        return f"greeting:{self.there.number}"

    @property
    def user(self) -> str:
        return self.there.number


class RingsByGreeting(ByGreeting):
    reasons = RingsInQueue.reasons


class FillsUp(ByGreeting):
    """The queue had room; while he hears what is said before it, somebody else gets the last place."""

    reasons: ClassVar[dict[str, tuple[str, ...]]] = {"fills_up": ("queue_full",)}
    told: ClassVar[dict[str, set[str]]] = {"fills_up": {"486"}}

    def _blind(self, sender: Agent) -> None:
        self._another_calls()
        super()._blind(sender)

    def _refer(self, sender: Agent) -> None:
        self._another_calls()
        super()._refer(sender)

    def _another_calls(self) -> None:
        first = self._add(type(self.customers_phone)(self.house.sip_port, hertz=CUSTOMER_HERTZ))
        self._speaks_to(first.call(self.there.number).wait_up(PATIENCE))

    def _speaks_to(self, listener: PhoneCall) -> None:
        until(
            lambda: level_dbfs(listener.ear.last(0.2)) > QUIET_DBFS,
            seconds=PATIENCE,
            what="the announcement",
        )

    def _sent_on(self, sender: Agent) -> None:
        self._entry("greeting.started")
        self._speaks_to(self.customer)
        self._came_to(sender)


class AtPlace(Elsewhere):
    reasons: ClassVar[dict[str, tuple[str, ...]]] = {
        "no_answer": ("park_timeout",),
        "sender_gone": ("park_timeout",),
    }
    told: ClassVar[dict[str, set[str]]] = {"answered": {"200"}, "no_answer": {"200"}}

    @property
    def to(self) -> str:
        return f"place:{self.nth}"

    @property
    def user(self) -> str:
        return f"place-{self.nth}"

    def _blind(self, sender: Agent) -> None:
        if self.outcome == "busy":
            self._place_is_taken(sender)
            return
        super()._blind(sender)

    def _refer(self, sender: Agent) -> None:
        if self.outcome == "busy":
            self._place_is_taken(sender)
            return
        super()._refer(sender)

    def _place_is_taken(self, sender: Agent) -> None:
        """By a caller of another desk; this one stays where he is."""
        assert self.other is not None
        there = self.other.agents[0]
        phone = self._add(DeskPhone(self.house.sip_port, there, hertz=COLLEAGUE_HERTZ).enter())
        go_to_work(self.house, there)
        parked = self._add(type(self.customers_phone)(self.house.sip_port, hertz=CUSTOMER_HERTZ))
        waiting = parked.call(self.other.number).wait_up(PATIENCE)
        phone.talking(PATIENCE)
        call = str(until(lambda: self.house.calls_to(self.other.number), seconds=PATIENCE)[0])
        assert self.house.order(there, "transfer", call=call, to=self.to)["ok"]
        if self.kind == "blind":
            answer = self.house.order(sender, "transfer", call=self.call, to=self.to)
            assert answer == {"ok": False, "error": "place_taken"}
        else:
            assert self.senders_phone.refer(self.sent_from, self.user).startswith("SIP/2.0 486")
        hears_music(waiting, seconds=PATIENCE)
        waiting.hang_up()
        self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)

    def _colleagues_phone(self) -> DeskPhone:
        return self._add(DeskPhone(self.house.sip_port, self.colleague, hertz=COLLEAGUE_HERTZ).enter())

    def _sent_on(self, sender: Agent) -> None:
        if self.outcome == "sender_gone":
            self._leave(sender)
        hears_music(self.customer, seconds=PATIENCE)
        if self.outcome == "answered":
            self.colleagues_phone.dial(self.user)
        self._came_to(sender)


Key = tuple[str, str, str]
BOTH = ("blind", "refer")
ANNOUNCED = ("attended", "attended_ringing", "refer_replaces")
TABLE: dict[Key, type[Elsewhere]] = {
    **{("outside", kind, outcome): Outside for kind in KINDS for outcome in OUTCOMES},
    **{
        ("untrusted", kind, "answered"): Untrusted
        for kind in ("blind", "refer", "attended", "hangs_up", "refer_replaces")
    },
    **{("early", "blind", outcome): Early for outcome in ("plays", "says_nothing")},
    **{
        ("queue", kind, outcome): RingsInQueue if kind == "attended_ringing" else InQueue
        for kind in KINDS
        for outcome in OUTCOMES
    },
    **{("queue", kind, "answered"): InQueue for kind in ("attended_waiting", "refer_waiting")},
    **{
        ("greeting", kind, outcome): RingsByGreeting if kind == "attended_ringing" else ByGreeting
        for kind in (*BOTH, *ANNOUNCED)
        for outcome in OUTCOMES
    },
    **{("greeting", kind, "fills_up"): FillsUp for kind in BOTH},
    **{
        ("place", kind, outcome): AtPlace
        for kind in BOTH
        for outcome in ("answered", "busy", "no_answer", "sender_gone")
    },
}
# Those that lead to somebody else's desk need one.
_WITH_OTHER = ("queue", "greeting", "place")


@pytest.fixture(scope="module")
def company(quick_house: House) -> Iterator[Carrier]:
    with Carrier(quick_house.sip_port, hertz=OUTSIDE_HERTZ, host=CARRIER_HOST) as one:
        yield one


@pytest.fixture(scope="module")
def table(
    request: pytest.FixtureRequest, quick_house: House, company: Carrier
) -> Iterator[Callable[[Key], "Future[None]"]]:
    """All cells that are asked for are played from the start, several at once; each test waits for its own."""
    asked = [item.callspec.params.get("key") for item in request.session.items if hasattr(item, "callspec")]
    cells = {key: _cell(quick_house, company, key) for key in TABLE if key in asked}
    _furnish(quick_house, company, list(cells.values()))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        played = {key: pool.submit(cell.play) for key, cell in cells.items()}
        yield lambda key: played[key]
        for future in played.values():
            future.cancel()
    quick_house.query("UPDATE calls_switchboard SET queue_seconds = 60, place_seconds = 60")
    quick_house.query("NOTIFY switch_config")


def _cell(house: House, company: Carrier, key: Key) -> Elsewhere:
    destination, kind, outcome = key
    alike = [one for one in TABLE if one[0] == destination]
    # Places are few; numbers outside tell the cells of all kinds apart.
    nth = alike.index(key) + 1 if destination == "place" else list(TABLE).index(key)
    other = next(house.desks) if destination in _WITH_OTHER else None
    return TABLE[key](house, next(house.desks), kind, outcome, company=company, other=other, nth=nth)


def _furnish(house: House, company: Carrier, cells: list[Elsewhere]) -> None:
    people: dict[str, list[int]] = {"trusted": [], "untrusted": []}
    for cell in cells:
        people["untrusted" if isinstance(cell, Untrusted) else "trusted"].append(cell.desk.agents[0].id)
    house.query(
        "UPDATE calls_switchboard SET queue_seconds = %s, place_seconds = %s", QUEUE_SECONDS, PLACE_SECONDS
    )
    full = [
        cell.there.queue
        for cell in cells
        if isinstance(cell, InQueue) and cell.outcome == "busy" and cell.kind != "attended_ringing"
    ]
    house.query("UPDATE calls_queue SET max_waiting = 0 WHERE id = ANY(%s)", full)
    # Over before the time is that a queue has to take somebody.
    house.query("UPDATE calls_greetingtext SET text = 'Good day, this is the second queue.'")
    fill_up = [cell.there for cell in cells if isinstance(cell, FillsUp)]
    house.query(
        "UPDATE calls_queue SET max_waiting = 1 WHERE id = ANY(%s)", [there.queue for there in fill_up]
    )
    house.query(
        "UPDATE calls_number SET greeting_id = (SELECT min(id) FROM calls_greeting) WHERE number = ANY(%s)",
        [there.number for there in fill_up],
    )
    house.command(FURNISH, CARRIER_HOST, str(company.port), json.dumps(people))
    house.reconfigure()


@pytest.mark.parametrize("key", TABLE, ids="-".join)
def test_the_caller_ends_up_with_somebody_whom_he_hears(
    table: Callable[[Key], "Future[None]"], key: Key
) -> None:
    table(key).result(300)

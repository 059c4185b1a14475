"""Everything a call can be doing, at once: conversations, waiting callers, transfers that ring, consultations, parked calls."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from hallom.media.aio.client import MediaClient, MediaError
from hallom.media.aio.worker import socket_path
from tests.telephony.house import Agent, Desk, until
from tests.telephony.phone_bank import Line, PhoneBank
from tests.telephony.supervised_house import Done, OneOrder, SupervisedHouse

CUSTOMERS_HERTZ, AGENTS_HERTZ, STEP_HERTZ = 400.0, 1800.0, 20.0

OPEN_LEGS = """
WITH calls AS (SELECT call FROM switch_journal WHERE kind = 'call.arrived'
               EXCEPT SELECT call FROM switch_journal WHERE kind = 'call.ended')
SELECT data->>'leg' AS leg FROM switch_journal WHERE kind = 'leg.opened' AND call IN (SELECT call FROM calls)
EXCEPT SELECT data->>'leg' FROM switch_journal WHERE kind = 'leg.ended' AND call IN (SELECT call FROM calls)"""
AGENTS = """
SELECT DISTINCT ON (agent) agent, data->>'state' AS state, call, data->>'call' AS own_call FROM switch_journal
WHERE kind = 'agent.changed' ORDER BY agent, id DESC"""
PLACES = """
SELECT data->>'caller' AS caller, call,
       (SELECT array_agg(extract(epoch FROM entered_at)::float8 ORDER BY entry) FROM calls_queuewait
        WHERE call_id = switch_journal.call) AS entered
FROM switch_journal WHERE kind = 'call.arrived' AND data->>'dialled' = %s ORDER BY id"""
AT_ONCE = 4


@dataclass(slots=True, eq=False)
class Caller:
    """One customer and the desk he talks to; `kind`: talk, wait, transfer, consult, park."""

    kind: str
    desk: Desk
    hertz: float
    line: Line | None = None
    number: str = ""
    call: str = ""
    broken: list[str] = field(default_factory=list)

    @property
    def agent(self) -> Agent:
        return self.desk.agents[0]

    @property
    def is_up(self) -> bool:
        return self.line is not None and self.line.is_up


class Crowd:
    def __init__(self, house: SupervisedHouse, bank: PhoneBank, **counts: int) -> None:
        self.house = house
        self.bank = bank
        self.callers: list[Caller] = []
        self.ended: list[tuple[str, Line, Line | None]] = []
        self.hung_up = 0
        self._dialled = 0
        self.waiting_desk = waiting_desk = next(house.desks)
        for kind, count in counts.items():
            for _ in range(count):
                desk = waiting_desk if kind == "wait" else next(house.desks)
                hertz = CUSTOMERS_HERTZ + STEP_HERTZ * len(self.callers)
                self.callers.append(Caller(kind, desk, hertz))

    def of(self, *kinds: str) -> list[Caller]:
        return [caller for caller in self.callers if caller.kind in kinds]

    def open(self) -> None:
        """Everybody registers; who takes calls of a queue goes to work, colleagues are only asked or sent callers."""
        people: dict[int, Agent] = {}
        for number, caller in enumerate(self.of("talk", "transfer", "consult", "park")):
            first, second = caller.desk.agents
            people |= {first.id: first}
            self.bank.register(first, hertz=AGENTS_HERTZ + STEP_HERTZ * number)
            if caller.kind in ("transfer", "consult"):
                on_ring = "ring" if caller.kind == "transfer" else "answer"
                self.bank.register(second, hertz=AGENTS_HERTZ + 10, on_ring=on_ring)
        taker = self.waiting_desk.agents[0]
        self.bank.register(taker, hertz=AGENTS_HERTZ - STEP_HERTZ)
        self.bank.wait_registered(len(self.bank.on_ring))
        self.signed_in = set(people)
        done = self.house.orders([(one, "sign_in", {}) for one in people], seconds=20)
        done += self.house.orders(
            [(one, "set_state", {"state": "available", "reason": ""}) for one in people], seconds=20
        )
        if not all(ok for ok, _, _ in done):
            raise AssertionError(f"not all went to work: {done}")

    def compose(self) -> None:
        """Whoever is not in his place gets there; who is stays as he is."""
        new = [caller for caller in self.callers if not caller.is_up]
        # Thirty people do not dial in the same millisecond.
        for first in range(0, len(new), AT_ONCE):
            few = new[first : first + AT_ONCE]
            for caller in few:
                self._dial(caller)
            for caller in few:
                self._settle(caller)
        self._order_the_special()

    def _dial(self, caller: Caller) -> None:
        self._dialled += 1
        caller.number = f"+36201{self._dialled:06d}"
        caller.line = self.bank.call(caller.desk.number, caller=caller.number, hertz=caller.hertz)
        if caller.kind == "wait":
            # In the order of their numbers, so that the places are known.
            self.bank.until(lambda: caller.is_up, seconds=60, what=f"{caller.number} let in")

    def _settle(self, caller: Caller) -> None:
        what = f"{caller.kind} {caller.number}"
        self.bank.until(lambda: caller.is_up, seconds=60, what=f"{what} let in")
        caller.call = str(
            until(lambda: self._call_of(caller.number), seconds=20, what=f"{what} in the journal")
        )
        if caller.kind != "wait":
            self.bank.until(lambda: self.bank.of_agent(caller.agent.id), seconds=60, what=f"{what} answered")

    def _call_of(self, number: str) -> str | None:
        with contextlib.suppress(psycopg.Error):
            rows = self.house.query(
                "SELECT call FROM switch_journal WHERE kind = 'call.arrived' AND data->>'caller' = %s", number
            )
            return rows[0]["call"] if rows else None
        return None

    def _order_the_special(self) -> None:
        """A transfer that came back is sent on again, and so on; who is still in it refuses, and that is well."""
        orders: list[OneOrder] = []
        for caller in self.of("transfer", "consult", "park"):
            if self.bank.of_agent(caller.agent.id) is None:
                continue
            args: dict[str, Any] = {"call": caller.call}
            if caller.kind == "park":
                orders.append((caller.agent.id, "park", {**args, "place": None}))
            else:
                args["to"] = f"agent:{caller.desk.agents[1].id}"
                orders.append((caller.agent.id, caller.kind, args))
        self.house.orders(orders)
        for caller in self.of("transfer"):
            second = caller.desk.agents[1].id
            self.bank.until(
                lambda second=second: self.bank.ringing(second), seconds=60, what="the transfer to ring"
            )
        for caller in self.of("consult"):
            second = caller.desk.agents[1].id
            self.bank.until(
                lambda second=second: self.bank.of_agent(second), seconds=60, what="the consultation"
            )

    def hang_up_one(self, kind: str = "talk") -> Caller:
        """A customer hangs up amid everything; his next call is made by `compose`."""
        of_kind = [caller for caller in self.of(kind) if caller.is_up]
        caller = of_kind[self.hung_up % len(of_kind)]
        self.hung_up += 1
        self.note_end(caller)
        if caller.line is not None:
            self.bank.hang_up(caller.line)
        return caller

    def note_end(self, caller: Caller) -> None:
        if caller.line is not None:
            self.ended.append((caller.call, caller.line, self.bank.of_agent(caller.agent.id)))

    def take_the_lost(self) -> list[Caller]:
        """Whose call is over although nobody hung up."""
        known = {line for _, line, _ in self.ended}
        lost = [
            one for one in self.callers if one.line is not None and one.line.is_over and one.line not in known
        ]
        for one in lost:
            one.broken.append(one.call)
            if one.line is not None:
                self.ended.append((one.call, one.line, None))
        return lost

    def control(self, verb: str, *, seconds: float) -> list[Done]:
        talking = [caller for caller in self.of("talk") if caller.is_up]
        return self.house.orders(
            [(one.agent.id, verb, {"call": one.call}) for one in talking], seconds=seconds
        )

    def deaf(self) -> list[Caller]:
        """Conversations in which one does not hear the other."""
        return [caller for caller in self.of("talk") if caller.is_up and not self._hear_each_other(caller)]

    def _hear_each_other(self, caller: Caller) -> bool:
        agents = self.bank.of_agent(caller.agent.id)
        line = caller.line
        return (
            agents is not None and line is not None and line.hears(agents.hertz) and agents.hears(line.hertz)
        )

    def silent(self, seconds: float) -> list[Caller]:
        """Who, of all others, hears neither ringing nor music nor anybody for so long; ringing is silence for the most part."""
        others = [one for one in self.of("wait", "transfer", "consult", "park") if one.is_up]
        deadline = time.monotonic() + seconds
        while others and time.monotonic() < deadline:
            others = [
                one for one in others if one.line is not None and one.is_up and not one.line.hears_anything()
            ]
            time.sleep(0.1)
        return others

    def places(self) -> list[tuple[str, list[float]]]:
        """Who waits, in the order of arrival, and when each entered the queue: one time, for nobody enters twice."""
        numbers = {caller.number for caller in self.of("wait") if caller.is_up}
        rows = self.house.query(PLACES, self.waiting_desk.number)
        return [(row["caller"], row["entered"] or []) for row in rows if row["caller"] in numbers]

    def stuck_agents(self) -> list[dict[str, Any]]:
        """Agents whose state does not fit what their telephones do."""
        states = {row["agent"]: row for row in self.house.query(AGENTS)}
        wrong = []
        for caller in self.of("talk"):
            row = states.get(caller.agent.id, {})
            is_talking = self.bank.of_agent(caller.agent.id) is not None
            fits = (
                row.get("state") == "talking" if is_talking else row.get("state") in ("available", "offered")
            )
            if not fits:
                wrong.append({**row, "is_talking": is_talking})
        return wrong

    def ghosts(self) -> set[str]:
        """Legs that a media worker holds and no open call owns, and the other way round."""
        return self.held_legs() ^ {row["leg"] for row in self.house.query(OPEN_LEGS)}

    def held_legs(self) -> set[str]:
        return asyncio.run(self._held_legs())

    async def _held_legs(self) -> set[str]:
        held: set[str] = set()
        for number in range(self.house.workers):
            client = MediaClient(socket_path(self.house.data, number))
            try:
                await client.connect(10)
                held |= {leg["leg"] for leg in (await client.call("inventory"))["legs"]}
            except (MediaError, TimeoutError):
                held.add(f"media-{number} does not answer")
            finally:
                await client.close()
        return held

    def uncalled(self, calls: list[str]) -> set[str]:
        """Broken calls that nobody was told to call back; who got through again needs no call."""
        rows = self.house.query("SELECT call_id FROM calls_cutoff WHERE call_id = ANY(%s)", calls)
        return set(calls) - {row["call_id"] for row in rows}

    def close(self) -> None:
        """All hang up: customers and agents by turns."""
        here = [caller for caller in self.callers if caller.is_up]
        for first in range(0, len(here), AT_ONCE):
            few = here[first : first + AT_ONCE]
            orders: list[OneOrder] = []
            for number, caller in enumerate(few):
                self.note_end(caller)
                if number % 2 and caller.kind == "talk":
                    orders.append((caller.agent.id, "hang_up", {"call": caller.call}))
                elif caller.line is not None:
                    self.bank.hang_up(caller.line)
            self.house.orders(orders)
            self.bank.until(
                lambda few=few: all(one.line is None or one.line.is_over for one in few), what="a few gone"
            )
        lines = self.bank.lines
        self.bank.until(lambda: all(line.is_over for line in lines if line.dialog), what="everybody gone")


def eventually(what: Callable[[], Any], *, seconds: float) -> Any:
    """The first empty value of `what`, else its last: what is wrong for a moment is not wrong."""
    deadline = time.monotonic() + seconds
    value: Any = "the database does not answer"
    while True:
        with contextlib.suppress(psycopg.Error):
            value = what()
        if not value or time.monotonic() > deadline:
            return value
        time.sleep(0.1)


def by_turns(names: tuple[str, ...], rounds: int) -> Iterator[str]:
    for number in range(rounds):
        yield names[number % len(names)]

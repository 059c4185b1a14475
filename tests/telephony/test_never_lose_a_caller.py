"""kill -9 of one part after the other, amid everything a call can be doing: nobody is lost.

`HALLOM_KILL_ROUNDS` is how many are killed, 20 by default.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.telephony.crowd import Crowd, by_turns, eventually
from tests.telephony.house import until
from tests.telephony.phone_bank import PhoneBank
from tests.telephony.supervised_house import SupervisedHouse

pytestmark = pytest.mark.alone

ROUNDS = int(os.environ.get("HALLOM_KILL_ROUNDS", "20"))
KILLED = ("switch", "media-0", "postgres", "media-1")
CONVERSATIONS, WAITING = 30, 10
CONTROL_SECONDS, CONTROLLED_SHARE = 5.0, 0.95
CALL_BACK_SECONDS = 60.0
CDR_TOLERANCE = 0.1
# Long enough that a machine with other work gets there, short enough to be no wait.
SETTLING_SECONDS = 10.0

CALLS = """
SELECT id, ended_at, bridged_at, ended_by, cause, talk_seconds + hold_seconds AS together, wait_seconds
FROM calls_call WHERE id = ANY(%s) AND ended_at IS NOT NULL"""
ENDS = "SELECT call, count(*) AS ends FROM switch_journal WHERE kind = 'call.ended' GROUP BY call HAVING count(*) <> 1"


@pytest.fixture
def house() -> Iterator[SupervisedHouse]:
    # A unix socket's path holds 107 bytes, and pytest's own temporary folders are long.
    folder = Path(tempfile.mkdtemp(prefix="hallom-kill-"))
    house = SupervisedHouse(folder, workers=2, is_silent=True)
    try:
        house.open()
        yield house
    finally:
        house.close()
        if not os.environ.get("HALLOM_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def test_nobody_is_lost_whoever_is_killed(house: SupervisedHouse) -> None:
    with PhoneBank(house.sip_port) as bank:
        crowd = Crowd(house, bank, talk=CONVERSATIONS, wait=WAITING, transfer=2, consult=2, park=2)
        crowd.open()
        crowd.compose()
        assert eventually(crowd.deaf, seconds=60) == []
        places = until(lambda: _complete(crowd.places()), seconds=60, what="the places of the waiting")
        for number, name in enumerate(by_turns(KILLED, ROUNDS)):
            began = time.time()
            figures = _round(house, crowd, name, places)
            print(f"round {number + 1}: {name} {figures}, {time.time() - began:.1f} s in all")
            crowd.compose()
            assert eventually(crowd.deaf, seconds=60) == []
        _serve_the_waiting(house, crowd, places)
        crowd.close()
        _check_records(house, crowd)


def _complete(places: list[tuple[str, list[float]]]) -> list[tuple[str, list[float]]]:
    return places if len(places) == WAITING and all(len(entered) == 1 for _, entered in places) else []


def _round(house: SupervisedHouse, crowd: Crowd, name: str, places: list[Any]) -> dict[str, Any]:
    killed_at = house.kill(name)
    if name == "postgres":
        crowd.hang_up_one()
    held = crowd.control("hold", seconds=2 * CONTROL_SECONDS)
    in_time = [at - killed_at for ok, _, at in held if ok and at - killed_at <= CONTROL_SECONDS]
    refused = {error for ok, error, _ in held if not ok}
    retrieved = crowd.control("retrieve", seconds=2 * CONTROL_SECONDS)
    deaf = eventually(crowd.deaf, seconds=SETTLING_SECONDS)
    heard_after = time.time() - killed_at
    until(lambda: house.is_back(name), seconds=30, what=f"{name} back")
    lost = crowd.take_the_lost()
    assert len(in_time) >= CONTROLLED_SHARE * len(held), (
        name,
        refused,
        sorted(at - killed_at for _, _, at in held),
    )
    assert all(ok for ok, _, _ in retrieved) or lost, (name, retrieved)
    assert deaf == [], [caller.call for caller in deaf]
    assert crowd.silent(SETTLING_SECONDS) == []
    assert eventually(crowd.ghosts, seconds=SETTLING_SECONDS) == set()
    assert eventually(crowd.stuck_agents, seconds=SETTLING_SECONDS) == []
    assert crowd.places() == places
    broken = [one.call for one in lost]
    assert len(broken) <= (1 - CONTROLLED_SHARE) * len(crowd.callers), broken
    left = CALL_BACK_SECONDS - (time.time() - killed_at)
    assert eventually(lambda: crowd.uncalled(broken), seconds=left) == set()
    return {
        "controlled": f"{len(in_time)}/{len(held)} within {max(in_time):.2f} s",
        "all hear after": round(heard_after, 2),
        "broken": len(broken),
    }


def _serve_the_waiting(house: SupervisedHouse, crowd: Crowd, places: list[tuple[str, list[float]]]) -> None:
    """One agent takes them: in the order in which they came, with all the time they waited."""
    bank, taker = crowd.bank, crowd.waiting_desk.agents[0]
    waiting = {caller.number: caller for caller in crowd.of("wait")}
    house.orders([(taker.id, "sign_in", {}), (taker.id, "set_state", {"state": "available", "reason": ""})])
    for number, (entered,) in places:
        caller = waiting[number]
        line = caller.line
        assert line is not None
        agents = bank.until(lambda: bank.of_agent(taker.id), seconds=15, what=f"{number} taken")
        bank.until(lambda line=line, agents=agents: line.hears(agents.hertz), what=f"{number} in his turn")
        crowd.ended.append((caller.call, line, None))
        bank.hang_up(line)
        bank.until(lambda agents=agents: agents.is_over, what="the agent free")
        record = until(lambda call=caller.call: house.query(CALLS, [call]), seconds=20, what="the record")[0]
        assert record["wait_seconds"] == pytest.approx(agents.answered_at - entered, abs=CDR_TOLERANCE)


def _check_records(house: SupervisedHouse, crowd: Crowd) -> None:
    calls = {call: (customer, agents) for call, customer, agents in crowd.ended}
    rows = until(lambda: _all_of(house.query(CALLS, list(calls)), len(calls)), seconds=30, what="all records")
    assert eventually(lambda: house.query(ENDS), seconds=1) == []
    assert house.query("SELECT count(*) AS calls FROM calls_call")[0]["calls"] == len(calls)
    broken = {call for caller in crowd.callers for call in caller.broken}
    for row in rows:
        customer, agents = calls[row["id"]]
        if row["id"] in broken:
            continue
        # Each moment as the telephones saw it, and nothing missing in between, whatever was killed meanwhile.
        assert row["ended_at"].timestamp() == pytest.approx(customer.ended_at, abs=CDR_TOLERANCE), row
        if agents is not None and row["id"] in _plain(crowd):
            assert row["bridged_at"].timestamp() == pytest.approx(agents.answered_at, abs=CDR_TOLERANCE), row
            whole = (row["ended_at"] - row["bridged_at"]).total_seconds()
            assert row["together"] == pytest.approx(whole, abs=CDR_TOLERANCE), row
    left = eventually(
        lambda: [row for row in house.query(_BUSY) if row["agent"] in crowd.signed_in], seconds=10
    )
    assert left == []
    assert eventually(crowd.held_legs, seconds=SETTLING_SECONDS) == set()


_BUSY = """
SELECT agent, state FROM (SELECT DISTINCT ON (agent) agent, data->>'state' AS state FROM switch_journal
WHERE kind = 'agent.changed' ORDER BY agent, id DESC) AS newest WHERE state NOT IN ('available', 'paused')"""


def _plain(crowd: Crowd) -> set[str]:
    """Calls of one conversation from beginning to end."""
    return {call for call, _, agents in crowd.ended if agents is not None} - {
        caller.call for caller in crowd.of("transfer", "consult", "park")
    }


def _all_of(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return rows if len(rows) == count else []

"""Many calls at once through the real processes."""

import pytest

from tests.telephony import sipp
from tests.telephony.answering_phones import AnsweringPhones
from tests.telephony.conftest import need
from tests.telephony.house import Desk, House, until
from tests.telephony.sipp import Load
from tests.telephony.story import go_to_work

pytestmark = pytest.mark.alone

CALLS = 30


def test_every_one_of_many_callers_ends_in_one_record(house: House, desk: Desk) -> None:
    load = Load(desk.number, CALLS, rate=10, hold_seconds=9.0)
    with AnsweringPhones(house.sip_port, desk.agents) as phones:
        for agent in desk.agents:
            go_to_work(house, agent)
        running = sipp.start(need("sipp"), house.sip_port, load)
        assert sipp.finish(running, load) == CALLS
        assert phones.answered >= 1

    def all_ended() -> bool:
        rows = house.query(
            "SELECT count(*) AS ended FROM switch_journal WHERE kind = 'call.ended' AND call = ANY(%s)",
            house.calls_to(desk.number),
        )
        return bool(rows[0]["ended"] == CALLS)

    assert len(house.calls_to(desk.number)) == CALLS
    until(all_ended, seconds=20, what="the end of every call")
    records = "SELECT outcome FROM calls_call WHERE dialled = %s AND ended_at IS NOT NULL"
    until(lambda: len(house.query(records, desk.number)) == CALLS, seconds=30, what="every record")
    outcomes = [row["outcome"] for row in house.query(records, desk.number)]
    assert set(outcomes) <= {"answered", "abandoned"}
    assert outcomes.count("answered") >= 2

"""How many plain calls a second the switch carries on one core: SIP in, SIP out, journal, no recording, nobody waiting.

The one core is the switch's; the media workers, the database and SIPp share what else the machine has. The figure is what all
of them reached together, so on two cores it says as much of them as of the switch: `how` tells what each spent.
"""

from __future__ import annotations

import os

from bench import call_load
from tests.telephony.house import Desk, House, until

AGENTS = 300
CALLS_PER_SECOND = 300.0
# Somewhat more than is wanted: callers who are given 300 a second come to 299.
OFFERED_PER_SECOND = 310.0
CALLS = 3000
TALK_SECONDS = 0.5

Figure = dict[str, object]


def run() -> list[Figure]:
    with call_load.at_work(AGENTS) as (house, desk):
        _record_nothing(house, desk)
        # It folds the journal into records afterwards, in its own time; here it would only compete with the callers.
        house.stop("relay")
        return [_rate(house, desk)]


def _rate(house: House, desk: Desk) -> Figure:
    before, first = call_load.spent(house), call_load.newest(house)
    beside = call_load.spent_beside(house)
    done = call_load.carry_out(house, desk, CALLS, OFFERED_PER_SECOND, TALK_SECONDS)
    spent = call_load.spent(house) - before
    others = {name: now - beside[name] for name, now in call_load.spent_beside(house).items()}
    facts = call_load.bridged(house, first)
    bridged, seconds = int(facts["bridged"]), float(facts["seconds"])
    return {
        "name": "switch: plain calls a second on one core",
        "value": round(min(done, bridged) / CALLS * (CALLS - 1) / seconds, 1),
        "unit": "calls/s",
        "target": CALLS_PER_SECOND,
        "how": f"{CALLS} calls offered at {OFFERED_PER_SECOND:g}/s, {CALLS - done} failed, {CALLS - bridged} not bridged; "
        f"a number without greeting or recording, an idle agent's desk phone answers (SIPp in and as {AGENTS} of them, {TALK_SECONDS:g} s each); no relay; "
        f"the switch, alone on its core, spent {1000 * spent / CALLS:.2f} ms a call, "
        f"{100 * spent / seconds:.0f} % of it; beside it, on the {len(os.sched_getaffinity(0))} that are left: "
        + ", ".join(f"{name} {1000 * one / CALLS:.2f} ms" for name, one in others.items())
        + f" a call; 99 of 100 were bridged within {1000 * float(facts['wait'] or 0):.0f} ms",
    }


def _record_nothing(house: House, desk: Desk) -> None:
    house.query("UPDATE calls_number SET is_recorded = false WHERE number = %s", desk.number)
    house.query("NOTIFY switch_config")

    def is_known() -> bool:
        call_load.carry_out(house, desk, 1, 1.0, 0.1)
        newest = "SELECT data->'record' AS is_on FROM switch_journal WHERE kind = 'call.arrived' ORDER BY id DESC LIMIT 1"
        return house.query(newest)[0]["is_on"] is False

    until(is_known, seconds=30, what="a call that is not recorded")

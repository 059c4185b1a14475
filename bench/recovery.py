"""How long calls are without control when the switch is killed: 200 conversations, from `kill -9` until each obeys again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.telephony.crowd import Crowd
from tests.telephony.phone_bank import PhoneBank
from tests.telephony.supervised_house import SupervisedHouse

CALLS = 200
DEATHS = 3
PATIENCE_SECONDS = 30.0


def run() -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="hallom-recovery-"))
    house = SupervisedHouse(folder, workers=2, rooms=CALLS + 1, is_silent=True)
    try:
        house.open()
        with PhoneBank(house.sip_port, speaks=False) as bank:
            yield from _measure(house, bank)
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(house: SupervisedHouse, bank: PhoneBank) -> Iterator[dict[str, Any]]:
    crowd = Crowd(house, bank, talk=CALLS)
    crowd.open()
    crowd.compose()
    first, last, told, kept = [], [], [], CALLS
    for _ in range(DEATHS):
        killed_at = house.kill("switch")
        held = crowd.control("hold", seconds=PATIENCE_SECONDS)
        seconds = _took_effect(house, killed_at)
        crowd.control("retrieve", seconds=PATIENCE_SECONDS)
        kept = min(kept, len(seconds))
        told.append(max(at - killed_at for ok, _, at in held if ok))
        first.append(seconds[0])
        last.append(seconds[-1])
    how = (
        f"kill -9 of the switch amid {CALLS} conversations under the supervisor, the middle one of {DEATHS}; "
    )
    yield _figure(
        "first of 200 calls obeys", sorted(first)[DEATHS // 2], "s", 3, how + "an order of its agent"
    )
    pace = f"ten desks, each of which gives its next order when the page shows the one before: {sorted(told)[DEATHS // 2]:.2f} s"
    yield _figure("last of 200 calls obeys", sorted(last)[DEATHS // 2], "s", 5, how + pace)
    yield _figure("calls of 200 that do not obey again", CALLS - kept, "", 0, how + "the most of all")


def _took_effect(house: SupervisedHouse, killed_at: float) -> list[float]:
    """Seconds from the death until each order to hold was in the journal: what follows is the page's waiting for records."""
    rows = house.query(
        "SELECT extract(epoch FROM done_at)::float8 AS at FROM switch_order WHERE verb = 'hold' AND ok "
        "AND created_at > to_timestamp(%s) ORDER BY done_at",
        killed_at,
    )
    return [float(row["at"]) - killed_at for row in rows]


def _figure(name: str, value: float, unit: str, target: float, how: str) -> dict[str, Any]:
    return {"name": f"recovery: {name}", "value": round(value, 2), "unit": unit, "target": target, "how": how}

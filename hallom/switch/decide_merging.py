"""Two calls of one desk phone become one: it asks that whom it has called gets the caller whom it holds."""

from collections.abc import Mapping
from typing import Any

from hallom.sip.events import ReferReceived
from hallom.switch.call import Call
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg
from hallom.switch.refusal import Refused


def complete(
    x: Exchange, call: Call, leg: Leg, event: ReferReceived, state: Mapping[str, Any] | None
) -> None:
    """Raises Refused."""
    raise Refused("not_now")

"""Keys pressed during a call, by a telephone or by order: whoever hears the one who pressed them is given them.

Telephones leave keys out of the sound they send. To somebody outside they are sent as keys, for a bank's machine listens for
nothing else; a colleague hears the tone. What was pressed is written nowhere: it may be the number of a card.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hallom.media.dtmf import KEYS
from hallom.media.pressing import PAUSE
from hallom.sip import dtmf
from hallom.sip.events import InfoReceived
from hallom.switch import sound
from hallom.switch.call import Call, call_of
from hallom.switch.effects import Media
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState
from hallom.switch.order_args import named_call
from hallom.switch.refusal import Refused

# A card's number, its date and its code, with pauses between.
MOST_DIGITS = 64
_PRESSED = {*KEYS, PAUSE}


def by_info(x: Exchange, event: InfoReceived) -> None:
    found = x.state.by_dialog(event.dialog)
    key = dtmf.key_of(event.content_type, event.body)
    if found is not None and key is not None:
        _pressed(x, *found, key.digit)


def by_rtp(x: Exchange, name: str, digit: str) -> None:
    """RFC 4733."""
    call, leg = x.state.calls.get(call_of(name)), x.state.leg(name)
    if call is not None and leg is not None:
        _pressed(x, call, leg, digit)


def by_order(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """Somebody who talks in this call presses keys for those outside who hear him. Raises Refused."""
    call, digits = named_call(x, args), str(args.get("digits") or "")
    if agent not in (call.agent, call.placer, call.consult.agent if call.consult else None):
        raise Refused("not_your_call")
    if not are_keys(digits):
        raise Refused("no_keys")
    own = [leg for leg in call.legs.values() if leg.agent == agent and leg.state is LegState.UP]
    if not _send(x, call, own, digits):
        raise Refused("not_now")
    x.write("keys.sent", call, agent, count=_count(digits))


def are_keys(digits: str) -> bool:
    return 0 < len(digits) <= MOST_DIGITS and set(digits) <= _PRESSED


def keep(x: Exchange, call: Call, digits: str) -> None:
    """For when the other side answers: what was dialled behind its number. No state of ours: `aio/kept_keys.py` seals it."""
    if are_keys(digits):
        x.keys_later[call.id] = digits


def press_kept(x: Exchange, call: Call) -> None:
    digits = x.keys_later.pop(call.id, "")
    own = call.agents_leg
    if digits and own is not None and _send(x, call, [own], digits):
        x.write("keys.sent", call, call.agent, count=_count(digits))


def _count(digits: str) -> int:
    return len(digits) - digits.count(PAUSE)


def _pressed(x: Exchange, call: Call, leg: Leg, digit: str) -> None:
    if leg.state is not LegState.UP or len(digit) != 1 or digit not in KEYS:
        return
    _send(x, call, [leg], digit)
    tone = x.config.keys.get(digit)
    colleagues = [one.id for one in _hearers(call, [leg]) if one.agent is not None]
    if tone is None or not colleagues:
        return
    # Not part of the call's state: it is over before a crash could be noticed.
    name = f"{call.id}-key{int(x.now * 1000)}"
    args = {"player": name, "files": [tone], "loop": False, "to": colleagues}
    x.send(Media(call.worker, "player.start", args))


def _send(x: Exchange, call: Call, by: Iterable[Leg], digits: str) -> bool:
    """Whether anybody outside was there to be sent them."""
    outside = [leg for leg in _hearers(call, by) if leg.agent is None]
    for leg in outside:
        x.send(Media(leg.worker, "leg.press", {"leg": leg.id, "digits": digits}))
    return bool(outside)


def _hearers(call: Call, legs: Iterable[Leg]) -> list[Leg]:
    speaking = {leg.id for leg in legs}
    heard = {heard for _, source, heard in sound.wanted(call).edges if source in speaking}
    return [call.legs[name] for name in sorted(heard) if name in call.legs]

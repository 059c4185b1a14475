"""Keys pressed during a call, however the telephone tells of them: whoever hears it hears the tone.

Telephones leave keys out of the sound they send, and a bank's machine at the other end listens for nothing else. What was
pressed is written nowhere: it may be the number of a card.
"""

from hallom.sip import dtmf
from hallom.sip.events import InfoReceived
from hallom.switch import sound
from hallom.switch.call import Call, call_of
from hallom.switch.effects import Media
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState


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


def _pressed(x: Exchange, call: Call, leg: Leg, digit: str) -> None:
    tone = x.config.keys.get(digit)
    hearers = sorted(heard for _, source, heard in sound.wanted(call).edges if source == leg.id)
    if tone is None or not hearers or leg.state is not LegState.UP:
        return
    # Not part of the call's state: it is over before a crash could be noticed.
    name = f"{call.id}-key{int(x.now * 1000)}"
    args = {"player": name, "files": [tone], "loop": False, "to": hearers}
    x.send(Media(call.worker, "player.start", args))

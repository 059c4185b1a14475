"""A browser's leg whose media worker died: a new session under the same leg, by an INVITE that the page answers by itself.

A session cannot follow us: Chromium begins no new DTLS association in it. So its page is rung anew, and whatever part the
leg has in its call (who called, who was asked, who listens) it has afterwards.
"""

from hallom.sip.binding import Binding
from hallom.sip.uri import same_contact
from hallom.switch import (
    decide_bridging,
    decide_consult,
    decide_ending,
    decide_lost,
    decide_offering,
    decide_watch,
    description,
)
from hallom.switch.call import Call
from hallom.switch.effects import SendBye, SendCancel, SendInvite
from hallom.switch.exchange import Exchange
from hallom.switch.leg import WEBRTC, Leg, LegState
from hallom.switch.phones import kind_of

# A page whose line broke with the worker tries again every 1 to 3 s; somebody hears nothing meanwhile.
RENEWAL_SECONDS = 10.0


def needs_renewal(leg: Leg) -> bool:
    """Its page has been told of a port by a session that it cannot change."""
    return leg.kind == WEBRTC and leg.state in (LegState.OPENED, LegState.UP)


def renew(x: Exchange, call: Call, leg: Leg) -> None:
    """What rings for an offer goes on doing so until that expires."""
    if leg.dialog is not None:
        x.send(SendBye(leg.dialog))
    elif leg.state is LegState.OPENED:
        x.send(SendCancel(leg.invite_name))
    is_offer = is_rung(call, leg)
    x.write(
        "leg.renewing",
        call,
        leg.agent,
        leg=leg.id,
        worker=call.worker,
        contacts=list(_contacts(x, leg)),
        until=None if is_offer else x.now + RENEWAL_SECONDS,
    )


def is_rung(call: Call, leg: Leg) -> bool:
    """It rings for somebody who is not in the call yet."""
    is_offer = call.ringing is not None and leg.id in call.ringing.legs
    return is_offer or (decide_watch.is_watching(call, leg.id) and not (call.watch and call.watch.is_up))


def _contacts(x: Exchange, leg: Leg) -> tuple[str, ...]:
    """The page he talked by, else all of his."""
    known = x.phones.contacts(leg.agent or 0, leg.kind)
    return tuple(one for one in known if same_contact(one, leg.target)) or known


def ring(x: Exchange, call: Call, leg: Leg) -> None:
    """Its port is there."""
    if is_rung(call, leg):
        decide_offering.ring(x, call, leg)
    elif leg.contacts:
        x.send(
            SendInvite(
                leg.invite_name,
                x.agent_config(leg.agent or 0).aor,
                leg.kind,
                from_uri=f"sip:{call.caller or 'anonymous'}@{x.config.domain}",
                from_name=call.name,
                sdp=description.offer(leg),
                headers={"X-Hallom-Call": call.id, "X-Hallom-Resume": call.id},
                contacts=leg.contacts,
            )
        )


def answered(x: Exchange, call: Call, leg: Leg, dialog: str, state: object, sdp: str | None) -> None:
    if leg.state is not LegState.OPENED or not description.suits(leg, sdp):
        x.send(SendBye(dialog, decide_offering.COMPLETED_ELSEWHERE))
        failed(x, call, leg)
        return
    x.write("leg.renewed", call, leg.agent, leg=leg.id, dialog=dialog, state=state, sdp=sdp)
    decide_bridging.record_on(x, call)


def failed(x: Exchange, call: Call, leg: Leg) -> None:
    """Nobody answered: another page of his may yet come."""
    if leg.state is LegState.OPENED and leg.contacts:
        x.write("leg.rung", call, leg.agent, leg=leg.id, contacts=[])


def phone_came(x: Exchange, agent: int, binding: Binding) -> None:
    call = x.call_of_agent(agent)
    for leg in list(call.legs.values()) if call is not None and kind_of(binding) == WEBRTC else ():
        if call is not None and leg.agent == agent and binding.contact not in leg.contacts:
            _ring_again(x, call, leg)


def look_again(x: Exchange, call: Call) -> None:
    """After a restart: a page may have come in between."""
    for leg in list(call.legs.values()):
        if not leg.contacts and leg.agent is not None:
            _ring_again(x, call, leg)


def _ring_again(x: Exchange, call: Call, leg: Leg) -> None:
    contacts = x.phones.contacts(leg.agent or 0, leg.kind)
    if not contacts or not leg.is_renewing or leg.state is not LegState.OPENED or is_rung(call, leg):
        return
    x.send(SendCancel(leg.invite_name))
    x.write("leg.rung", call, leg.agent, leg=leg.id, contacts=list(contacts))
    if leg.media is not None:
        ring(x, call, leg)


def time_is_up(x: Exchange, call: Call) -> None:
    for leg in list(call.legs.values()):
        if leg.is_renewing and not is_rung(call, leg):
            give_up(x, call, leg, decide_ending.UNREACHABLE)


def give_up(x: Exchange, call: Call, leg: Leg, reason: str) -> None:
    """A leg that could not follow the call: what becomes of that is a matter of its part in it."""
    if decide_watch.is_watching(call, leg.id):
        decide_watch.end(x, call, reason)
    elif call.consult is not None and leg.id == call.consult.leg:
        decide_consult.party_gone(x, call, leg, reason, is_gone=False)
    elif call.consult is not None and leg.id == call.consult.own_leg:
        decide_consult.cancel(x, call, call.consult)
    elif leg.is_customer or (leg.agent is None and leg.id == call.agent_leg):
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=reason)
    else:
        if leg.id == call.agent_leg:
            decide_lost.lose(x, call, reason)
        decide_ending.drop(x, call, leg, cause=decide_lost.LOST)

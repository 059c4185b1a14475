"""Offers: one agent rings for one caller, and every way that can end."""

from collections.abc import Mapping
from typing import Any

from hallom.acd.agent import AgentEvent, AgentState
from hallom.acd.offer import AFTERWARDS, Outcome
from hallom.switch import (
    decide_agent,
    decide_bridging,
    decide_diversion,
    decide_own_call,
    decide_placing,
    description,
)
from hallom.switch.call import Call, CallState, Ringing
from hallom.switch.destination import Destination
from hallom.switch.effects import Dial, SendBye, SendCancel, SendInvite, SendReject
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Knock, Leg, LegState
from hallom.switch.placing import Direction
from hallom.switch.state import Lingering

# RFC 3326: told to a telephone so that it does not show a missed call.
COMPLETED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'

# For a telephone that called in to take what is no longer to be had.
TOO_LATE = 480

DECLINED = frozenset({403, 603})
BUSY_STATUS = frozenset({486, 600})
# Many telephones say busy for their reject key too; nobody presses it faster than this.
REACTION_SECONDS = 0.25

# Asked for by the one who is rung.
_OWN_WISH = frozenset({"retrieve", "pickup", "dial"})
# A promised caller has waited long enough to be given a little patience.
PROMISE_SECONDS = 20.0
_IN_A_CALL = frozenset({AgentState.OFFERED, AgentState.TALKING})
# What a final status of a number outside means to the one who called it.
_OUTSIDE = {
    "403": "not_allowed",
    "404": "unknown_number",
    "484": "unknown_number",
    "604": "unknown_number",
    "486": decide_agent.BUSY,
    "600": decide_agent.BUSY,
    "408": decide_agent.NO_ANSWER,
    "480": decide_agent.NO_ANSWER,
    "603": "declined",
}

_KIND = {
    Outcome.ACCEPTED: "offer.accepted",
    Outcome.EXPIRED: "offer.expired",
    Outcome.WITHDRAWN: "offer.withdrawn",
}


def distribute(x: Exchange) -> None:
    """Make every offer that can be made now."""
    router = x.state.router
    while (choice := router.choose(x.now)) is not None:
        call = x.state.calls.get(choice.call)
        if call is None:
            router.leave(choice.call)
        elif x.phones.has_any(choice.agent):
            _offer(x, call, choice.agent)
        else:
            decide_agent.move(x, choice.agent, AgentEvent.PAUSE, reason=decide_agent.UNREACHABLE)


def _offer(x: Exchange, call: Call, agent: int) -> None:
    router = x.state.router
    waiting = router.waiting[call.id]
    expires_at = x.now + router.rules_of(waiting.queue).offer_seconds
    # Or for one who announces his customer there.
    purpose = "" if call.consult is None else "consult"
    _write_made(x, call, agent, queue=waiting.queue, expires_at=expires_at, purpose=purpose)
    decide_agent.move(x, agent, AgentEvent.OFFER, until=expires_at, call=call.id)


def _write_made(
    x: Exchange,
    call: Call,
    agent: int,
    *,
    queue: int,
    expires_at: float,
    purpose: str,
    knock: Knock | None = None,
    kinds: list[str] | None = None,
) -> None:
    kinds = (kinds or x.phones.kinds(agent)) if knock is None else [knock.kind]
    legs = {call.next_leg(offset): kind for offset, kind in enumerate(kinds, 1)}
    x.write(
        "offer.made",
        call,
        agent,
        offer=call.next_offer(),
        agent=agent,
        leg=next(iter(legs)),
        legs=legs,
        queue=queue,
        expires_at=expires_at,
        purpose=purpose,
        **(knock.as_data() if knock else {}),
    )


def direct(
    x: Exchange,
    call: Call,
    agent: int,
    *,
    purpose: str,
    seconds: float,
    knock: Knock | None = None,
    kinds: list[str] | None = None,
) -> str:
    """Ring one agent out of turn (on telephones of these `kinds`), or answer the telephone by which he asks.

    Why he cannot be rung, else nothing.
    """
    reason = why_not(x, call, agent, purpose)
    if not reason:
        if x.agent_state(agent) is AgentState.WRAP_UP:
            decide_agent.finish(x, agent)
        expires_at = x.now + seconds
        _write_made(
            x,
            call,
            agent,
            queue=call.queue,
            expires_at=expires_at,
            purpose=purpose,
            knock=knock,
            kinds=kinds,
        )
        decide_agent.ring(x, agent, call.id, until=expires_at)
    return reason


def why_not(x: Exchange, call: Call, number: int, purpose: str) -> str:
    """Whoever writes up this very call may be rung for it; nobody takes one back while he is on a break."""
    agent = x.agent(number)
    is_mine = agent.state is AgentState.WRAP_UP and (agent.call == call.id or purpose in _OWN_WISH)
    if number not in x.config.agents or not x.phones.has_any(number):
        return decide_agent.UNREACHABLE
    if agent.state in _IN_A_CALL or (agent.state is AgentState.WRAP_UP and not is_mine):
        return decide_agent.BUSY
    if purpose not in _OWN_WISH and x.state.desk(number).do_not_disturb:
        return decide_agent.DO_NOT_DISTURB
    is_away = agent.state in (AgentState.PAUSED, AgentState.OFFLINE) or agent.wished is not None
    return "away" if is_away and purpose == "return" else ""


def dial(x: Exchange, call: Call, number: str, *, seconds: float) -> None:
    """Ring somebody outside, whoever may let us."""
    by = call.transfer.by if call.transfer else call.agent
    purpose = "consult" if call.consult else "transfer"
    sent = call.consult or call.transfer
    if sent is not None and sent.via:
        # Whoever has his calls sent outside answers for that, not who called him.
        purpose, owner = "diversion", decide_diversion.agent_at(x, Destination.parse(sent.way[-2]))
        by = by if owner is None else owner
    elif call.placer is not None and by == call.placer:
        purpose = "dial"
    leg = call.next_leg()
    x.write(
        "dial.made",
        call,
        by,
        dial=leg,
        leg=leg,
        number=number,
        by=by,
        purpose=purpose,
        worker=call.worker,
        expires_at=x.now + seconds,
    )


def ring(x: Exchange, call: Call, leg: Leg) -> None:
    """The leg has its port: its telephones may ring, or the one that called in is answered."""
    if leg.has_called:
        decide_own_call.opened(x, call, leg)
        return
    if leg.agent is None:
        _ring_outside(x, call, leg)
        return
    headers = {"X-Hallom-Call": call.id}
    if call.watch is not None and call.watch.leg == leg.id:
        headers["X-Hallom-Purpose"] = call.watch.mode
    else:
        headers |= {"X-Hallom-Offer": leg.offer} if leg.offer else {"X-Hallom-Resume": call.id}
    if call.ringing is not None and call.ringing.purpose and leg.offer:
        headers["X-Hallom-Purpose"] = call.ringing.purpose
    agent = leg.agent
    x.send(
        SendInvite(
            leg.invite_name,
            x.agent_config(agent).aor,
            leg.kind,
            from_uri=f"sip:{call.caller or 'anonymous'}@{x.config.domain}",
            from_name=call.name,
            sdp=description.offer(leg),
            headers=headers,
            contacts=leg.contacts or x.phones.contacts(agent, leg.kind),
        )
    )


def _ring_outside(x: Exchange, call: Call, leg: Leg) -> None:
    ringing, placing = call.ringing, call.placing
    if ringing is None:
        return
    is_own = placing is not None and ringing.purpose in ("dial", "promise")
    x.send(
        Dial(
            leg.id,
            leg.number,
            ringing.by or 0,
            call.id,
            ringing.purpose,
            description.offer(leg),
            caller_number=placing.caller_number if placing and is_own else "",
            # Whoever is only asked is connected with his agent; what becomes of the caller is asked when he leaves.
            party_on_trunk=call.direction != Direction.INTERNAL and not is_own and call.consult is None,
            is_signed_in=placing.is_signed_in if placing and is_own else True,
        )
    )


def answered(x: Exchange, call: Call, leg: Leg, dialog: str, state: object, sdp: str | None) -> None:
    """An agent's telephone was picked up: in time it gets the caller, else it is told why not."""
    ringing = call.ringing
    if ringing is None or leg.id not in ringing.legs or leg.state is not LegState.OPENED:
        answered_late(x, leg.id, dialog)
    elif not description.suits(leg, sdp) and not leg.has_called:
        x.send(SendBye(dialog, 'SIP;cause=488;text="Not acceptable here"'))
        failed(x, call, leg, 488)
    else:
        _accept(x, call, ringing, leg)
        x.write(
            "leg.answered", call, leg.agent, leg=leg.id, dialog=dialog, state=state, sdp=sdp, agent=leg.agent
        )
        _connect(x, call, leg)


def _connect(x: Exchange, call: Call, leg: Leg) -> None:
    if call.state is CallState.PLACING:
        decide_placing.picked_up(x, call, leg)
    elif call.state is CallState.DIALLING:
        decide_placing.answered(x, call)
    else:
        decide_bridging.bridge(x, call, leg)
        decide_placing.keep_promise(x, call)


def _accept(x: Exchange, call: Call, ringing: Ringing, leg: Leg) -> None:
    """Only what happens before anybody speaks; the lease is over when this returns."""
    if ringing.agent is None:
        x.write("dial.answered", call, dial=ringing.offer, reason="")
    else:
        x.write("offer.accepted", call, ringing.agent, offer=ringing.offer, agent=ringing.agent, reason="")
    if call.state is CallState.QUEUED:
        x.write("queue.left", call, queue=call.queue, reason="offered_accepted")
    _end_legs(x, call, ringing, cause="answered_elsewhere", but=leg.id)
    if ringing.agent is not None:
        decide_agent.answer(x, ringing.agent, call.id)


def answered_late(x: Exchange, leg: str, dialog: str) -> None:
    """The lease was over: the dialog ends at once, with the reason, and the agent sees it too."""
    x.send(SendBye(dialog, COMPLETED_ELSEWHERE))
    one = x.state.lingering.get(leg)
    if one is not None and one.agent is not None:
        _tell_too_late(x, one)


def _tell_too_late(x: Exchange, one: Lingering) -> None:
    call = x.state.calls.get(one.offer.partition("-")[0])
    # Nothing may follow a call's last entry, so a late answer is then the agent's alone.
    x.write(
        "offer.withdrawn", call, one.agent, offer=one.offer, agent=one.agent, leg=one.leg, reason=one.reason
    )


def failed(x: Exchange, call: Call, leg: Leg, status: int | str) -> None:
    """One telephone will not answer; the offer is over when it was the last."""
    ringing = call.ringing
    _end_leg(x, call, leg, cause=str(status))
    if ringing is None or leg.id not in ringing.legs:
        return
    legs = [call.legs[one] for one in ringing.legs]
    if status in DECLINED or all(one.state is LegState.ENDED for one in legs):
        is_prompt = x.now - ringing.made_at < REACTION_SECONDS
        causes = {one.cause for one in legs}
        if ringing.agent is None:
            refused = leg.cause if leg.cause.startswith("toll:") else decide_agent.UNREACHABLE
            end(x, call, Outcome.REJECTED, _OUTSIDE.get(leg.cause, refused))
            return
        end(x, call, *_verdict(causes, is_prompt=is_prompt))


def _verdict(causes: set[str], *, is_prompt: bool) -> tuple[Outcome, str]:
    """What a person did says more than what a telephone did."""
    statuses = {int(cause) for cause in causes if cause.isdigit()}
    if statuses & DECLINED:
        return Outcome.REJECTED, "declined"
    if "no_media" in causes:
        return Outcome.REJECTED, "no_media"
    if statuses & BUSY_STATUS and not is_prompt:
        return Outcome.REJECTED, "declined"
    if statuses & BUSY_STATUS:
        return Outcome.BUSY, decide_agent.BUSY
    return Outcome.UNREACHABLE, decide_agent.UNREACHABLE


def end(x: Exchange, call: Call, outcome: Outcome, reason: str) -> None:
    """The offer comes to nothing; who is next is decided when the message has been worked through."""
    ringing = call.ringing
    if ringing is None:
        return
    if ringing.agent is None:
        x.write("dial.ended", call, dial=ringing.offer, reason=reason)
        _end_legs(x, call, ringing, cause=reason)
        return
    kind = _KIND.get(outcome, "offer.rejected")
    x.write(kind, call, ringing.agent, offer=ringing.offer, agent=ringing.agent, reason=reason)
    _end_legs(x, call, ringing, cause=reason)
    event, pause_reason = AFTERWARDS[outcome]
    is_in_turn = not ringing.purpose or (call.consult is not None and call.consult.queue is not None)
    if not is_in_turn and outcome is Outcome.EXPIRED:
        # He never asked for this call: not taking it says nothing of the queue's next.
        event, pause_reason = AgentEvent.RELEASE, ""
    until = x.now + decide_agent.BUSY_SECONDS if outcome is Outcome.BUSY else None
    decide_agent.let_go(x, ringing.agent, event, pause_reason, until=until)


def _end_legs(x: Exchange, call: Call, ringing: Ringing, *, cause: str, but: str = "") -> None:
    for name in ringing.legs:
        leg = call.legs[name]
        if name != but and leg.state is not LegState.ENDED:
            _end_leg(x, call, leg, cause=cause)


def _end_leg(x: Exchange, call: Call, leg: Leg, *, cause: str) -> None:
    # One that has failed by itself has nothing left to cancel.
    if (leg.state is LegState.OPENED or leg.has_called) and not cause.isdigit():
        cancel(x, leg, COMPLETED_ELSEWHERE if cause == "answered_elsewhere" else "")
    x.write("leg.ended", call, leg.agent, leg=leg.id, cause=cause, by="system")


def cancel(x: Exchange, leg: Leg, reason: str = "") -> None:
    if leg.has_called:
        x.send(SendReject(leg.transaction, TOO_LATE))
    else:
        x.send(SendCancel(leg.invite_name, reason))


def invited(x: Exchange, invite: str, state: Mapping[str, Any]) -> None:
    """The INVITE is out: what is needed to take hold of it again goes into the journal."""
    leg = x.rung_leg(invite)
    if leg is not None and leg.state is LegState.OPENED:
        call = invite.partition("-")[0]
        x.write("leg.invited", call, leg.agent, leg=leg.id, invite=state)
        if leg.is_heard_early:
            x.touch(x.state.calls[call])


def phone_went(x: Exchange, agent: int) -> None:
    """His last telephone is gone while it rang: the next agent, without waiting for the lease to expire."""
    call = x.call_of_agent(agent)
    if call is not None and call.ringing and call.ringing.agent == agent and not x.phones.has_any(agent):
        end(x, call, Outcome.UNREACHABLE, decide_agent.UNREACHABLE)

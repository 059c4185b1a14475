"""Customer and agent together: bridge, hold, retrieve, recording."""

from datetime import UTC, datetime

from hallom.switch import decide_own_call
from hallom.switch.call import Call, CallState
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg


def bridge(x: Exchange, call: Call, leg: Leg) -> None:
    if call.state is CallState.CONSULTING:
        x.write("consult.answered", call, leg.agent, leg=leg.id, agent=leg.agent)
        decide_own_call.asked_one_answered(x, call)
        return
    transfer = call.transfer
    if transfer is not None and not transfer.is_returning and transfer.by != call.placer:
        waited = x.now - transfer.started_at
        x.write("transfer.completed", call, transfer.by, by=transfer.by, to=transfer.to, waited=waited)
    x.write("call.bridged", call, leg.agent, agent=leg.agent, leg=leg.id)
    start_recording(x, call)


def start_recording(x: Exchange, call: Call) -> None:
    """A new file for every pair of legs; the file before it, if any, is finished. What was paused goes on paused."""
    leg = call.agents_leg
    if not call.record or leg is None:
        return
    recorder = call.next_recorder()
    day = datetime.fromtimestamp(call.arrived_at, UTC)
    x.write(
        "recording.started",
        call,
        leg.agent,
        path=f"{x.config.recordings}/{day:%Y/%m/%d}/{recorder}.wav",
        worker=call.worker,
        recorder=recorder,
        left=call.customer.id,
        right=leg.id,
        others=[call.consult.leg] if call.consult and call.state is CallState.CONFERENCE else [],
    )
    if call.keeps_off_record:
        x.write("recording.paused", call, leg.agent)


def record_on(x: Exchange, call: Call) -> None:
    """As soon as everybody who talks has a port again."""
    consult = call.consult
    talking = [call.customer, call.agents_leg]
    is_talk = call.state in (CallState.TALKING, CallState.HELD, CallState.CONFERENCE)
    if call.state is CallState.CONFERENCE and consult is not None:
        talking.append(call.legs.get(consult.leg or ""))
    if call.state is CallState.CONSULTING and consult is not None:
        is_talk = consult.is_facing_customer
    if is_talk and call.recording is None and all(leg is not None and leg.is_open for leg in talking):
        start_recording(x, call)


def hold(x: Exchange, call: Call, *, by_phone: bool = False) -> None:
    x.write(
        "call.held",
        call,
        call.agent,
        agent=call.agent,
        player=call.next_player(),
        files=list(x.holding_music(call.queue)),
        by_phone=by_phone,
        recall_at=x.now + x.config.hold_seconds if x.config.hold_seconds > 0 else None,
    )


def recall(x: Exchange, call: Call) -> None:
    """Held too long: the agent hears it ring until he goes back to the caller."""
    if call.state is CallState.HELD:
        files = list(x.ringback(call.queue))
        x.write("hold.recalled", call, call.agent, agent=call.agent, player=call.next_player(), files=files)


def retrieve(x: Exchange, call: Call) -> None:
    x.write("call.retrieved", call, call.agent, agent=call.agent)


def stopped(x: Exchange, call: Call, recorder: str, seconds: float) -> None:
    x.write("recording.stopped", call, call.agent, recorder=recorder, seconds=seconds)


def failed(x: Exchange, call: Call, recorder: str, error: str) -> None:
    """The conversation goes on; that there is no recording must be seen."""
    tape = call.recording
    if recorder in call.stopping or (tape is not None and tape.id == recorder):
        x.write("recording.stopped", call, call.agent, recorder=recorder, seconds=0.0, error=error)

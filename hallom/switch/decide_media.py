"""What the media workers report: ports opened, prompts ended, recorders and legs closed."""

from collections.abc import Callable

from hallom.switch import (
    decide_arrival,
    decide_asking,
    decide_bridging,
    decide_conversation,
    decide_early,
    decide_ending,
    decide_flow,
    decide_keys,
    decide_lost,
    decide_offering,
    decide_placing,
    decide_queueing,
    decide_renewal,
    decide_watch,
)
from hallom.switch.call import Call, CallState, call_of
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState
from hallom.switch.messages import MediaEvent, MediaReply

NO_MEDIA = "no_media"


def replied(x: Exchange, reply: MediaReply) -> None:
    """Replies about what has gone in the meantime change nothing."""
    what, _, name = reply.reply_to.partition(" ")
    call = x.state.calls.get(call_of(name))
    report = _REPORTS.get(what)
    if call is not None and report is not None:
        report(x, call, name, reply)


def _opened(x: Exchange, call: Call, name: str, reply: MediaReply) -> None:
    leg = call.legs.get(name)
    if leg is None or leg.worker != reply.worker or leg.media is not None or leg.state is LegState.ENDED:
        return
    if not reply.ok:
        _not_opened(x, call, leg)
        return
    x.write("leg.opened", call, leg.agent, leg=name, worker=reply.worker, media=dict(reply.result))
    if leg.is_moved:
        decide_conversation.leg_reopened(x, call, leg)
    elif leg.renewals:
        decide_renewal.ring(x, call, leg)
        decide_bridging.record_on(x, call)
    elif call.state in (CallState.PLACING, CallState.DIALLING):
        decide_placing.leg_opened(x, call, leg)
    elif leg.is_customer:
        decide_arrival.leg_opened(x, call, leg)
    else:
        decide_offering.ring(x, call, leg)


def _not_opened(x: Exchange, call: Call, leg: Leg) -> None:
    if (leg.is_moved or leg.renewals) and not decide_renewal.is_rung(call, leg):
        decide_renewal.give_up(x, call, leg, NO_MEDIA)
    elif leg.is_customer:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=NO_MEDIA)
    elif decide_watch.is_watching(call, leg.id):
        decide_watch.end(x, call, NO_MEDIA)
    elif leg.offer is not None and leg.state is LegState.NEW:
        decide_offering.failed(x, call, leg, NO_MEDIA)
    elif leg.id == call.agent_leg:
        decide_lost.lose(x, call, "media_lost")
    else:
        decide_lost.failed(x, call, leg, NO_MEDIA)


def _closed(x: Exchange, call: Call, name: str, reply: MediaReply) -> None:
    leg = call.legs.get(name)
    if leg is None or leg.state is not LegState.ENDED or leg.is_measured:
        return
    quality = reply.result.get("quality") if reply.ok else None
    x.write("leg.quality", call, leg.agent, leg=name, quality=quality or {})
    decide_ending.end_if_tidy(x, call)


def _stopped(x: Exchange, call: Call, name: str, reply: MediaReply) -> None:
    if name not in call.stopping:
        return
    seconds = reply.result.get("seconds") if reply.ok else None
    decide_bridging.stopped(x, call, name, call.stopping[name] if seconds is None else seconds)
    decide_ending.end_if_tidy(x, call)


def _played(x: Exchange, call: Call, name: str, reply: MediaReply) -> None:
    """A file that cannot be played is a prompt that has ended."""
    if not reply.ok:
        _player_done(x, name)


def _recording(x: Exchange, call: Call, name: str, reply: MediaReply) -> None:
    if not reply.ok:
        decide_bridging.failed(x, call, name, reply.error)


def happened(x: Exchange, event: MediaEvent) -> None:
    if event.name == "player.done":
        _player_done(x, str(event.data.get("player", "")))
    elif event.name == "leg.gap":
        decide_lost.broke_off(x, str(event.data.get("leg", "")))
    elif event.name == "leg.up":
        decide_early.heard(x, str(event.data.get("leg", "")))
    elif event.name == "leg.heard":
        decide_lost.heard_again(x, str(event.data.get("leg", "")))
        decide_early.heard(x, str(event.data.get("leg", "")))
    elif event.name == "dtmf":
        decide_keys.by_rtp(x, str(event.data.get("leg", "")), str(event.data.get("digit", "")))
    elif event.name == "leg.silent":
        seconds = float(event.data.get("seconds", 0))
        decide_early.fell_silent(x, str(event.data.get("leg", "")))
        decide_conversation.fell_silent(x, str(event.data.get("leg", "")), seconds)
    elif event.name == "recorder.failed":
        name = str(event.data.get("recorder", ""))
        call = x.state.calls.get(call_of(name))
        if call is not None:
            decide_bridging.failed(x, call, name, str(event.data.get("error", "")))


def _player_done(x: Exchange, name: str) -> None:
    call = x.state.calls.get(call_of(name))
    if call is not None and call.consult is not None:
        decide_asking.heard_out(x, call, name)
    if call is None or call.player is None or call.player.id != name:
        return
    if call.player.purpose == "greeting":
        decide_flow.said(x, call)
    elif call.player.purpose == "announcement":
        decide_queueing.announced(x, call)


_REPORTS: dict[str, Callable[[Exchange, Call, str, MediaReply], None]] = {
    "open": _opened,
    "close": _closed,
    "stop": _stopped,
    "play": _played,
    "record": _recording,
}

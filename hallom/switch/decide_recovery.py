"""After a crash, of the switch or of a media worker: take hold again of what still stands, close what nobody owns."""

from collections.abc import Iterator, Mapping

from hallom.acd.offer import Outcome
from hallom.switch import (
    decide_agent,
    decide_arrival,
    decide_bridging,
    decide_ending,
    decide_lost,
    decide_mending,
    decide_offering,
    decide_parking,
    decide_placing,
    decide_renewal,
    refer_news,
    sound,
)
from hallom.switch.call import OVER, Call, CallState
from hallom.switch.effects import (
    AcceptRefer,
    Media,
    RestoreDialog,
    RestoreInvite,
    SendBye,
    SendCancel,
    TellRefer,
)
from hallom.switch.exchange import Absence, Exchange
from hallom.switch.leg import Leg, LegState
from hallom.switch.messages import Inventory

MEDIA_LOST = "media_lost"
# A line that broke is mended in half a second; a worker that died took its ports along, and nobody hears anybody.
AWAY_SECONDS = 1.0
# With nobody to give its calls to there is only waiting, but not for ever.
ALONE_SECONDS = 30.0

# Telephones that ring for a call that somebody makes ring on; a caller's are offered him anew.
_RINGS_ON = frozenset({CallState.PLACING, CallState.DIALLING})
# States in which the caller hears music while his agent's page is brought back.
_COMES_BACK = frozenset({CallState.TALKING, CallState.HELD, CallState.LOST})

Inventories = Mapping[str, Inventory]


def resume(x: Exchange, inventories: Inventories) -> None:
    """The switch is new, the telephones and (mostly) the media workers are not."""
    for worker in x.config.media_workers:
        if worker not in inventories:
            worker_lost(x, worker)
    for call in list(x.state.calls.values()):
        for leg in list(call.legs.values()):
            _restore(x, call, leg)
    for one in x.state.lingering.values():
        if one.until > x.now and one.invite is not None:
            x.send(RestoreInvite(one.invite))
            x.send(SendCancel(one.leg))
    decide_mending.mend(x)
    reconcile(x, inventories)
    for number in list(x.state.router.agents):
        if x.phones.has_any(number):
            decide_agent.phone_came(x, number)
    for call in list(x.state.calls.values()):
        decide_lost.look_again(x, call)
        decide_renewal.look_again(x, call)


def _restore(x: Exchange, call: Call, leg: Leg) -> None:
    if leg.dialog_state is not None:
        _restore_dialog(x, call, leg)
    elif leg.invite is not None:
        _restore_invite(x, call, leg)
    elif leg.renewals and leg.state is LegState.OPENED:
        decide_renewal.ring(x, call, leg)
    elif (not leg.is_customer or leg.offer is not None) and leg.state is LegState.OPENED:
        # The INVITE may be out or not; its ids are those of the leg, so ringing twice rings once.
        decide_offering.ring(x, call, leg)


def _restore_dialog(x: Exchange, call: Call, leg: Leg) -> None:
    referral = call.referral
    if referral is not None and referral.leg == leg.id:
        x.send(RestoreDialog(leg.dialog_state or {}))
        x.send(AcceptRefer(referral.refer, referral.dialog))
        if referral.told > refer_news.TRYING:
            x.send(TellRefer(referral.refer, referral.told, False))
    elif leg.state is not LegState.ENDED:
        x.send(RestoreDialog(leg.dialog_state or {}))
    elif not leg.is_measured and leg.dialog is not None:
        # Its BYE was decided, but perhaps never sent.
        x.send(RestoreDialog(leg.dialog_state or {}))
        x.send(SendBye(leg.dialog))


def _restore_invite(x: Exchange, call: Call, leg: Leg) -> None:
    if leg.state is LegState.ENDED:
        return
    x.send(RestoreInvite(leg.invite or {}))
    if leg.is_customer and leg.state is LegState.OPENED:
        decide_arrival.leg_opened(x, call, leg)
    if call.placing is not None and leg.offer is None and leg.state is LegState.OPENED:
        decide_placing.leg_opened(x, call, leg)
    elif leg.has_called and leg.state is LegState.OPENED:
        decide_offering.ring(x, call, leg)


def reconcile(x: Exchange, inventories: Inventories) -> None:
    """Ask the workers for what they lack, move calls whose legs are gone, close what belongs to no call."""
    owned: set[tuple[str, str]] = set()
    for call in list(x.state.calls.values()):
        wanted = sound.wanted(call)
        owned |= set(_owned(wanted))
        x.believe(call, sound.held(wanted, inventories))
        gone = {leg.id for leg in call.legs.values() if _is_gone(x, leg, inventories)}
        if gone and call.state not in OVER:
            _move(x, call, gone)
        _write_off(x, call, inventories)
    for worker, inventory in inventories.items():
        for request in _ghosts(worker, inventory, owned):
            x.send(request)


def _owned(wanted: sound.Sound) -> Iterator[tuple[str, str]]:
    for parts in (wanted.wires, wanted.players, wanted.recorders):
        for name, part in parts.items():
            yield part.worker, name


def _is_gone(x: Exchange, leg: Leg, inventories: Inventories) -> bool:
    """A port still asked for is asked for anew, unless nobody is there to give it."""
    is_had = leg.is_open or (leg.state is not LegState.ENDED and leg.worker in x.lost_workers)
    return is_had and leg.worker in inventories and leg.id not in inventories[leg.worker].legs


def _ghosts(worker: str, inventory: Inventory, owned: set[tuple[str, str]]) -> Iterator[Media]:
    for name in sorted(inventory.recorders):
        if (worker, name) not in owned:
            yield Media(worker, "recorder.stop", {"recorder": name}, f"stop {name}")
    for name in sorted(inventory.players):
        if (worker, name) not in owned:
            yield Media(worker, "player.stop", {"player": name})
    for name in sorted(inventory.legs):
        if (worker, name) not in owned:
            yield Media(worker, "leg.close", {"leg": name}, f"close {name}")


def _move(x: Exchange, call: Call, gone: set[str]) -> None:
    """The worker died and took the ports along: the same telephones, on another worker."""
    rung = call.ringing
    if call.state not in _RINGS_ON:
        decide_offering.end(x, call, Outcome.WITHDRAWN, MEDIA_LOST)
    worker = x.quietest_worker()
    if worker is None or _cannot_follow(call.customer):
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=MEDIA_LOST)
        return
    _close_recordings(x, call)
    if call.returning is not None:
        decide_lost.give_up(x, call, call.returning)
    agent = call.agents_leg
    is_lost = call.state in _COMES_BACK and agent is not None and decide_renewal.needs_renewal(agent)
    legs = [
        leg
        for leg in call.legs.values()
        if leg.state is not LegState.ENDED and (leg.id in gone or leg.worker != worker)
    ]
    pages = [leg for leg in legs if decide_renewal.needs_renewal(leg)]
    x.write("call.moved", call, call.agent, worker=worker, legs=[leg.id for leg in legs if leg not in pages])
    if is_lost:
        decide_lost.lose(x, call, MEDIA_LOST)
        decide_lost.drop_leg(x, call)
    for leg in pages:
        if leg.state is not LegState.ENDED:
            decide_renewal.renew(x, call, leg)
    decide_lost.ring_again(x, call)
    if call.state is CallState.PARKED and rung is not None and rung.agent is not None:
        decide_parking.fetch_again(x, call, rung.agent)


def _cannot_follow(leg: Leg) -> bool:
    """A browser that is nobody's of the house cannot be rung."""
    return decide_renewal.needs_renewal(leg) and leg.agent is None


def _write_off(x: Exchange, call: Call, inventories: Inventories) -> None:
    """Legs and recorders that ended on a worker that no longer has them: nobody will report on them."""
    for leg in list(call.legs.values()):
        is_unknown = leg.worker in inventories and leg.id not in inventories[leg.worker].legs
        if leg.state is LegState.ENDED and leg.media is not None and not leg.is_measured and is_unknown:
            x.write("leg.quality", call, leg.agent, leg=leg.id, quality={})
    decide_ending.end_if_tidy(x, call)


def _close_recordings(x: Exchange, call: Call) -> None:
    """The dead worker's files are valid up to its death; nobody will report their length."""
    tape = call.recording
    if tape is not None:
        decide_bridging.stopped(x, call, tape.id, x.now - tape.started_at)
    for recorder, seconds in list(call.stopping.items()):
        decide_bridging.stopped(x, call, recorder, seconds)


def worker_ready(x: Exchange, worker: str, inventory: Inventory) -> None:
    x.lost_workers.pop(worker, None)
    reconcile(x, {worker: inventory})


def worker_lost(x: Exchange, worker: str) -> None:
    """Its calls may go on mixing: that is seen when it answers again, if it does so in time."""
    x.lost_workers.setdefault(worker, Absence(x.now, x.now + AWAY_SECONDS))


def next_due(x: Exchange) -> float | None:
    return min((one.due for one in x.lost_workers.values() if one.due is not None), default=None)


def give_up_workers(x: Exchange) -> None:
    """Who stays away has lost its calls; what it holds all the same is closed when it comes back."""
    for worker, absence in list(x.lost_workers.items()):
        if absence.due is None or absence.due > x.now:
            continue
        last = absence.since + ALONE_SECONDS
        if x.quietest_worker() is None and x.now < last:
            x.lost_workers[worker] = Absence(absence.since, min(x.now + AWAY_SECONDS, last))
        else:
            x.lost_workers[worker] = Absence(absence.since, None)
            reconcile(x, {worker: Inventory()})

"""One turn: what came in goes through the endpoint and the switch, what they decided into the journal, then out."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from hallom.sip.endpoint import Endpoint
from hallom.sip.events import (
    Acknowledged,
    BindingChanged,
    DialogEnded,
    InviteAnswered,
    InviteFailed,
    InviteReceived,
    ProbeAnswered,
    ProgressReceived,
    ReferReceived,
    ReinviteAnswered,
    ReinviteReceived,
    SipEvent,
    SubscriptionEnded,
    SubscriptionReceived,
    SubscriptionRefreshed,
    TrunkChanged,
)
from hallom.sip.flow import Flow
from hallom.switch.aio import metrics
from hallom.switch.aio.bindings import BindingStore
from hallom.switch.aio.forks import Forks
from hallom.switch.aio.hands import Hands
from hallom.switch.aio.journal_batch import Work
from hallom.switch.aio.journal_writer import JournalWriter
from hallom.switch.aio.lamps import Lamps
from hallom.switch.aio.pace import Pace
from hallom.switch.aio.streams import Arrival
from hallom.switch.aio.ways_out import WaysOut
from hallom.switch.core import Switch
from hallom.switch.effects import Effect, Reply
from hallom.switch.messages import Message, Order, Signal

logger = structlog.get_logger(__name__)

# A deadline in the past must not starve the sockets.
SHORTEST_SLEEP = 0.001
# Waiting for a commit where we are is cheaper than coming back for it; a slow one is not waited for.
ANSWER_SECONDS = 0.004
# What is decided may wait so long for what else the turn brings: a statement for each decision would cost more than the
# decisions. A message more is decided before this is noticed, so that 5 ms hold.
GATHER_SECONDS = 0.003

# What comes with most calls is not put to every question that the rarer ones need.
_STRAIGHT = frozenset((InviteReceived, Acknowledged, DialogEnded))
_STATED = frozenset((InviteReceived, InviteAnswered, ReinviteAnswered, ReinviteReceived, ReferReceived))


class WallClock:
    """Seconds of the epoch that never run backwards: a step of the system's clock must not reorder the journal."""

    def __init__(self) -> None:
        self.latest = 0.0

    def now(self) -> float:
        now = time.time()
        if now > self.latest:
            self.latest = now
        return self.latest

    def then(self, moment: float | None) -> float:
        """A moment that has passed, or the first after it that nothing has been told of yet; None is now."""
        if moment is None:
            return self.now()
        if moment > self.latest:
            self.latest = moment
        return self.latest


class Pump:
    def __init__(
        self,
        endpoint: Endpoint,
        switch: Switch,
        writer: JournalWriter,
        hands: Hands,
        *,
        bindings: BindingStore,
        lamps: Lamps,
    ) -> None:
        self.endpoint = endpoint
        self.switch = switch
        self.writer = writer
        self.hands = hands
        self.bindings = bindings
        self.lamps = lamps
        self.forks: Forks = hands.forks
        self.ways_out: WaysOut = hands.ways_out
        self.clock = WallClock()
        self.send: Callable[[Flow, bytes], None] | None = None
        self.hang_up: Callable[[Flow], None] | None = None
        self.after_deciding: Callable[[], None] = lambda: None
        self._verbs: dict[int, str] = {}
        self._messages: list[Message] = []
        self.pace = Pace()
        self._is_due = False
        self._is_late = False
        self._decided_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        writer.on_written = self.turn

    def received(self, messages: list[Arrival]) -> None:
        """What follows from each bears the time at which it came, not that of the turn that met it."""
        for data, flow, came_at in messages:
            now = self.clock.then(came_at)
            metrics.received(flow.transport)
            self.endpoint.receive(data, flow, now)
            self._drain_events(now)
            self._keep_up()
        self.turn()

    def flow_closed(self, flow: Flow) -> None:
        # May be called while sending, in the middle of a turn.
        asyncio.get_running_loop().call_soon(self._flow_closed, flow)

    def handle(self, message: Message) -> None:
        if isinstance(message, Order):
            self._verbs[message.id] = message.verb
        # Not at once: what telephones said in the same rest was said earlier.
        self._messages.append(message)
        self.turn()

    def turn(self) -> None:
        """Soon: once for all that the loop has found in the meantime."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        began = time.monotonic()
        self._is_due = False
        try:
            if self._is_late:
                self._advance()
            self._decide()
            while self.writer.write(ANSWER_SECONDS):
                self._decide()
            self.after_deciding()
            self.lamps.tell(self.clock.now())
            self._send_out()
        finally:
            self._set_timer()
            # Not at once: what was written to streams leaves at the end of the loop's round.
            asyncio.get_running_loop().call_soon(self._rest, began)

    def _rest(self, began: float) -> None:
        if self.switch.has_decided:
            # Datagrams came before this did: what they led to is written meanwhile.
            self._submit()
        # Not the loop's own sleep: nothing is to wake us, that is what a rest is for.
        self.writer.rest(self.pace.rest(began, time.monotonic()))
        if self.writer.has_written:
            self.turn()

    def _decide(self) -> None:
        self._drain_events()
        messages, self._messages = self._messages, []
        for message in messages:
            self._tell(message)
            self._keep_up()
        while self._submit():
            self._drain_events()
        if self.ways_out.has_changed:
            for message in self.ways_out.limits(self.clock.now()):
                self._tell(message)
            self._submit()

    def _flow_closed(self, flow: Flow) -> None:
        self.endpoint.flow_closed(flow, self.clock.now())
        self.turn()

    def _drain_events(self, at: float | None = None) -> None:
        while (event := self.endpoint.next_event()) is not None:
            try:
                self._take(event, self.clock.now() if at is None else at)
            except Exception:
                metrics.TURN_FAILURES.inc()
                logger.exception("switch.event_failed", event_type=type(event).__name__)

    def _take(self, event: SipEvent, now: float) -> None:
        if type(event) in _STRAIGHT:
            self._tell(Signal(event, self._state_for(event)), now)
            return
        match event:
            case ProgressReceived() | InviteAnswered() | InviteFailed():
                if type(event) is ProgressReceived:
                    self.lamps.rings(event)
                reaction, news = self.ways_out.judge(event, now)
                if news is not None:
                    self._tell(news, now)
                if reaction is None:
                    return
                verdict = self.forks.judge(reaction)
                for branch in verdict.cancel:
                    self.hands.cancel_branch(branch, now)
                if verdict.bye is not None:
                    self.hands.end_extra(verdict.bye, now)
                if verdict.event is not None:
                    self._tell(Signal(verdict.event, self._state_for(verdict.event)), now)
            case SubscriptionReceived():
                self.lamps.received(event, now)
            case SubscriptionRefreshed(subscription):
                self.lamps.refreshed(subscription, now)
            case SubscriptionEnded(subscription):
                self.lamps.ended(subscription)
            case ProbeAnswered(name, status):
                self.ways_out.watch.answered(name, status, now)
            case TrunkChanged(trunk, registered, status):
                self.ways_out.watch.registered(trunk, status, now, is_registered=registered)
            case BindingChanged(binding, removed):
                self.bindings.changed(binding, removed=removed)
                self._tell(Signal(event), now)
            case _:
                self._tell(Signal(event, self._state_for(event)), now)

    def _state_for(self, event: SipEvent) -> Mapping[str, Any] | None:
        if type(event) not in _STATED:
            return None
        try:
            match event:
                case InviteReceived(invite=invite):
                    return self.endpoint.invite_state(invite)
                case (
                    InviteAnswered(dialog=dialog)
                    | ReinviteAnswered(dialog=dialog)
                    | ReinviteReceived(dialog=dialog)
                    | ReferReceived(dialog=dialog)
                ):
                    return self.endpoint.dialog_state(dialog)
        except KeyError:
            # Over before this turn came to it: the event that says so is next in the line.
            return {}
        return None

    def _tell(self, message: Message, now: float | None = None) -> None:
        try:
            self.switch.handle(message, self.clock.now() if now is None else now)
        except Exception:
            metrics.TURN_FAILURES.inc()
            logger.exception("switch.message_failed", message_type=type(message).__name__)
        if self._decided_at is None and self.switch.has_decided:
            self._decided_at = time.perf_counter()

    def _keep_up(self) -> None:
        """In the middle of a turn: its first decisions are written while the rest is decided."""
        if self._decided_at is not None and time.perf_counter() - self._decided_at > GATHER_SECONDS:
            self._submit()
            self.writer.post()

    def _submit(self) -> bool:
        """Whether effects were carried out, which may have led to more."""
        entries, effects = self.switch.take()
        news = self.ways_out.watch.news
        if not entries and not effects and not news:
            return False
        decided_at, self._decided_at = self._decided_at or time.perf_counter(), None
        self.ways_out.note(entries)
        if news:
            entries, self.ways_out.watch.news = [*entries, *news], []
        self.lamps.stirred(entries)
        replies = [effect for effect in effects if type(effect) is Reply]
        others = [effect for effect in effects if type(effect) is not Reply] if replies else effects
        if not entries and not replies and self.writer.is_idle:
            self._carry_out(others)
            return True
        answers = [self._answer(reply) for reply in replies]
        then = partial(self._carry_out, others) if others else None
        self.writer.hold(Work(entries, answers, then, decided_at))
        return False

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        now = self.clock.now()
        for effect in effects:
            try:
                message = self.hands.carry_out(effect, now)
            except Exception:
                metrics.TURN_FAILURES.inc()
                logger.exception("switch.effect_failed", effect_type=type(effect).__name__)
                continue
            if message is not None:
                self._tell(message)
                self._keep_up()

    def _answer(self, reply: Reply) -> dict[str, Any]:
        verb = self._verbs.pop(reply.order, "")
        metrics.ORDERS.labels(verb, reply.error or "ok").inc()
        return {"id": reply.order, "ok": reply.ok, "error": reply.error}

    def _send_out(self) -> None:
        if self.send is None or self.hang_up is None:
            return
        for flow, data in self.endpoint.outgoing():
            metrics.sent(flow.transport)
            self.send(flow, data)
        for flow in self.endpoint.closings():
            self.hang_up(flow)

    def _set_timer(self) -> None:
        due, other = self.endpoint.next_deadline(), self.switch.next_deadline()
        if due is None or (other is not None and other < due):
            due = other
        other = self.ways_out.next_deadline()
        if due is None or (other is not None and other < due):
            due = other
        if due is None:
            return
        if self._timer is not None:
            # A timer that fires too early costs one look; setting it anew after each packet costs more.
            if due >= self._timer_at:
                return
            self._timer.cancel()
        delay = max(SHORTEST_SLEEP, due - time.time())
        self._timer_at = due
        self._timer = asyncio.get_running_loop().call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        # Not at once: what came before the deadline may not have been read yet.
        self._timer, self._is_late = None, True
        self.turn()

    def _advance(self) -> None:
        self._is_late = False
        now = self.clock.now()
        try:
            self.endpoint.advance(now)
            for message in self.ways_out.advance(now):
                self._tell(message)
            self.switch.advance(now)
        except Exception:
            metrics.TURN_FAILURES.inc()
            logger.exception("switch.advance_failed")

"""The switch: told messages, it writes journal entries and wants effects. Pure: no socket, no clock, no chance."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hallom.acd.agent import AgentState
from hallom.acd.offer import Outcome
from hallom.switch import (
    decide_agent,
    decide_arrival,
    decide_asking,
    decide_bridging,
    decide_ending,
    decide_flow,
    decide_keys,
    decide_lost,
    decide_media,
    decide_offering,
    decide_orders,
    decide_parking,
    decide_placing,
    decide_promise,
    decide_queueing,
    decide_recovery,
    decide_refer,
    decide_renewal,
    decide_signal,
    decide_transfer,
    decide_watch,
)
from hallom.switch.apply import apply
from hallom.switch.call import Call, CallState
from hallom.switch.config import Config
from hallom.switch.effects import Effect
from hallom.switch.exchange import Exchange
from hallom.switch.journal import JournalEntry
from hallom.switch.messages import (
    Answered,
    DialRefused,
    Inventory,
    Invited,
    Limited,
    MediaEvent,
    MediaReply,
    Message,
    Order,
    Referred,
    Signal,
    WorkerLost,
    WorkerReady,
)
from hallom.switch.state import State


class Switch:
    """Effects may be carried out only after the entries taken with them are committed."""

    def __init__(self, config: Config, *, new_id: Callable[[], str]) -> None:
        self._exchange = Exchange(config, new_id)
        self._exchange.configure(config)

    @property
    def state(self) -> State:
        return self._exchange.state

    @property
    def config(self) -> Config:
        return self._exchange.config

    def handle(self, message: Message, now: float) -> None:
        """Deadlines that passed before the message count first."""
        x = self._exchange
        self._meet_deadlines(now)
        _DECISIONS[type(message)](x, message)
        self._settle()

    def advance(self, now: float) -> None:
        """Whatever was due by `now`, in the order it was due."""
        self._meet_deadlines(now)
        self._settle()

    def _meet_deadlines(self, now: float) -> None:
        x = self._exchange
        if now > x.now:
            x.now = now
        timers = [] if x.is_waking else x.state.timers
        while timers and timers[0][0] <= x.now and (due := x.state.take_due(x.now)) is not None:
            _time_is_up(x, *due)
            decide_transfer.go_on(x)
            decide_promise.go_on(x)
            decide_offering.distribute(x)
        if x.lost_workers and not x.is_waking:
            decide_recovery.give_up_workers(x)

    def next_deadline(self) -> float | None:
        due, respite = self.state.next_due(), self.state.router.next_respite()
        if due is None or (respite is not None and respite < due):
            due = respite
        if not self._exchange.lost_workers:
            return due
        absence = decide_recovery.next_due(self._exchange)
        return absence if due is None or (absence is not None and absence < due) else due

    @property
    def has_decided(self) -> bool:
        """Whether `take` has entries to give."""
        return bool(self._exchange.entries)

    def take(self) -> tuple[list[JournalEntry], list[Effect]]:
        x = self._exchange
        taken = x.entries, x.effects
        x.entries, x.effects = [], []
        return taken

    def configure(self, config: Config, now: float) -> None:
        """Calls and agents that stay are not disturbed; callers of a queue that is gone are let go."""
        x = self._exchange
        x.now = max(now, x.now)
        x.configure(config)
        decide_signal.look_at_phones(x)
        self._let_go_of_the_removed()
        self._settle()

    def _let_go_of_the_removed(self) -> None:
        x = self._exchange
        for number, agent in list(x.state.router.agents.items()):
            if number not in x.config.agents and agent.state is not AgentState.OFFLINE:
                decide_orders.send_home(x, number)
        for call in list(x.state.calls.values()):
            if call.state is CallState.QUEUED and call.queue not in x.config.queues:
                decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=decide_asking.QUEUE_REMOVED)
            elif call.state is CallState.CONSULTING and call.consult is not None:
                decide_asking.queue_gone(x, call, call.consult)

    @classmethod
    def replay(
        cls, config: Config, entries: Iterable[JournalEntry], *, new_id: Callable[[], str]
    ) -> "Switch":
        """The state of the switch that wrote these entries. Raises IllegalTransition."""
        switch = cls(config, new_id=new_id)
        for entry in entries:
            apply(switch.state, entry)
            switch._exchange.now = max(switch._exchange.now, entry.at)
        switch._exchange.is_waking = True
        return switch

    @property
    def keys_kept(self) -> Mapping[str, str]:
        """By call: what is pressed when the other side answers. No entry of the journal has it."""
        return self._exchange.keys_later

    def recall_keys(self, call: str, digits: str) -> None:
        """After `replay`: of a call that still waits for its answer."""
        found = self.state.calls.get(call)
        if found is not None and found.state in (CallState.PLACING, CallState.DIALLING):
            decide_keys.keep(self._exchange, found, digits)

    def resume(self, now: float, inventory: Mapping[str, Inventory]) -> None:
        """After `replay`, and after the registered telephones were told: take hold of what still stands."""
        x = self._exchange
        x.now, x.is_waking = max(now, x.now), False
        decide_recovery.resume(x, inventory)
        x.stirred.update(dict.fromkeys(x.state.calls))
        self._let_go_of_the_removed()
        self._settle()

    def _settle(self) -> None:
        x = self._exchange
        if x.is_waking:
            return
        # Looked at before they are called: this comes with every message, and most leave nothing to go on with.
        if x.stirred:
            decide_transfer.go_on(x)
        if x.state.desks:
            decide_promise.go_on(x)
        if x.state.router.is_stirred:
            decide_offering.distribute(x)
        if x.is_touched:
            x.settle()


_DECISIONS: dict[type, Callable[[Exchange, Any], None]] = {
    Signal: lambda x, message: decide_signal.received(x, message.event, message.state),
    Answered: lambda x, message: decide_arrival.answered(x, message.invite, message.dialog, message.state),
    Invited: lambda x, message: decide_offering.invited(x, message.invite, message.state),
    Referred: lambda x, message: decide_refer.accepted(x, message.refer, message.dialog, message.state),
    DialRefused: decide_signal.dial_refused,
    Limited: decide_signal.limited,
    MediaReply: decide_media.replied,
    MediaEvent: decide_media.happened,
    Order: decide_orders.obey,
    WorkerReady: lambda x, message: decide_recovery.worker_ready(x, message.worker, message.inventory),
    WorkerLost: lambda x, message: decide_recovery.worker_lost(x, message.worker),
}


def _time_is_up(x: Exchange, noun: str, key: str, name: str) -> None:
    if noun == "agent":
        decide_agent.time_is_up(x, int(key))
        return
    if noun == "promise":
        decide_promise.time_is_up(x, key)
        return
    call = x.state.calls.get(key)
    if call is not None:
        _DEADLINES[name](x, call)


def _no_media(x: Exchange, call: Call) -> None:
    decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=decide_media.NO_MEDIA)


def _no_ack(x: Exchange, call: Call) -> None:
    decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause="no_ack")


def _no_answer(x: Exchange, call: Call) -> None:
    decide_offering.end(x, call, Outcome.EXPIRED, "no_answer")


def _no_report(x: Exchange, call: Call) -> None:
    decide_ending.end_if_tidy(x, call, at_last=True)


_DEADLINES: dict[str, Callable[[Exchange, Call], None]] = {
    "open": _no_media,
    "answer": _no_ack,
    "greeting": decide_flow.said,
    "announce": decide_queueing.announce,
    "offer": _no_answer,
    "transfer": decide_transfer.time_is_up,
    "consult": decide_asking.time_is_up,
    "park": decide_parking.time_is_up,
    "watch": decide_watch.time_is_up,
    "hold": decide_bridging.recall,
    "lost": decide_lost.time_is_up,
    "renewal": decide_renewal.time_is_up,
    "warn": decide_placing.warn,
    "warned": decide_placing.warned,
    "limit": decide_placing.limit_reached,
    "ending": _no_report,
}

"""The one door to numbers outside: asks the toll policy, chooses the trunk, tries the next when one fails."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from hallom.sip.endpoint import Endpoint
from hallom.sip.events import InviteAnswered, InviteFailed, ProgressReceived
from hallom.switch import effects, toll, trunk_choice
from hallom.switch.aio.line_watch import LineWatch
from hallom.switch.journal import JournalEntry
from hallom.switch.line_out import LineOut
from hallom.switch.messages import DialRefused, Invited, Limited, Message
from hallom.switch.numbers import CalledNumber, Sort
from hallom.switch.toll import Allowed, Caller, Refused, Rules, Way
from hallom.switch.toll_ledger import KINDS, Ledger

logger = structlog.get_logger(__name__)

Reaction = ProgressReceived | InviteAnswered | InviteFailed
WAYS = {
    "dial": Way.DIAL,
    "promise": Way.PROMISE,
    "transfer": Way.TRANSFER,
    # An agent who asks somebody outside calls out himself; `switch/decide_joining.py` looks when he leaves the two.
    "consult": Way.DIAL,
    "diversion": Way.DIVERSION,
    "api": Way.API,
}
# RFC 3261 would wait 32 s for a trunk that says nothing at all; nobody listens to silence that long.
SILENT_SECONDS = 4.0
NO_LINE_FREE = "no_line_free"


@dataclass(slots=True)
class Attempt:
    """One number being called: `leg` is the switch's name for it, `branch` the INVITE that is out now."""

    leg: str
    number: str
    purpose: str
    sdp: str
    order: tuple[str, ...]
    caller_number: str
    is_emergency: bool
    tried: list[str] = field(default_factory=list)
    branch: str = ""
    rang: bool = False
    silent_at: float | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "outside": self.leg,
            "trunk": self.tried[-1],
            "number": self.number,
            "purpose": self.purpose,
            "sdp": self.sdp,
            "order": list(self.order),
            "caller_number": self.caller_number,
            "is_emergency": self.is_emergency,
            "tried": list(self.tried),
            "branch": self.branch,
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Attempt":
        return cls(
            data["outside"],
            data["number"],
            data["purpose"],
            data["sdp"],
            tuple(data["order"]),
            data["caller_number"],
            data["is_emergency"],
            tried=list(data["tried"]),
            branch=data["branch"],
        )


class WaysOut:
    """`ledger` is fed with the journal; what changes about the lines is told in `watch.news`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.rules = Rules()
        self.lines: dict[str, LineOut] = {}
        self.ledger = Ledger()
        self.watch = LineWatch(endpoint)
        self._attempts: dict[str, Attempt] = {}
        self._given_up: set[str] = set()
        self._touched: set[int] = set()

    def configure(self, rules: Rules, lines: Iterable[LineOut], now: float) -> None:
        self.rules, self.ledger.zone = rules, rules.zone
        self.lines = {line.name: line for line in lines}
        self.watch.configure(
            {line.name: line.uri for line in self.lines.values() if line.is_probed},
            {line.name: line.flow for line in self.lines.values()},
            now,
        )
        self._touched.update(self.ledger.by_agent)

    @property
    def has_changed(self) -> bool:
        """Whether anybody's usage has, so that `limits` are to be looked at."""
        return bool(self._touched)

    def note(self, entries: Iterable[JournalEntry]) -> None:
        for entry in entries:
            if entry.kind in KINDS and (agent := self.ledger.note(entry)) is not None:
                self._touched.add(agent)

    # Calling

    def dial(self, effect: effects.Dial, now: float) -> Message:
        """The toll policy is asked here and nowhere else in the switch."""
        agent = effect.agent or None
        caller = Caller(
            agent,
            effect.is_signed_in,
            WAYS.get(effect.purpose, Way.API),
            effect.party_on_trunk,
            effect.caller_number,
        )
        usage = self.ledger.usage(agent, self.rules, now, but=effect.invite)
        called, decision = self.rules.ask(effect.number, caller, usage, now)
        if isinstance(decision, Refused):
            return DialRefused(effect.invite, decision.code, decision.words)
        if not isinstance(called, CalledNumber) or called.sort not in (Sort.EXTERNAL, Sort.EMERGENCY):
            return DialRefused(effect.invite, "no_such_number")
        return self._next(self._begun(effect, called, decision), now)

    def _begun(self, effect: effects.Dial, called: CalledNumber, allowed: Allowed) -> Attempt:
        attempt = Attempt(
            effect.invite,
            called.number,
            effect.purpose,
            effect.sdp,
            allowed.trunks,
            allowed.caller_number,
            called.sort is Sort.EMERGENCY,
        )
        self._attempts[attempt.leg] = attempt
        return attempt

    def _next(self, attempt: Attempt, now: float) -> Message:
        states = {name: self._state(line) for name, line in self.lines.items()}
        name = trunk_choice.next_trunk(
            tuple(one for one in attempt.order if one in self.lines),
            frozenset(attempt.tried),
            states,
            emergency=attempt.is_emergency,
        )
        if name is None:
            self._forget(attempt)
            return DialRefused(attempt.leg, NO_LINE_FREE)
        attempt.tried.append(name)
        attempt.branch = attempt.leg if len(attempt.tried) == 1 else f"{attempt.leg}~{len(attempt.tried)}"
        attempt.silent_at = now + SILENT_SECONDS
        self._attempts[attempt.branch] = attempt
        self._invite(attempt, self.lines[name], now)
        return Invited(attempt.leg, attempt.as_data() | {"invite": self._invite_state(attempt)})

    def _state(self, line: LineOut) -> trunk_choice.TrunkState:
        return replace(
            self.watch.state(line.name),
            calls_now=self.ledger.on_trunk(line.name),
            calls_most=line.calls_most,
        )

    def _invite(self, attempt: Attempt, line: LineOut, now: float) -> None:
        shown = f"sip:{attempt.caller_number or 'anonymous'}@{line.host}"
        headers = {"P-Asserted-Identity": f"<{shown}>"} if attempt.caller_number else {}
        if attempt.purpose == "diversion" and attempt.caller_number:
            headers["Diversion"] = f"<{shown}>;reason=unconditional;counter=1"
        self.endpoint.invite(
            attempt.branch, line.target(attempt.number), now, from_uri=shown, sdp=attempt.sdp, headers=headers
        )

    def _invite_state(self, attempt: Attempt) -> dict[str, Any] | None:
        try:
            return self.endpoint.invite_state(attempt.branch)
        except KeyError:
            return None

    def cancel(self, leg: str, reason: str, now: float) -> bool:
        """False for what is no call of ours."""
        attempt = self._attempts.get(leg)
        if attempt is None:
            return False
        self.endpoint.cancel(attempt.branch, now, reason=reason)
        attempt.silent_at = None
        return True

    def restore(self, state: Mapping[str, Any], now: float) -> None:
        attempt = Attempt.of_data(state)
        self._attempts[attempt.leg] = self._attempts[attempt.branch] = attempt
        if state.get("invite"):
            self.endpoint.restore_invite(dict(state["invite"]), now)

    # What comes of it

    def judge(self, event: Reaction, now: float) -> tuple[Reaction | None, Message | None]:
        """The event as the switch knows it, and what else it is to be told."""
        if event.invite in self._given_up:
            self._end_stray(event, now)
            return None, None
        attempt = self._attempts.get(event.invite)
        if attempt is None:
            return event, None
        if attempt.branch != event.invite:
            return None, None
        if isinstance(event, ProgressReceived):
            attempt.rang, attempt.silent_at = True, None
        elif isinstance(event, InviteFailed):
            return self._failed(attempt, event, now)
        else:
            self._forget(attempt)
        return replace(event, invite=attempt.leg), None

    def _failed(
        self, attempt: Attempt, event: InviteFailed, now: float
    ) -> tuple[Reaction | None, Message | None]:
        after = trunk_choice.after(event.status, rang=attempt.rang, emergency=attempt.is_emergency)
        if event.status == 487 or after is trunk_choice.After.END:
            self._forget(attempt)
            # Where a trunk redirects to is not followed: it would be a way out that nobody was asked about.
            return replace(event, invite=attempt.leg, contacts=()), None
        logger.info("ways_out.next_trunk", failed=attempt.tried[-1], status=event.status)
        return None, self._next(attempt, now)

    def _end_stray(self, event: Reaction, now: float) -> None:
        """A trunk that was given up answers after all: somebody else has been asked since."""
        if isinstance(event, InviteAnswered):
            self.endpoint.bye(event.dialog, now, reason='SIP;cause=408;text="Answered too late"')
        if not isinstance(event, ProgressReceived):
            self._given_up.discard(event.invite)

    def _forget(self, attempt: Attempt) -> None:
        self._attempts.pop(attempt.leg, None)
        self._attempts.pop(attempt.branch, None)

    # Time

    def next_deadline(self) -> float | None:
        silent = (one.silent_at for one in self._attempts.values() if one.silent_at is not None)
        dues = [due for due in (min(silent, default=None), self.watch.next_deadline()) if due is not None]
        return min(dues, default=None)

    def advance(self, now: float) -> list[Message]:
        """Trunks are probed, and those that say nothing given up."""
        self.watch.advance(now)
        silent = {
            id(one): one
            for one in self._attempts.values()
            if one.silent_at is not None and one.silent_at <= now
        }
        return [message for one in silent.values() if (message := self._is_silent(one, now)) is not None]

    def _is_silent(self, attempt: Attempt, now: float) -> Message | None:
        attempt.silent_at = None
        if self.endpoint.is_heard_of(attempt.branch):
            return None
        self._given_up.add(attempt.branch)
        self._attempts.pop(attempt.branch, None)
        self.endpoint.cancel(attempt.branch, now)
        logger.info("ways_out.silent_trunk", trunk=attempt.tried[-1])
        return self._next(attempt, now)

    def limits(self, now: float) -> Iterator[Limited]:
        """For the calls of everybody whose usage has changed: when a cap ends them."""
        touched, self._touched = self._touched, set()
        for agent in touched:
            policy = self.rules.policy_of(agent)
            for one in self.ledger.talking(agent):
                called = self.rules.read(one.number)
                if not isinstance(called, CalledNumber) or called.sort is Sort.EMERGENCY:
                    continue
                usage = self.ledger.usage(agent, self.rules, now, but=one.leg)
                left = toll.seconds_left(called, usage, policy)
                yield Limited(one.leg, None if left is None else now + max(left, 0.0))

"""What everybody has telephoned today, folded from the journal: so it survives a restart of the switch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hallom.switch.journal import JournalEntry
from hallom.switch.numbers import CalledNumber
from hallom.switch.toll import Policy, Rules, Usage

# Attempts are counted within seconds or minutes; older ones only cost memory.
ATTEMPTS_KEPT_SECONDS = 3600.0
KINDS = frozenset({"dial.made", "leg.invited", "leg.answered", "leg.ended"})


@dataclass(slots=True)
class CallOut:
    """One call to a number outside. `agent` answers for it; `price` is the policy's, a minute, when it was made."""

    leg: str
    agent: int
    number: str
    made_at: float
    trunk: str = ""
    answered_at: float | None = None
    ended_at: float | None = None
    called: CalledNumber | None = None

    def seconds(self, since: float, now: float) -> float:
        if self.answered_at is None:
            return 0.0
        return max((self.ended_at or now) - max(self.answered_at, since), 0.0)


@dataclass(slots=True)
class Ledger:
    """Fed with every entry of the journal in its order; those of other kinds, and of other legs, change nothing."""

    zone: str = "Europe/Budapest"
    calls: dict[str, CallOut] = field(default_factory=dict)
    by_agent: dict[int, dict[str, CallOut]] = field(default_factory=dict)
    going_on: dict[str, CallOut] = field(default_factory=dict)

    def note(self, entry: JournalEntry) -> int | None:
        """Whose usage has changed, if anybody's."""
        data = entry.data
        if entry.kind == "dial.made":
            return self._made(entry.at, data)
        one = self.calls.get(data.get("leg", ""))
        if one is None:
            return None
        if entry.kind == "leg.invited":
            one.trunk = str((data["invite"] or {}).get("trunk", one.trunk))
            return None
        if entry.kind == "leg.answered":
            one.answered_at = entry.at
        elif entry.kind == "leg.ended":
            one.ended_at = entry.at
            self.going_on.pop(one.leg, None)
        else:
            return None
        return one.agent

    def _made(self, at: float, data: Mapping[str, object]) -> int:
        agent = int(str(data.get("by") or 0))
        leg = str(data["leg"])
        one = CallOut(leg, agent, str(data["number"]), at)
        self.calls[leg] = self.going_on[leg] = one
        self.by_agent.setdefault(agent, {})[leg] = one
        return agent

    def midnight(self, now: float) -> float:
        """When the day of the house began."""
        day = datetime.fromtimestamp(now, ZoneInfo(self.zone))
        return day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    def usage(self, agent: int | None, rules: Rules, now: float, *, but: str = "") -> Usage:
        """The call `but` is asked about: it counts among neither calls nor attempts, but what it has used up does."""
        midnight, policy = self.midnight(now), rules.policy_of(agent)
        self._forget(agent or 0, midnight, now)
        mine = list(self.by_agent.get(agent or 0, {}).values())
        going_on = [one for one in mine if one.ended_at is None and one.leg != but]
        seconds = [(one, one.seconds(midnight, now)) for one in mine]
        return Usage(
            calls_now=len(going_on),
            prices_now=tuple(_price(one, rules, policy) for one in going_on),
            seconds_today=sum(spent for _, spent in seconds),
            money_today=sum(
                (_price(one, rules, policy) * Decimal(spent) / 60 for one, spent in seconds if spent),
                start=Decimal(0),
            ),
            attempts=tuple(one.made_at for one in mine if one.leg != but),
        )

    def on_trunk(self, trunk: str) -> int:
        """How many calls it carries now."""
        return sum(one.trunk == trunk for one in self.going_on.values())

    def talking(self, agent: int) -> Iterator[CallOut]:
        for one in self.by_agent.get(agent, {}).values():
            if one.answered_at is not None and one.ended_at is None:
                yield one

    def _forget(self, agent: int, midnight: float, now: float) -> None:
        oldest = min(midnight, now - ATTEMPTS_KEPT_SECONDS)
        mine = self.by_agent.get(agent, {})
        for leg, one in list(mine.items()):
            if one.ended_at is not None and one.ended_at < oldest:
                del mine[leg], self.calls[leg]


def _price(one: CallOut, rules: Rules, policy: Policy) -> Decimal:
    if one.called is None:
        called = rules.read(one.number)
        if not isinstance(called, CalledNumber):
            return Decimal(0)
        one.called = called
    return policy.prices.of(one.called) or Decimal(0)


def fold(entries: Iterable[JournalEntry], zone: str) -> Ledger:
    ledger = Ledger(zone)
    for entry in entries:
        ledger.note(entry)
    return ledger

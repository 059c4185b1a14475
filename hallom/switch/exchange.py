"""The switchboard the decisions work at: they write entries, send effects, and look things up here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hallom.acd.agent import Agent, AgentState, Profile
from hallom.acd.line import QueueRules
from hallom.flow.flow import Flow
from hallom.switch import sound
from hallom.switch.apply import apply
from hallom.switch.call import Call
from hallom.switch.config import Agent as AgentConfig
from hallom.switch.config import Config
from hallom.switch.effects import Effect
from hallom.switch.journal import JournalEntry
from hallom.switch.leg import Leg
from hallom.switch.phones import Phones
from hallom.switch.sound import SILENCE, Sound
from hallom.switch.state import State

_NOBODY = AgentConfig(0, "", "")

# Entries after which every call sounds as before: `sound.wanted` looks at nothing they change.
_UNHEARD = frozenset(
    [
        "leg.invited",
        "leg.quality",
        "call.answered",
        "queue.left",
        "offer.accepted",
        "offer.rejected",
        "offer.expired",
        "offer.withdrawn",
    ]
)


# Entries after which a transfer may have to go on.
_STIRRING = frozenset(
    [
        "transfer.started",
        "call.routed",
        "consult.started",
        "call.diverted",
        "call.parked",
        "call.bridged",
        "conference.left",
        "queue.entered",
        "call.returned",
        "offer.rejected",
        "offer.expired",
        "offer.withdrawn",
        "dial.ended",
    ]
)


@dataclass(frozen=True, slots=True)
class Absence:
    """A media worker does not answer since then; `due` is when its calls are given to others, None once they are."""

    since: float
    due: float | None


@dataclass(slots=True)
class Exchange:
    """`now` is the time of the message being worked on; between replay and resume it `is_waking`. `stirred` calls
    may have a transfer to go on with. Phones, workers and sounds are not state: they are told anew;
    nor are `keys_later`, by call: what is pressed once it is answered may be the number of a card. `flows` are those that
    were walked already, by number and queue."""

    config: Config
    new_id: Callable[[], str]
    state: State = field(default_factory=State)
    now: float = 0.0
    is_waking: bool = False
    phones: Phones = field(default_factory=Phones)
    entries: list[JournalEntry] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    lost_workers: dict[str, Absence] = field(default_factory=dict)
    stirred: dict[str, None] = field(default_factory=dict)
    keys_later: dict[str, str] = field(default_factory=dict, repr=False)
    flows: dict[tuple[str, int], Flow] = field(default_factory=dict)
    _touched: dict[str, None] = field(default_factory=dict)
    _sounds: dict[str, Sound] = field(default_factory=dict)
    _agent_of: dict[str, int] = field(default_factory=dict)

    def configure(self, config: Config) -> None:
        self.config = config
        self.flows.clear()
        self._agent_of = {agent.aor: agent.id for agent in config.agents.values()}
        profiles = {one.id: Profile(one.queues, one.languages, one.skills) for one in config.agents.values()}
        rules = {
            one.id: QueueRules(one.offer_seconds, one.least_level, one.requires)
            for one in config.queues.values()
        }
        self.state.router.configure(profiles, rules)

    # What decisions do

    def write(
        self, kind: str, call: Call | str | None = None, agent: int | None = None, /, **data: Any
    ) -> None:
        name = call.id if isinstance(call, Call) else call
        entry = JournalEntry(kind, self.now, name, agent, data)
        apply(self.state, entry)
        self.entries.append(entry)
        if name is None:
            return
        if kind not in _UNHEARD:
            self._touched[name] = None
        if kind in _STIRRING:
            self.stirred[name] = None

    def send(self, effect: Effect) -> None:
        self.effects.append(effect)

    def touch(self, call: Call) -> None:
        """Have the sound of this call looked at again though no entry was written."""
        self._touched[call.id] = None

    @property
    def is_touched(self) -> bool:
        """Whether `settle` has anything to look at."""
        return bool(self._touched)

    def settle(self) -> None:
        """Ask the media workers for whatever the entries written since have changed."""
        for name in self._touched:
            call = self.state.calls.get(name)
            if call is None:
                self.effects.extend(sound.requests(self._sounds.pop(name, SILENCE), SILENCE))
                self.keys_later.pop(name, None)
                continue
            before, after = self._sounds.get(name, SILENCE), sound.wanted(call)
            if before != after:
                self.effects.extend(sound.requests(before, after))
                self._sounds[name] = after
        self._touched.clear()

    def believe(self, call: Call, sound: Sound) -> None:
        """What the workers really hold for this call."""
        self._sounds[call.id] = sound
        self.touch(call)

    # What decisions ask

    def agent(self, number: int) -> Agent:
        return self.state.router.agents.get(number) or Agent(number)

    def agent_state(self, number: int) -> AgentState:
        return self.agent(number).state

    def agent_config(self, number: int) -> AgentConfig:
        return self.config.agents.get(number, _NOBODY)

    def agent_by_aor(self, aor: str) -> int | None:
        """The agent whose phone registers as `aor`, given bare or as a SIP URI."""
        return self._agent_of.get(aor.partition("@")[0].rpartition(":")[2])

    def rung_leg(self, invite: str) -> Leg | None:
        """The leg that rings by this INVITE, or did before it was answered."""
        leg = self.state.leg(invite.partition(".")[0])
        return leg if leg is not None and leg.invite_name == invite else None

    def call_of_agent(self, number: int) -> Call | None:
        return self.state.calls.get(self.agent(number).call or "")

    def quietest_worker(self, *, but: Iterable[str] = ()) -> str | None:
        """The media worker with the fewest legs; None when none answers."""
        ready = [one for one in self.config.media_workers if one not in self.lost_workers and one not in but]
        return min(ready, key=lambda worker: self.state.load.get(worker, 0), default=None)

    def ringback(self, queue: int) -> tuple[str, ...]:
        """What a caller hears while it rings for him."""
        return self.config.ringback or self.holding_music(queue)

    def holding_music(self, queue: int) -> tuple[str, ...]:
        found = self.config.queues.get(queue)
        return (found.music if found else ()) or self.config.music

"""A call centre in virtual time: the switch, its journal, telephones and media workers; nothing sleeps."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from hallom.sip.accounts import Peer
from hallom.sip.events import (
    BindingChanged,
    DialogEnded,
    InviteAnswered,
    InviteCancelled,
    InviteFailed,
    InviteReceived,
    ReferReceived,
    ReinviteReceived,
)
from hallom.sip.replaces import Replaces
from hallom.switch import effects
from hallom.switch.config import Agent, Config, Number, Queue
from hallom.switch.core import Switch
from hallom.switch.journal import KINDS, JournalEntry
from hallom.switch.messages import MediaEvent, Message, Order, Signal, WorkerReady
from hallom.switch.tests.media_world import FakeWorker
from hallom.switch.tests.sip_world import FakeEndpoint, binding, invite, rtp_sdp, webrtc_sdp
from hallom.switch.toll import Narrower, Policy, Rules, Way

ALICE, BRUNO, CELIA = 7, 8, 9
SALES = 1
NUMBER = "+3615550100"

QUEUE = Queue(
    SALES,
    "Sales",
    music=("music.wav",),
    position_prompts={"hu": {0: ("many.wav",), 1: ("first.wav",), 2: ("second.wav",)}},
    full_prompt={"hu": ("full.wav",)},
    announce_seconds=60.0,
)
CONFIG = Config(
    numbers={NUMBER: Number(1, NUMBER, "hu", SALES, ("hello.wav",), ("closed.wav",))},
    queues={SALES: QUEUE},
    agents={
        number: Agent(number, name, f"agent-{number}", {SALES: 3}, frozenset({"hu", "en"}))
        for number, name in ((ALICE, "Alice"), (BRUNO, "Bruno"), (CELIA, "Celia"))
    },
    pause_reasons=frozenset({"lunch", "coffee"}),
    media_workers=("media-0",),
    music=("music.wav",),
    recordings="/recordings",
)


TRUSTING = Policy(ways={Way.TRANSFER: Narrower()}, joins_trunks=True)
TRUSTED = Rules(nobody=TRUSTING)


def with_queue(config: Config, **changes: object) -> Config:
    return replace(config, queues={SALES: replace(config.queues[SALES], **changes)})  # type: ignore[arg-type]


class Crash(Exception):
    """`is_uncommitted`: the last message is forgotten, as if it had never come."""

    def __init__(self, is_uncommitted: bool) -> None:
        super().__init__()
        self.is_uncommitted = is_uncommitted


class World:
    def __init__(self, config: Config = CONFIG) -> None:
        self.now = 1_790_000_000.0
        self.journal: list[JournalEntry] = []
        self.endpoint = FakeEndpoint()
        self.workers = {name: FakeWorker(name) for name in config.media_workers}
        self._ids = (f"{number:026}" for number in count(1))
        self._numbers = count(1)
        self.config = config
        self.switch = Switch(config, new_id=self.new_id)
        self.bindings: dict[str, tuple[int, bool]] = {}
        self.outbox: deque[effects.Effect] = deque()
        self.points = 0
        self.crash_at = 0
        self.crashes = 0

    def new_id(self) -> str:
        return next(self._ids)

    # Running

    def tell(self, message: Message) -> None:
        self.guarded(lambda: self.switch.handle(message, self.now), again=message)

    def guarded(self, work: Callable[[], None], *, again: Message | None = None) -> None:
        """Work that a crash may cut short; what a telephone or the database repeats is handed in again."""
        try:
            work()
            self.run()
        except Crash as crash:
            self.crash()
            if crash.is_uncommitted and again is not None:
                self._repeat(again)

    def _repeat(self, message: Message) -> None:
        """An INVITE or a 200 without an answer is sent again; so is an order without a reply."""
        match message:
            case Order(id=number) if number in self.endpoint.replies:
                return
            case Signal(event=InviteReceived(invite=name)):
                if name in self.endpoint.dialled and f"dialog-{name}" not in self.endpoint.dialogs:
                    self.endpoint.pending.add(name)
            case Signal(event=InviteAnswered(dialog=dialog)):
                self.endpoint.known.add(dialog)
            case Order() | Signal(event=ReferReceived()):
                pass
            case _:
                return
        self.switch.handle(message, self.now)
        self.run()

    def run(self) -> None:
        """Commit, carry out, and hand in what comes of it, until all is quiet."""
        self.commit()
        while self.outbox:
            answer = self.carry_out(self.outbox.popleft())
            self.point(False)
            if answer is not None:
                self.switch.handle(answer, self.now)
                self.commit()

    def point(self, is_uncommitted: bool) -> None:
        """A moment at which the switch can be killed."""
        self.points += 1
        if self.points == self.crash_at:
            raise Crash(is_uncommitted)

    def commit(self) -> None:
        self.point(True)
        entries, wanted = self.switch.take()
        for entry in entries:
            missing = KINDS[entry.kind] - entry.data.keys()
            assert not missing, f"{entry.kind} lacks {missing}"
            self.journal.append(JournalEntry(**json.loads(json.dumps(entry._asdict()))))
        for effect in wanted:
            # Replies are written in the transaction of their entries.
            if isinstance(effect, effects.Reply):
                self.endpoint.carry_out(effect)
        self.outbox.extend(effect for effect in wanted if not isinstance(effect, effects.Reply))
        self.point(False)

    def carry_out(self, effect: effects.Effect) -> Message | None:
        if isinstance(effect, effects.Media):
            worker = self.workers[effect.worker]
            reply = None if worker.is_mute else worker.carry_out(effect)
            return reply if effect.reply_to else None
        return self.endpoint.carry_out(effect)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.switch.next_deadline()) is not None and due <= until:
            self.now = max(due, self.now)
            self.guarded(self.advance)
        self.now = until
        self.guarded(self.advance)

    def advance(self) -> None:
        self.switch.advance(self.now)

    # What people do

    def sign_in(self, agent: int, *, is_browser: bool = True) -> None:
        self.register(agent, f"sip:page1-{agent}@x.invalid", is_browser=is_browser)
        self.order(agent, "sign_in")

    def register(self, agent: int, contact: str, *, is_browser: bool = True) -> None:
        self.bindings[contact] = (agent, is_browser)
        self.tell(Signal(BindingChanged(binding(agent, contact, is_browser=is_browser), False)))

    def unregister(self, contact: str) -> None:
        agent, is_browser = self.bindings.pop(contact)
        self.tell(Signal(BindingChanged(binding(agent, contact, is_browser=is_browser), True)))

    def order(self, agent: int, verb: str, /, **args: object) -> effects.Reply:
        number = next(self._numbers)
        self.tell(Order(number, agent, verb, args))
        return self.endpoint.replies[number]

    def dial(self, dialled: str = NUMBER, *, sdp: str | None = "") -> str:
        """The id of the INVITE; `call_of` gives its call."""
        event = invite(next(self._numbers), dialled=dialled, sdp=sdp)
        self.endpoint.pending.add(event.invite)
        self.endpoint.dialled.add(event.invite)
        self.tell(Signal(event, {"invite": event.invite}))
        return event.invite

    def dial_from(self, agent: int, typed: str, *, sdp: str | None = "") -> str:
        """A desk phone of the agent dials by itself; the id of its INVITE."""
        event = replace(
            invite(next(self._numbers), dialled=typed, sdp=sdp), peer=Peer("account", f"agent-{agent}")
        )
        self.endpoint.pending.add(event.invite)
        self.endpoint.dialled.add(event.invite)
        self.tell(Signal(event, {"invite": event.invite}))
        return event.invite

    def call_of(self, name: str) -> str:
        """By the INVITE, also when the call is over."""
        return next(
            entry.call or ""
            for entry in self.journal
            if entry.kind in ("call.arrived", "call.placed") and entry.data["transaction"] == name
        )

    def hear_out(self) -> None:
        """Let every prompt that is playing come to its end."""
        for worker in self.workers.values():
            for player, args in list(worker.players.items()):
                if not args["loop"]:
                    del worker.players[player]
                    self.tell(MediaEvent(worker.name, "player.done", {"player": player}))

    def queue_up(self) -> str:
        name = self.dial()
        self.hear_out()
        return name

    def ringing_leg(self, agent: int) -> str:
        return next(leg for leg, effect in self.endpoint.ringing.items() if effect.aor == f"agent-{agent}")

    def pick_up(self, agent: int) -> str:
        """The leg that was answered."""
        leg = self.ringing_leg(agent)
        self.pick_up_leg(leg)
        return leg

    def pick_up_leg(self, leg: str) -> None:
        effect = self.endpoint.ringing.pop(leg)
        dialog = f"dialog-{leg}"
        self.endpoint.open(dialog)
        contact = effect.contacts[0] if effect.contacts else "sip:unknown@x.invalid"
        sdp = webrtc_sdp() if effect.kind == "webrtc" else rtp_sdp(6000)
        self.tell(Signal(InviteAnswered(leg, dialog, sdp), {"id": dialog, "target": contact}))

    def refuse(self, agent: int, status: int) -> None:
        leg = self.ringing_leg(agent)
        del self.endpoint.ringing[leg]
        self.tell(Signal(InviteFailed(leg, status, "")))

    def hang_up(self, dialog: str) -> None:
        """The telephone at the other end of this dialog sends BYE."""
        self.endpoint.dialogs.discard(dialog)
        self.endpoint.known.discard(dialog)
        self.tell(Signal(DialogEnded(dialog, True, "")))

    def customer_hangs_up(self, name: str) -> None:
        self.endpoint.dialled.discard(name)
        if name in self.endpoint.pending:
            self.endpoint.pending.discard(name)
            self.tell(Signal(InviteCancelled(name, "")))
        else:
            self.hang_up(f"dialog-{name}")

    def reinvite(self, dialog: str, sdp: str | None) -> None:
        state = {"id": dialog, "target": "sip:moved@x.invalid"}
        self.tell(Signal(ReinviteReceived(dialog, f"re-{next(self._numbers)}", sdp), state))

    def conversation(self, agent: int = ALICE) -> tuple[str, str]:
        """A customer and an agent talking: the customer's INVITE and the agent's leg."""
        if self.agent_state(agent) == "offline":
            self.sign_in(agent)
        name = self.queue_up()
        return name, self.pick_up(agent)

    def refer(self, dialog: str, target: str, *, replaces: Replaces | None = None) -> str:
        """The telephone of this dialog asks for a transfer; the id of its REFER."""
        refer = f"refer-{next(self._numbers)}"
        event = ReferReceived(dialog, refer, f"sip:{target}@hallom.invalid", replaces, None)
        self.tell(Signal(event, {"id": dialog, "refers": [refer]}))
        return refer

    def call_in(self, agent: int, replaces: Replaces, *, sdp: str | None = "") -> str:
        """A desk phone of the agent calls to take a call over; the id of its INVITE."""
        event = replace(
            invite(next(self._numbers), dialled="anybody", sdp=sdp),
            peer=Peer("account", f"agent-{agent}"),
            replaces=replaces,
        )
        self.endpoint.pending.add(event.invite)
        self.endpoint.dialled.add(event.invite)
        self.tell(Signal(event, {"invite": event.invite}))
        return event.invite

    def phone_dials(self, agent: int, number: str) -> str:
        """His desk phone calls by itself; the id of its INVITE."""
        peer = Peer("account", f"agent-{agent}")
        event = replace(invite(next(self._numbers), dialled=number), peer=peer)
        self.endpoint.pending.add(event.invite)
        self.endpoint.dialled.add(event.invite)
        self.tell(Signal(event, {"invite": event.invite}))
        return event.invite

    # Crashes

    def crash(self) -> None:
        """The switch dies: what was not committed is lost, and so is what was not carried out."""
        self.crash_at = 0
        self.crashes += 1
        self.outbox.clear()
        self.endpoint.crash()
        self.switch = Switch.replay(self.config, self.journal, new_id=self.new_id)
        for contact, (agent, is_browser) in self.bindings.items():
            event = BindingChanged(binding(agent, contact, is_browser=is_browser), False)
            self.switch.handle(Signal(event), self.now)
        self.switch.resume(self.now, {name: one.inventory() for name, one in self.workers.items()})
        self.run()

    def replayed(self) -> Switch:
        return Switch.replay(self.config, self.journal, new_id=self.new_id)

    def kill_worker(self, name: str) -> None:
        self.workers[name].die()
        self.tell(WorkerReady(name, self.workers[name].inventory()))

    # Questions

    def agent_state(self, agent: int) -> str:
        found = self.switch.state.router.agents.get(agent)
        return str(found.state) if found else "offline"

    def agent_reason(self, agent: int) -> str:
        return self.switch.state.router.agents[agent].reason

    def call_state(self, name: str) -> str:
        call = self.switch.state.calls.get(self.call_of(name))
        return str(call.state) if call else "ended"

    def hears(self, leg: str) -> set[str]:
        """Names of legs, and files of players, that reach this leg."""
        heard: set[str] = set()
        for worker in self.workers.values():
            for source in worker.heard_by(leg):
                player = worker.players.get(source)
                heard |= set(player["files"]) if player else {source}
        return heard

    def kinds(self, name: str) -> list[str]:
        call = self.call_of(name)
        return [entry.kind for entry in self.journal if entry.call == call]

    def entries(self, kind: str) -> list[JournalEntry]:
        return [entry for entry in self.journal if entry.kind == kind]

    @property
    def complaints(self) -> list[str]:
        return [complaint for worker in self.workers.values() for complaint in worker.complaints]

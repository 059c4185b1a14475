"""Whatever callers, agents, networks and crashes do, in whatever order: nobody is lost, doubled or left in silence."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hallom.sip.events import (
    DialogEnded,
    InviteAnswered,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
)
from hallom.sip.replaces import Replaces
from hallom.switch import sound
from hallom.switch.call import WITH_AGENT, Call, CallState, call_of
from hallom.switch.config import Number, Queue
from hallom.switch.leg import LegState
from hallom.switch.messages import (
    DialRefused,
    Limited,
    MediaEvent,
    Message,
    Signal,
    WorkerLost,
    WorkerReady,
)
from hallom.switch.tests.sip_world import rtp_sdp, webrtc_sdp
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, CONFIG, NUMBER, SALES, TRUSTING, World
from hallom.switch.toll import Rules

DESK = 2
# The one has room for a single caller, the other for nobody.
SMALL, FULL = 3, 4
SMALL_NUMBER, FULL_NUMBER = "+3615550103", "+3615550104"
PROMISE_ENDS = ("promise.kept", "promise.refused", "promise.expired")
AGENTS = st.sampled_from([ALICE, BRUNO, CELIA])
VERBS = st.sampled_from(
    [
        "hold",
        "retrieve",
        "hang_up",
        "pause_recording",
        "resume_recording",
        "sign_out",
        "finish_wrap_up",
        "sign_in",
    ]
)
DESTINATIONS = st.sampled_from(
    [
        "agent:7",
        "agent:8",
        "agent:9",
        "queue:1",
        "queue:2",
        f"queue:{SMALL}",
        f"greeting:{NUMBER}",
        f"greeting:{SMALL_NUMBER}",
        f"greeting:{FULL_NUMBER}",
        "outside:+36301234567",
        "outside:112",
    ]
)
STAFF = {
    number: replace(one, queues=dict.fromkeys((SALES, DESK, SMALL, FULL), 3))
    for number, one in CONFIG.agents.items()
}
TWO_WORKERS = replace(
    CONFIG,
    media_workers=("media-0", "media-1"),
    queues={
        SALES: CONFIG.queues[SALES],
        DESK: Queue(DESK, "Switchboard"),
        SMALL: Queue(SMALL, "Small", max_waiting=1, full_prompt={"hu": ("full.wav",)}),
        FULL: Queue(FULL, "Full", max_waiting=0),
    },
    numbers={
        **CONFIG.numbers,
        SMALL_NUMBER: Number(2, SMALL_NUMBER, "hu", SMALL, ("small.wav",)),
        FULL_NUMBER: Number(3, FULL_NUMBER, "hu", FULL, ("full-hello.wav",)),
    },
    agents=STAFF,
    switchboard=DESK,
    # One of them may join two trunks, the others may not.
    rules=Rules(policies={"trusting": TRUSTING}, by_agent={ALICE: "trusting"}),
)
SHORT_STAFFED = replace(TWO_WORKERS, agents={ALICE: STAFF[ALICE], CELIA: STAFF[CELIA]})


class RecordingWorld(World):
    """Remembers what it was told, so that it can be told again."""

    def __init__(self) -> None:
        super().__init__(TWO_WORKERS)
        self.told: list[Message] = []

    def tell(self, message: Message) -> None:
        if isinstance(message, Signal | MediaEvent):
            self.told.append(message)
        super().tell(message)


class CallCentre(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = RecordingWorld()
        self.customers: list[str] = []
        self.pages = 0
        self.past_legs: list[str] = []

    @initialize(agents=st.lists(AGENTS, min_size=2, unique=True))
    def the_shift_begins(self, agents: list[int]) -> None:
        for agent in agents:
            self.a_phone_registers(agent, agent != BRUNO, True)

    # Customers

    @rule(seconds=st.sampled_from([0.0, 1.0]))
    def a_conversation_begins(self, seconds: float) -> None:
        self.customers.append(self.world.dial())
        self.world.hear_out()
        for leg in sorted(self.world.endpoint.ringing)[:1]:
            self.world.wait(seconds)
            if leg in self.world.endpoint.ringing:
                self.world.pick_up_leg(leg)

    @rule(ends=st.booleans())
    def dial(self, ends: bool) -> None:
        self.customers.append(self.world.dial())
        if ends:
            self.world.hear_out()

    @rule()
    def prompts_end(self) -> None:
        self.world.hear_out()

    @precondition(lambda self: self.customers)
    @rule(data=st.data())
    def customer_hangs_up(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.customers))
        self.customers.remove(name)
        self.world.customer_hangs_up(name)

    # Agents

    @rule(agent=AGENTS, is_browser=st.booleans(), signs_in=st.booleans())
    def a_phone_registers(self, agent: int, is_browser: bool, signs_in: bool) -> None:
        self.pages += 1
        self.world.register(agent, f"sip:page{self.pages}-{agent}@x.invalid", is_browser=is_browser)
        if signs_in:
            self.world.order(agent, "sign_in")

    @precondition(lambda self: self.world.bindings)
    @rule(data=st.data(), comes_back=st.booleans())
    def a_phone_goes(self, data: st.DataObject, comes_back: bool) -> None:
        contact = data.draw(st.sampled_from(sorted(self.world.bindings)))
        agent, is_browser = self.world.bindings[contact]
        self.world.unregister(contact)
        if comes_back:
            self.world.register(agent, contact, is_browser=is_browser)

    @precondition(lambda self: any(self.world.switch.state.router.agents))
    @rule(data=st.data())
    def an_agent_reloads_his_page(self, data: st.DataObject) -> None:
        busy = [agent for agent in (ALICE, CELIA) if self.world.agent_state(agent) == "talking"]
        mine = [contact for contact, (agent, _) in self.world.bindings.items() if agent in busy]
        for contact in mine[:1]:
            agent, is_browser = self.world.bindings[contact]
            self.world.unregister(contact)
            self.world.wait(data.draw(st.sampled_from([0.5, 5.0, 31.0])))
            self.a_phone_registers(agent, is_browser, False)
            if self.world.endpoint.ringing:
                self.world.pick_up_leg(sorted(self.world.endpoint.ringing)[0])

    @precondition(lambda self: self.world.endpoint.ringing)
    @rule(data=st.data())
    def pick_up(self, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(sorted(self.world.endpoint.ringing)))
        self.past_legs.append(leg)
        self.world.pick_up_leg(leg)

    @precondition(lambda self: self.world.endpoint.ringing)
    @rule(data=st.data(), status=st.sampled_from([408, 480, 486, 503, 603]))
    def refuse(self, data: st.DataObject, status: int) -> None:
        leg = data.draw(st.sampled_from(sorted(self.world.endpoint.ringing)))
        self.past_legs.append(leg)
        agent = int(self.world.endpoint.ringing[leg].aor.removeprefix("agent-"))
        self.world.refuse(agent, status)

    @precondition(lambda self: self.past_legs)
    @rule(data=st.data())
    def answer_late(self, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.past_legs))
        dialog = f"dialog-late-{leg}"
        self.world.endpoint.open(dialog)
        self.world.tell(Signal(InviteAnswered(leg, dialog, webrtc_sdp()), {"id": dialog}))

    @precondition(lambda self: self.world.switch.state.calls)
    @rule(agent=AGENTS, verb=VERBS, data=st.data())
    def order(self, agent: int, verb: str, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(sorted(self.world.switch.state.calls)))
        self.world.order(agent, verb, call=call)

    @precondition(lambda self: self.talking())
    @rule(
        verb=st.sampled_from(
            ["hold", "retrieve", "hold", "hang_up", "pause_recording", "resume_recording", "sign_out"]
        ),
        data=st.data(),
    )
    def order_in_conversation(self, verb: str, data: st.DataObject) -> None:
        call, agent = data.draw(st.sampled_from(self.talking()))
        self.world.order(agent, verb, call=call)

    @rule(agent=AGENTS, data=st.data(), way=st.sampled_from(["order", "telephone"]))
    @precondition(lambda self: self.world.switch.state.calls)
    def press_keys(self, agent: int, data: st.DataObject, way: str) -> None:
        call = data.draw(st.sampled_from(sorted(self.world.switch.state.calls)))
        if way == "order":
            self.world.order(agent, "digits", call=call, digits="1,2#")
        else:
            self.world.tell(MediaEvent("media-0", "dtmf", {"leg": f"{call}-2", "digit": "5"}))
        assert "1,2#" not in str(self.world.journal[-3:])

    @precondition(lambda self: self.talking())
    @rule(to=DESTINATIONS, data=st.data(), answers=st.booleans())
    def transfer(self, to: str, data: st.DataObject, answers: bool) -> None:
        call, agent = data.draw(st.sampled_from(self.talking()))
        before = self.called()
        self.world.order(agent, "transfer", call=call, to=to)
        if answers:
            self.answer_since(before)

    @precondition(lambda self: self.talking())
    @rule(to=DESTINATIONS, data=st.data(), answers=st.booleans())
    def consult(self, to: str, data: st.DataObject, answers: bool) -> None:
        call, agent = data.draw(st.sampled_from(self.talking()))
        before = self.called()
        self.world.order(agent, "consult", call=call, to=to)
        if answers:
            self.answer_since(before)

    @precondition(lambda self: self.talking())
    @rule(
        to=st.sampled_from(
            ["queue:1", "queue:2", f"queue:{SMALL}", f"greeting:{NUMBER}", f"greeting:{SMALL_NUMBER}"]
        ),
        data=st.data(),
        hears_out=st.booleans(),
        answers=st.booleans(),
        verb=st.sampled_from(["", "swap", "join", "complete", "cancel_consult", "hang_up"]),
        seconds=st.sampled_from([0.0, 15.0, 301.0]),
    )
    def announce_to_a_queue(
        self, to: str, data: st.DataObject, hears_out: bool, answers: bool, verb: str, seconds: float
    ) -> None:
        call, agent = data.draw(st.sampled_from(self.talking()))
        before = self.called()
        self.world.order(agent, "consult", call=call, to=to)
        if hears_out:
            self.world.hear_out()
        self.world.wait(seconds)
        if answers:
            self.answer_since(before)
        if verb:
            self.world.order(agent, verb, call=call)

    @precondition(lambda self: self.consulting())
    @rule(data=st.data(), verb=st.sampled_from(["swap", "join", "complete", "leave", "cancel_consult"]))
    def consult_on(self, data: st.DataObject, verb: str) -> None:
        call, agent = data.draw(st.sampled_from(self.consulting()))
        self.world.order(agent, verb, call=call)

    @precondition(lambda self: self.talking())
    @rule(to=DESTINATIONS, data=st.data(), verb=st.sampled_from(["swap", "join", "complete"]))
    def consult_to_the_end(self, to: str, data: st.DataObject, verb: str) -> None:
        self.consult(to, data, True)
        for call, agent in self.consulting()[:1]:
            self.world.order(agent, verb, call=call)

    def consulting(self) -> list[tuple[str, int]]:
        calls = self.world.switch.state.calls.values()
        return sorted((call.id, agent) for call in calls if call.consult for agent in call.agents)

    @precondition(lambda self: self.talking())
    @rule(data=st.data(), place=st.sampled_from([None, 1, 2]))
    def park(self, data: st.DataObject, place: int | None) -> None:
        call, agent = data.draw(st.sampled_from(self.talking()))
        self.world.order(agent, "park", call=call, place=place)

    @rule(agent=AGENTS, place=st.sampled_from([1, 2]), answers=st.booleans())
    def fetch(self, agent: int, place: int, answers: bool) -> None:
        before = self.called()
        self.world.order(agent, "retrieve", place=place)
        if answers:
            self.answer_since(before)

    @rule(agent=AGENTS, data=st.data())
    def pick_up_for_a_colleague(self, agent: int, data: st.DataObject) -> None:
        calls = sorted(self.world.switch.state.calls)
        args = [{"agent": ALICE}, {"agent": BRUNO}, {}] + [{"call": call} for call in calls]
        self.world.order(agent, "pickup", **data.draw(st.sampled_from(args)))

    @precondition(lambda self: self.busy())
    @rule(
        agent=AGENTS,
        verb=st.sampled_from(["listen", "whisper", "barge", "take_over", "take_over"]),
        data=st.data(),
        answers=st.booleans(),
    )
    def supervise(self, agent: int, verb: str, data: st.DataObject, answers: bool) -> None:
        before = self.called()
        self.world.order(agent, verb, call=data.draw(st.sampled_from(self.busy()))[0])
        if answers:
            self.answer_since(before)

    @rule(agent=AGENTS, when=st.sampled_from(["always", "busy", "no_answer"]), to=DESTINATIONS | st.just(""))
    def divert(self, agent: int, when: str, to: str) -> None:
        self.world.order(agent, "divert", when=when, to=to)

    @rule(agent=AGENTS, on=st.booleans())
    def do_not_disturb(self, agent: int, on: bool) -> None:
        self.world.order(agent, "do_not_disturb", on=on)

    @precondition(lambda self: self.busy())
    @rule(
        owner=AGENTS,
        kind=st.sampled_from(["connect", "call_customer", "call_me"]),
        data=st.data(),
        seconds=st.sampled_from([5, 300]),
    )
    def promise(self, owner: int, kind: str, data: st.DataObject, seconds: int) -> None:
        call, agent = data.draw(st.sampled_from(self.busy()))
        self.world.order(agent, "promise", kind=kind, agent=owner, call=call, seconds=seconds)

    @rule(agent=AGENTS, verb=st.sampled_from(["keep_promise", "refuse_promise"]), data=st.data())
    def promise_ends(self, agent: int, verb: str, data: st.DataObject) -> None:
        made = [one.id for desk in self.world.switch.state.desks.values() for one in desk.promises]
        if made:
            self.world.order(agent, verb, promise=data.draw(st.sampled_from(sorted(made))))

    @rule(
        agent=AGENTS,
        to=st.sampled_from(["agent:7", "agent:8", "queue:1", "outside:+36301234567"]),
        answers=st.booleans(),
    )
    def call_out(self, agent: int, to: str, answers: bool) -> None:
        before = self.called()
        self.world.order(agent, "dial", to=to)
        for _ in range(2 if answers else 0):
            # His own telephone, then the other side.
            self.answer_since(before)

    @rule(agent=AGENTS, typed=st.sampled_from(["agent-7", "agent-8", "112", "+36301234567"]))
    def a_desk_phone_dials(self, agent: int, typed: str) -> None:
        self.customers.append(self.world.dial_from(agent, typed))

    # Desk phones by their own keys

    @precondition(lambda self: self.world.switch.state.dialogs)
    @rule(
        data=st.data(), to=st.sampled_from(["agent-7", "agent-9", "queue-2", "place-1", "+36301234567", "x"])
    )
    def a_telephone_transfers(self, data: st.DataObject, to: str) -> None:
        dialogs = sorted(self.world.switch.state.dialogs)
        calls = self.world.switch.state.calls.values()
        # Customers may not: what they ask for is seldom tried.
        own = [
            leg.dialog for call in calls for leg in call.legs.values() if leg.agent and leg.dialog in dialogs
        ]
        dialog = data.draw(st.sampled_from([*(sorted(filter(None, own)) * 4), *dialogs]))
        other = data.draw(st.sampled_from(["", "", "", *dialogs]))
        replaces = Replaces("c", "a", "b", dialog=other) if other else None
        self.world.refer(dialog, to, replaces=replaces)

    @precondition(lambda self: self.talking())
    @rule(
        data=st.data(),
        typed=st.sampled_from(["agent-7", "agent-8", "agent-9", "+36301234567", "queue-2", NUMBER]),
        answers=st.booleans(),
        transfers=st.booleans(),
    )
    def a_telephone_asks_by_its_second_call(
        self, data: st.DataObject, typed: str, answers: bool, transfers: bool
    ) -> None:
        name, agent = data.draw(st.sampled_from(self.talking()))
        before = self.called()
        self.customers.append(self.world.dial_from(agent, typed))
        if answers:
            self.answer_since(before)
        call = self.world.switch.state.calls.get(name)
        own = call.legs.get(call.consult.own_leg or "") if call and call.consult else None
        if transfers and call and own and own.dialog and call.agents_leg and call.agents_leg.dialog:
            self.world.refer(
                call.agents_leg.dialog, typed, replaces=Replaces("c", "a", "b", dialog=own.dialog)
            )

    @rule(agent=AGENTS, data=st.data())
    def a_telephone_takes_a_call_over(self, agent: int, data: st.DataObject) -> None:
        rung = [
            Replaces("c", "a", "b", dialog="d", invite=leg) for leg in sorted(self.world.endpoint.ringing)
        ]
        talked = [Replaces("c", "a", "b", dialog=one) for one in sorted(self.world.switch.state.dialogs)]
        if rung or talked:
            self.customers.append(self.world.call_in(agent, data.draw(st.sampled_from(rung + talked))))

    @precondition(lambda self: self.world.endpoint.ringing)
    @rule(data=st.data(), to=st.sampled_from(["agent-7", "agent-9", "queue-2", "+36301234567", "x"]))
    def a_telephone_is_diverted(self, data: st.DataObject, to: str) -> None:
        leg = data.draw(st.sampled_from(sorted(self.world.endpoint.ringing)))
        del self.world.endpoint.ringing[leg]
        self.world.tell(Signal(InviteFailed(leg, 302, "", (f"sip:{to}@x.invalid",))))

    @precondition(lambda self: self.world.endpoint.dials)
    @rule(data=st.data(), what=st.sampled_from(["rings", "plays", "silent", "refused", "limited"]))
    def outside_says(self, data: st.DataObject, what: str) -> None:
        leg = data.draw(st.sampled_from(sorted(self.world.endpoint.dials)))
        match what:
            case "rings":
                self.world.tell(Signal(ProgressReceived(leg, 180, "", None)))
            case "plays":
                self.world.tell(Signal(ProgressReceived(leg, 183, "", rtp_sdp(6300))))
                self.world.tell(MediaEvent("media-0", "leg.up", {"leg": leg.partition(".")[0]}))
            case "silent":
                event = {"leg": leg.partition(".")[0], "seconds": 5}
                self.world.tell(MediaEvent("media-0", "leg.silent", event))
            case "refused":
                del self.world.endpoint.dials[leg]
                self.world.tell(DialRefused(leg, "country_refused"))
            case "limited":
                self.world.tell(Limited(leg, self.world.now + 40))

    def talking(self) -> list[tuple[str, int]]:
        """Conversations, of which something can be made, before calls in any other state."""
        calls = self.world.switch.state.calls
        found = [one for one in self.busy() if calls[one[0]].state in (CallState.TALKING, CallState.HELD)]
        return found or self.busy()

    def busy(self) -> list[tuple[str, int]]:
        calls = self.world.switch.state.calls.values()
        return sorted((call.id, call.agent) for call in calls if call.agent is not None)

    def called(self) -> set[str]:
        """Legs whose telephones ring, in the house or outside."""
        return {*self.world.endpoint.ringing, *self.world.endpoint.dials}

    def answer_since(self, before: set[str]) -> None:
        """One of those that ring by now and did not before is picked up."""
        for leg in sorted(self.called() - before)[:1]:
            if leg in self.world.endpoint.ringing:
                self.past_legs.append(leg)
                self.world.pick_up_leg(leg)
            else:
                self.outside_answers(leg)

    @precondition(lambda self: self.world.endpoint.dials)
    @rule(data=st.data(), status=st.sampled_from([200, 403, 404, 486, 503]))
    def outside_reacts(self, data: st.DataObject, status: int) -> None:
        leg = data.draw(st.sampled_from(sorted(self.world.endpoint.dials)))
        if status == 200:
            self.outside_answers(leg)
            return
        del self.world.endpoint.dials[leg]
        self.past_legs.append(leg)
        self.world.tell(Signal(InviteFailed(leg, status, "")))

    def outside_answers(self, leg: str) -> None:
        del self.world.endpoint.dials[leg]
        self.past_legs.append(leg)
        dialog = f"dialog-{leg}"
        self.world.endpoint.open(dialog)
        self.world.tell(Signal(InviteAnswered(leg, dialog, rtp_sdp(6200)), {"id": dialog}))

    @rule(agent=AGENTS, state=st.sampled_from(["available", "available", "paused", "offline"]))
    def set_state(self, agent: int, state: str) -> None:
        self.world.order(agent, "set_state", state=state, reason="lunch")

    @precondition(lambda self: self.world.switch.state.router.offers)
    @rule(agent=AGENTS, data=st.data())
    def reject(self, agent: int, data: st.DataObject) -> None:
        offer = data.draw(st.sampled_from(sorted(self.world.switch.state.router.offers)))
        self.world.order(agent, "reject", offer=offer)

    # Networks

    @precondition(lambda self: self.world.endpoint.dialogs)
    @rule(data=st.data(), what=st.sampled_from(["bye", "breaks", "hold", "resume", "refresh", "rubbish"]))
    def something_in_a_dialog(self, data: st.DataObject, what: str) -> None:
        dialog = data.draw(st.sampled_from(sorted(self.world.endpoint.dialogs)))
        if what == "bye":
            self.world.hang_up(dialog)
        elif what == "breaks":
            self.world.endpoint.dialogs.discard(dialog)
            self.world.tell(Signal(DialogEnded(dialog, False, "timeout")))
        else:
            sdp = {"hold": rtp_sdp(6000, "sendonly"), "resume": rtp_sdp(6001), "rubbish": "x"}.get(what)
            self.world.reinvite(dialog, sdp)

    @rule(data=st.data())
    def somebody_is_silent(self, data: st.DataObject) -> None:
        legs = sorted(leg for call in self.world.switch.state.calls.values() for leg in call.legs)
        if legs:
            event = {"leg": data.draw(st.sampled_from(legs)), "seconds": data.draw(st.sampled_from([5, 30]))}
            self.world.tell(MediaEvent("media-0", "leg.silent", event))

    @rule(data=st.data(), name=st.sampled_from(["leg.gap", "leg.heard"]))
    def somebody_breaks_off(self, data: st.DataObject, name: str) -> None:
        legs = sorted(leg for call in self.world.switch.state.calls.values() for leg in call.legs)
        if legs:
            event = {"leg": data.draw(st.sampled_from(legs))}
            self.world.tell(MediaEvent("media-0", name, event))

    @precondition(lambda self: self.world.told)
    @rule(data=st.data())
    def told_twice(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.world.told[-20:]))
        if not _is_registration(message) and not self.is_past(message):
            super(RecordingWorld, self.world).tell(message)

    def is_past(self, message: Message) -> bool:
        """Nobody repeats an INVITE whose call is over; it would be a call without a telephone."""
        event = message.event if isinstance(message, Signal) else None
        return isinstance(event, InviteReceived) and event.invite not in self.world.switch.state.transactions

    @rule(seconds=st.sampled_from([0.1, 3.0, 10.0, 31.0, 65.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.wait(seconds)

    # Crashes

    @rule()
    def the_switch_dies(self) -> None:
        self.world.crash()

    @rule(points=st.integers(1, 12))
    def the_switch_will_die(self, points: int) -> None:
        self.world.crash_at = self.world.points + points

    @rule(worker=st.sampled_from(["media-0", "media-1"]), answers=st.booleans())
    def a_worker_dies(self, worker: str, answers: bool) -> None:
        self.world.kill_worker(worker)
        if answers:
            self.pages_answer()

    @rule(worker=st.sampled_from(["media-0", "media-1"]), seconds=st.sampled_from([0.5, 1.5, 12.0]))
    def a_worker_stays_away(self, worker: str, seconds: float) -> None:
        one = self.world.workers[worker]
        one.die()
        one.is_mute = True
        self.world.tell(WorkerLost(worker))
        self.world.wait(seconds)
        one.is_mute = False
        self.world.tell(WorkerReady(worker, one.inventory()))

    @precondition(lambda self: self.world.endpoint.ringing)
    @rule()
    def pages_answer(self) -> None:
        """Those that are rung back into their calls answer by themselves."""
        for leg, one in sorted(self.world.endpoint.ringing.items()):
            if "X-Hallom-Resume" in one.headers and leg in self.world.endpoint.ringing:
                self.past_legs.append(leg)
                self.world.pick_up_leg(leg)

    @rule(
        pair=st.sampled_from([(ALICE, CELIA), (CELIA, ALICE), (ALICE, BRUNO)]),
        points=st.integers(0, 12),
        answers=st.booleans(),
    )
    def colleagues_talk_and_their_worker_dies(
        self, pair: tuple[int, int], points: int, answers: bool
    ) -> None:
        """The switch too, or not, at any moment of it."""
        before = set(self.world.switch.state.calls)
        self.call_out(pair[0], f"agent:{pair[1]}", True)
        self.the_newest_calls_worker_dies(before, points, answers)

    @precondition(lambda self: self.talking())
    @rule(
        data=st.data(),
        to=st.sampled_from(["agent:7", "agent:8", "agent:9", "outside:+36301234567", "queue:2"]),
        verb=st.sampled_from(["", "", "swap", "join"]),
        points=st.integers(0, 12),
        answers=st.booleans(),
    )
    def a_consultations_worker_dies(
        self, data: st.DataObject, to: str, verb: str, points: int, answers: bool
    ) -> None:
        call, agent = data.draw(st.sampled_from(self.talking()))
        before = self.called()
        self.world.order(agent, "consult", call=call, to=to)
        if data.draw(st.booleans()):
            self.answer_since(before)
        if verb:
            self.world.order(agent, verb, call=call)
        self.the_newest_calls_worker_dies(set(self.world.switch.state.calls) - {call}, points, answers)

    def the_newest_calls_worker_dies(self, but: set[str], points: int, answers: bool) -> None:
        calls = self.world.switch.state.calls
        for name in sorted(calls.keys() - but)[-1:]:
            if points:
                self.world.crash_at = self.world.points + points
            self.world.kill_worker(calls[name].worker)
            if answers:
                self.pages_answer()

    @rule(config=st.sampled_from([TWO_WORKERS, SHORT_STAFFED]))
    def the_office_changes(self, config: object) -> None:
        self.world.config = config  # type: ignore[assignment]
        self.world.guarded(lambda: self.world.switch.configure(self.world.config, self.world.now))

    # What always holds

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        state = self.world.switch.state
        served = [
            one
            for call in state.calls.values()
            for one in call.agents
            if call.state in WITH_AGENT or (one == call.placer and not call.has_left)
        ]
        rung = [call.ringing.agent for call in state.calls.values() if call.ringing]
        rung += [call.watch.by for call in state.calls.values() if call.watch and not call.watch.is_up]
        people = [agent for agent in served + rung if agent is not None]
        assert max(Counter(people).values(), default=0) <= 1
        for worker in self.world.workers.values():
            pairs = {(call_of(source), call_of(heard)) for source, heard in worker.edges}
            assert all(one == other for one, other in pairs)

    @invariant()
    def nobody_is_left_in_silence(self) -> None:
        for call in self.world.switch.state.calls.values():
            if call.state in (CallState.ARRIVING, CallState.PLACING, CallState.ENDING):
                # Nobody has been answered yet, or everybody has gone.
                assert not [leg for leg in call.legs.values() if leg.state is LegState.UP], call.state
                continue
            if call.state is CallState.DIALLING:
                # The other side is not there yet; who called hears it ring.
                own = call.agents_leg
                assert own is not None
                assert self.world.hears(own.id)
                # Both at once are bridged; unless who called gave up, which a crash kept from the switch.
                has_given_up = own.transaction and own.transaction not in self.world.endpoint.dialled
                assert call.customer.state is not LegState.UP or has_given_up
                continue
            assert self.world.hears(call.customer.id), call.state
            if call.state is CallState.TALKING:
                watch = call.watch
                others = {watch.leg} if watch is not None and watch.is_up else set()
                at_customer, at_agent = (
                    self.world.hears(leg) for leg in (call.customer.id, call.agent_leg or "")
                )
                assert at_customer - (others if watch and watch.mode == "barge" else set()) == {
                    call.agent_leg
                }
                assert at_agent - others == {call.customer.id}

    @invariant()
    def who_is_asked_something_is_not_left_in_silence_either(self) -> None:
        for call in self.world.switch.state.calls.values():
            if call.state in (CallState.CONSULTING, CallState.CONFERENCE):
                assert call.consult is not None
                is_let_in = call.consult.is_let_in and call.due["consult"] > self.world.now
                assert call.consult.leg is not None or call.ringing is not None or is_let_in
                # Who asks by a second call of his telephone has put the first on hold himself.
                turns_to_him = call.state is CallState.CONSULTING and not call.consult.is_facing_customer
                asks = call.consult.own_leg if turns_to_him else None
                for name in (asks or call.agent_leg, call.consult.leg):
                    assert not name or self.world.hears(name), name
            else:
                assert call.consult is None or call.state is CallState.ENDING

    @invariant()
    def whoever_is_asked_hears_the_customer_in_a_conference_alone(self) -> None:
        for call in self.world.switch.state.calls.values():
            if call.state not in (CallState.CONSULTING, CallState.CONFERENCE) or call.consult is None:
                continue
            parties = {call.customer.id, call.agent_leg or "", call.consult.leg or ""}
            heard = {name: self.world.hears(name) & parties for name in parties}
            if call.state is CallState.CONFERENCE:
                assert heard == {name: parties - {name} for name in parties}
            elif call.consult.leg is not None:
                assert call.consult.leg not in heard[call.customer.id]
                assert call.customer.id not in heard[call.consult.leg]

    @invariant()
    def whoever_waits_hears_nobody_speak(self) -> None:
        spoken = {CallState.TALKING, CallState.DIALLING, CallState.CONSULTING, CallState.CONFERENCE}
        for call in self.world.switch.state.calls.values():
            if call.state not in spoken and call.legs:
                heard = self.world.hears(call.customer.id) & call.legs.keys()
                assert not heard - self.early(call), call.state

    @invariant()
    def before_somebody_outside_answers_he_hears_nobody(self) -> None:
        for call in self.world.switch.state.calls.values():
            for name in self.early(call):
                assert not self.world.hears(name), call.state

    def early(self, call: Call) -> set[str]:
        """Who rings outside and plays something meanwhile."""
        return {
            leg.id
            for leg in call.legs.values()
            if leg.is_heard_early and leg.sdp and leg.state is LegState.OPENED
        }

    @invariant()
    def nobody_who_was_sent_to_a_full_queue_is_let_go(self) -> None:
        within = {
            one.call for one in self.world.entries("call.placed") if one.data["direction"] == "internal"
        }
        for entry in self.world.entries("call.ending"):
            assert entry.data["cause"] != "queue_full" or entry.call in within

    @invariant()
    def a_replay_gives_the_same_state_after_every_step(self) -> None:
        assert self.world.replayed().state == self.world.switch.state

    @invariant()
    def everybody_parked_has_a_place_of_his_own_and_a_time(self) -> None:
        parked = [one for one in self.world.switch.state.calls.values() if one.state is CallState.PARKED]
        places = [call.parking.place for call in parked if call.parking is not None]
        assert len(set(places)) == len(parked)
        for call in parked:
            assert call.ringing is not None or call.due["park"] > self.world.now

    @invariant()
    def every_promise_is_open_or_has_ended_once(self) -> None:
        made = [entry.data["id"] for entry in self.world.entries("promise.made")]
        open_ones = [one.id for desk in self.world.switch.state.desks.values() for one in desk.promises]
        ended = [entry.data["promise"] for kind in PROMISE_ENDS for entry in self.world.entries(kind)]
        assert sorted(made) == sorted(open_ones + ended)
        assert all(entry.data["reason"] for entry in self.world.entries("promise.refused"))

    @invariant()
    def a_caller_on_his_way_rings_somewhere_and_not_for_ever(self) -> None:
        for call in self.world.switch.state.calls.values():
            if call.state is CallState.TRANSFERRING:
                assert call.ringing is not None
                assert call.due["offer"] > self.world.now
            assert call.transfer is None or call.state not in WITH_AGENT

    @invariant()
    def no_agent_is_stuck(self) -> None:
        state = self.world.switch.state
        for agent in state.router.agents.values():
            call = state.calls.get(agent.call or "")
            match str(agent.state):
                case "offered":
                    assert call is not None
                    if call.watch is not None and call.watch.by == agent.id:
                        assert call.due["watch"] > self.world.now
                        continue
                    assert call.ringing is not None
                    assert call.ringing.agent == agent.id
                    assert call.due["offer"] > self.world.now
                case "talking":
                    assert call is not None
                    assert agent.id in call.agents
                    assert call.state in WITH_AGENT or call.placer == agent.id
                case "wrap_up":
                    assert agent.until is not None
                    assert agent.until > self.world.now

    @invariant()
    def nobody_idle_while_somebody_waits(self) -> None:
        router = self.world.switch.state.router
        idle = [agent.id for agent in router.agents.values() if agent.state == "available"]
        for caller in router.waiting.values():
            assert caller.offer or set(idle) <= caller.passed.keys()

    @invariant()
    def whoever_stands_in_a_line_waits_there_or_asks_there_and_nobody_else(self) -> None:
        state = self.world.switch.state
        standing = {
            call.id: call.consult.queue if call.consult else call.queue
            for call in state.calls.values()
            if call.state is CallState.QUEUED
            or (call.consult is not None and call.consult.is_let_in and call.consult.queue is not None)
        }
        assert standing == {one.call: one.queue for one in state.router.waiting.values()}

    @invariant()
    def the_workers_hold_what_the_calls_need(self) -> None:
        wanted = [sound.wanted(call) for call in self.world.switch.state.calls.values()]
        for name, worker in self.world.workers.items():
            assert set(worker.legs) == _of(wanted, "wires", name)
            assert set(worker.players) - _done(self.world) == _of(wanted, "players", name) - _done(self.world)
            assert set(worker.recorders) == _of(wanted, "recorders", name)

    @invariant()
    def every_call_has_at_most_one_end_and_nothing_after_it(self) -> None:
        ended: set[str | None] = set()
        for entry in self.world.journal:
            assert entry.call is None or entry.call not in ended, entry
            if entry.kind == "call.ended":
                ended.add(entry.call)
        assert not ended & set(self.world.switch.state.calls)

    @invariant()
    def the_load_is_counted_right(self) -> None:
        state = self.world.switch.state
        legs = [leg for call in state.calls.values() for leg in call.legs.values()]
        counted = Counter(leg.worker for leg in legs if leg.state is not LegState.ENDED)
        assert counted == +Counter(state.load)

    def teardown(self) -> None:
        world = self.world
        world.crash_at = 0
        assert world.replayed().state == world.switch.state
        for name in self.customers:
            world.customer_hangs_up(name)
        for call in list(world.switch.state.calls.values()):
            # Colleagues who talk to each other do so until somebody hangs up.
            if call.placing is not None and call.legs and call.customer.dialog is not None:
                world.hang_up(call.customer.dialog)
        for call in list(world.switch.state.calls.values()):
            # One whose BYE was lost in a crash is found out by his silence.
            world.tell(MediaEvent("media-0", "leg.silent", {"leg": call.customer.id, "seconds": 30}))
        world.wait(600)
        assert not world.switch.state.calls
        assert not [one for desk in world.switch.state.desks.values() for one in desk.promises]
        ends = Counter(entry.call for entry in world.entries("call.ended"))
        began = world.entries("call.arrived") + world.entries("call.placed")
        assert ends == Counter(entry.call for entry in began)
        assert {str(agent.state) for agent in world.switch.state.router.agents.values()} <= {
            "offline",
            "available",
            "paused",
        }
        assert world.replayed().state == world.switch.state


def _is_registration(message: Message) -> bool:
    """An old one repeated would be a telephone that nobody has."""
    return isinstance(message, Signal) and hasattr(message.event, "binding")


def _of(wanted: list[sound.Sound], part: str, worker: str) -> set[str]:
    return {name for one in wanted for name, it in getattr(one, part).items() if it.worker == worker}


def _done(world: World) -> set[str]:
    """Prompts that have ended by themselves while their end was not told yet."""
    players = [
        player
        for call in world.switch.state.calls.values()
        for player in (call.player, call.consult.tone if call.consult else None)
    ]
    return {player.id for player in players if player is not None and not player.loop}


TestCallCentre = CallCentre.TestCase
TestCallCentre.settings = settings(
    max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)

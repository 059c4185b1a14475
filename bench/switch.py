"""What one queued call costs the switch core alone: no SIP, no media, no database."""

from __future__ import annotations

import gc
import itertools
import time
import tracemalloc
from typing import Any

from hallom.sip.accounts import Peer
from hallom.sip.binding import Binding
from hallom.sip.events import BindingChanged, DialogEnded, InviteAnswered, InviteReceived
from hallom.sip.flow import Flow
from hallom.sip.sdp import Session
from hallom.switch import effects
from hallom.switch.config import Agent, Config, Number, Queue
from hallom.switch.core import Switch
from hallom.switch.messages import Answered, Invited, MediaEvent, MediaReply, Message, Order, Signal

AGENTS = 200
CALLS = 400
WINDOWS = 8
"""The best of a few short windows: what else runs on the machine can only make the figure worse."""
KEPT_CALLS = 1_000
FLOW = Flow("udp", "192.0.2.9", 5060)
CUSTOMER_SDP = str(Session("192.0.2.10", 40_000, telephone_event=101))
AGENT_SDP = str(Session("192.0.2.77", 9_000, telephone_event=101))


def run() -> list[dict[str, Any]]:
    milliseconds, entries = _cpu_per_call()
    return [
        {
            "name": "switch: core, one queued call",
            "value": round(milliseconds, 3),
            "unit": "ms",
            "target": 0.5,
            "how": f"CPU of greeting, queue, offer, bridge, hold, hang-up, wrap-up with {AGENTS} agents; "
            f"{entries:.0f} journal entries a call; a third of the 1.5 ms that SIP, ACD and journal have together",
        },
        {
            "name": "switch: memory, one waiting call",
            "value": round(_memory_per_call(agents=0), 1),
            "unit": "KiB",
            "target": 30,
            "how": f"tracemalloc over {KEPT_CALLS} calls, queue music playing",
        },
        {
            "name": "switch: memory, one conversation",
            "value": round(_memory_per_call(agents=KEPT_CALLS), 1),
            "unit": "KiB",
            "target": 30,
            "how": f"tracemalloc over {KEPT_CALLS} recorded conversations, with the agent's own record",
        },
    ]


class Office:
    """A switch whose every wish comes true at once."""

    def __init__(self, agents: int) -> None:
        queue = Queue(1, "Sales", music=("music.wav",), wrap_up_seconds=0, max_waiting=10_000)
        config = Config(
            numbers={"100": Number(1, "100", "hu", 1, ("hello.wav",))},
            queues={1: queue},
            agents={one: Agent(one, f"Agent {one}", f"agent-{one}", {1: 3}) for one in range(1, agents + 1)},
            media_workers=("media-0", "media-1"),
        )
        self.now, self.entries, self._numbers = 0.0, 0, itertools.count(1)
        self.ringing: list[str] = []
        self.switch = Switch(config, new_id=lambda: f"{next(self._numbers):026}")
        for agent in config.agents:
            flow = Flow("udp", "192.0.2.77", 1024 + agent)
            binding = Binding(f"agent-{agent}", f"sip:agent-{agent}@192.0.2.77:{1024 + agent}", flow, 1e12)
            self.tell(Signal(BindingChanged(binding, False)))
            self.tell(Order(agent, agent, "sign_in"))

    def tell(self, message: Message) -> None:
        self.now += 0.001
        self.switch.handle(message, self.now)
        todo = self._take()
        while todo:
            answer = self._carry_out(todo.pop(0))
            if answer is not None:
                self.switch.handle(answer, self.now)
                todo += self._take()

    def arrive(self) -> tuple[str, str]:
        """The INVITE and the call of a caller who has heard the greeting."""
        number = next(self._numbers)
        name, sdp = (
            f"in{number}",
            CUSTOMER_SDP.replace("40000", str(4_000 + number % 50_000)),
        )
        uri = f"sip:+3630{number:07}@carrier.example"
        event = InviteReceived(
            name,
            f"d-{name}",
            uri,
            "Carla",
            "sip:100@hallom",
            "sip:100@hallom",
            Peer("trunk", "carrier"),
            sdp,
            FLOW,
            None,
        )
        self.tell(Signal(event, {"invite": name, "request": "x" * 900}))
        call = next(reversed(self.switch.state.calls))
        self.tell(MediaEvent("media-0", "player.done", {"player": f"{call}-p1"}))
        return name, call

    def pick_up(self) -> str:
        leg = self.ringing.pop()
        self.tell(Signal(InviteAnswered(leg, f"d-{leg}", AGENT_SDP), _dialog(f"d-{leg}")))
        return leg

    def _take(self) -> list[effects.Effect]:
        entries, wanted = self.switch.take()
        self.entries += len(entries)
        return wanted

    def _carry_out(self, effect: effects.Effect) -> Message | None:
        match effect:
            case effects.Media(worker, do, _, reply_to) if reply_to:
                result: dict[str, Any] = (
                    {"host": "192.0.2.50", "port": 20_000, "ssrc": 7} if do == "leg.open" else {}
                )
                return MediaReply(worker, reply_to, True, result)
            case effects.SendAnswer(invite=name):
                return Answered(name, f"d-{name}", _dialog(f"d-{name}"))
            case effects.SendInvite(invite=leg):
                self.ringing.append(leg)
                return Invited(leg, {"fork": leg, "branches": [[leg, {"request": "x" * 900}]]})
        return None


def _dialog(name: str) -> dict[str, Any]:
    """As large as the endpoint's own."""
    state: dict[str, Any] = {
        part: f"{part}-{name}-0123456789" for part in ("call_id", "remote_tag", "local_uri")
    }
    state |= dict.fromkeys(("remote_uri", "target", "instance"), f"sip:{name}@192.0.2.9:5060")
    return state | {
        "id": name,
        "routes": [],
        "local_cseq": 1,
        "remote_cseq": 1,
        "local_sdp": f"{name}" + "x" * 300,
    }


def _cpu_per_call() -> tuple[float, float]:
    office = Office(AGENTS)
    best = min(_window(office) for _ in range(WINDOWS))
    calls = CALLS * WINDOWS
    return best * 1000 / CALLS, (office.entries - AGENTS) / calls


def _window(office: Office) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        _call(office)
    return time.process_time() - began


def _call(office: Office) -> None:
    name, call = office.arrive()
    office.pick_up()
    agent = office.switch.state.calls[call].agent or 0
    office.tell(Order(1, agent, "hold", {"call": call}))
    office.tell(Order(2, agent, "retrieve", {"call": call}))
    office.tell(Signal(DialogEnded(f"d-{name}", True, "")))


def _memory_per_call(*, agents: int) -> float:
    office = Office(agents)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(KEPT_CALLS):
            office.arrive()
            if office.ringing:
                office.pick_up()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / KEPT_CALLS / 1024
    finally:
        tracemalloc.stop()

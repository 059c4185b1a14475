"""A media worker dies, whatever its calls are doing: afterwards everybody hears whom he heard, and rings whoever rang."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hallom.sip.events import Acknowledged, ProgressReceived, ReinviteFailed
from hallom.switch.call import Call, CallState
from hallom.switch.decide_renewal import RENEWAL_SECONDS
from hallom.switch.messages import Signal, WorkerLost
from hallom.switch.tests.sip_world import rtp_sdp
from hallom.switch.tests.test_transfer import HOUSE, OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO, SALES

BROWSER, DESK = True, False
TWO_WORKERS = replace(HOUSE, media_workers=("media-0", "media-1"))


class Scene:
    """One call of a house with two media workers; its people by the part they have in it."""

    def __init__(self) -> None:
        self.world = House(TWO_WORKERS)
        self.name = ""

    @property
    def call(self) -> Call:
        (call,) = self.world.switch.state.calls.values()
        return call

    def parts(self) -> dict[str, str]:
        call, consult, watch = self.call, self.call.consult, self.call.watch
        legs = {
            "customer": call.customer.id,
            "agent": call.agent_leg,
            "asked": consult.leg if consult else None,
            "own": consult.own_leg if consult else None,
            "watching": watch.leg if watch else None,
        }
        return {leg: part for part, leg in legs.items() if leg}

    def picture(self) -> dict[str, set[str]]:
        """What each part hears: other parts, and files."""
        parts = self.parts()
        return {part: {parts.get(one, one) for one in self.world.hears(leg)} for leg, part in parts.items()}

    def rings(self) -> list[tuple[str, str]]:
        """Whose telephones ring, inside and outside; those that take a call up again do so at once."""
        inside = [
            (one.aor, one.headers.get("X-Hallom-Purpose", "")) for one in self.world.endpoint.ringing.values()
        ]
        return sorted(inside + [(one.number, "") for one in self.world.endpoint.dials.values()])

    def answer_pages(self) -> None:
        """As a page does by itself; what Bruno's telephone or a number outside rings for is left to them."""
        for leg, one in list(self.world.endpoint.ringing.items()):
            if "X-Hallom-Resume" in one.headers:
                self.world.pick_up_leg(leg)

    def worker_dies(self, how: str) -> None:
        worker = self.call.worker
        if how == "away":
            self.world.workers[worker].die()
            self.world.tell(WorkerLost(worker))
            self.world.wait(1.1)
        else:
            self.world.kill_worker(worker)
        if how == "crash":
            self.world.crash()


def internal(caller: bool, colleague: bool) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        ringing(caller, colleague)(scene)
        scene.world.pick_up(BRUNO)
        assert scene.call.state is CallState.TALKING

    return begin


def ringing(caller: bool, colleague: bool) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        world = scene.world
        world.sign_in(BRUNO, is_browser=colleague)
        call_from(scene, caller, "agent:8", "210")

    return begin


def call_from(scene: Scene, is_browser: bool, to: str, typed: str) -> None:
    scene.world.sign_in(ALICE, is_browser=is_browser)
    if is_browser:
        assert scene.world.order(ALICE, "dial", to=to).ok
        scene.world.pick_up(ALICE)
    else:
        scene.world.dial_from(ALICE, typed)


def conversation(scene: Scene, agent: bool, *, bruno: bool = BROWSER) -> None:
    scene.world.sign_in(ALICE, is_browser=agent)
    scene.name, _ = scene.world.conversation()
    scene.world.sign_in(BRUNO, is_browser=bruno)
    scene.world.order(BRUNO, "set_state", state="paused", reason="lunch")


def talking(agent: bool, *verbs: str) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        conversation(scene, agent)
        for verb in verbs:
            assert scene.world.order(ALICE, verb, call=scene.call.id).ok

    return begin


def consulting(agent: bool, asked: bool, *verbs: str) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        asking(agent, asked)(scene)
        scene.world.pick_up(BRUNO)
        for verb in verbs:
            assert scene.world.order(ALICE, verb, call=scene.call.id).ok

    return begin


def asking(agent: bool, asked: bool) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        conversation(scene, agent, bruno=asked)
        assert scene.world.order(ALICE, "consult", call=scene.call.id, to="agent:8").ok

    return begin


def asking_outside(*, answers: bool) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        conversation(scene, BROWSER)
        assert scene.world.order(ALICE, "consult", call=scene.call.id, to=f"outside:{OUTSIDE}").ok
        if answers:
            scene.world.answer_outside()

    return begin


def second_call(*, answers: bool) -> Callable[[Scene], None]:
    """She asks by the second call of her desk phone, with the first on hold there."""

    def begin(scene: Scene) -> None:
        conversation(scene, DESK)
        scene.world.reinvite(str(scene.call.agents_leg.dialog), rtp_sdp(6000, "sendonly"))  # type: ignore[union-attr]
        scene.world.phone_dials(ALICE, "210")
        if answers:
            scene.world.pick_up(BRUNO)

    return begin


def watched(agent: bool, supervisor: bool, mode: str) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        conversation(scene, agent, bruno=supervisor)
        assert scene.world.order(BRUNO, mode, call=scene.call.id).ok
        scene.world.pick_up(BRUNO)

    return begin


def waiting(scene: Scene) -> None:
    scene.name = scene.world.queue_up()


def internal_waiting(scene: Scene) -> None:
    """Alice calls a queue that nobody takes calls for."""
    call_from(scene, BROWSER, f"queue:{SALES}", "")
    scene.world.order(ALICE, "set_state", state="paused", reason="lunch")
    assert scene.call.state is CallState.QUEUED


def parked(scene: Scene) -> None:
    conversation(scene, BROWSER)
    assert scene.world.order(ALICE, "park", call=scene.call.id, place=1).ok


def internal_parked(scene: Scene) -> None:
    internal(BROWSER, BROWSER)(scene)
    assert scene.world.order(BRUNO, "park", call=scene.call.id, place=1).ok


def fetched(scene: Scene) -> None:
    parked(scene)
    assert scene.world.order(BRUNO, "retrieve", place=1).ok


def transferring(scene: Scene) -> None:
    conversation(scene, BROWSER)
    assert scene.world.order(ALICE, "transfer", call=scene.call.id, to="agent:8").ok


def calling_out(caller: bool, *, answers: bool) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        call_from(scene, caller, f"outside:{OUTSIDE}", OUTSIDE)
        if answers:
            scene.world.answer_outside()

    return begin


def own_telephone_rings(is_browser: bool, to: str) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        scene.world.sign_in(ALICE, is_browser=is_browser)
        scene.world.sign_in(BRUNO)
        assert scene.world.order(ALICE, "dial", to=to).ok

    return begin


SCENES = {
    "waiting": waiting,
    "waiting colleague": internal_waiting,
    "desk talks": talking(DESK),
    "browser talks": talking(BROWSER),
    "desk holds": talking(DESK, "hold"),
    "parked": parked,
    "parked colleague": internal_parked,
    "being fetched": fetched,
    "transferred": transferring,
    "two browsers": internal(BROWSER, BROWSER),
    "browser calls desk": internal(BROWSER, DESK),
    "desk calls browser": internal(DESK, BROWSER),
    "two desks": internal(DESK, DESK),
    "browser rings browser": ringing(BROWSER, BROWSER),
    "desk rings browser": ringing(DESK, BROWSER),
    "browser rings desk": ringing(BROWSER, DESK),
    "own page rings": own_telephone_rings(BROWSER, "agent:8"),
    "own page rings first": own_telephone_rings(BROWSER, f"outside:{OUTSIDE}"),
    "own desk rings": own_telephone_rings(DESK, "agent:8"),
    "own desk rings first": own_telephone_rings(DESK, f"outside:{OUTSIDE}"),
    "page calls out": calling_out(BROWSER, answers=False),
    "desk calls out": calling_out(DESK, answers=False),
    "page talks outside": calling_out(BROWSER, answers=True),
    "desk talks outside": calling_out(DESK, answers=True),
    "asks": asking(BROWSER, BROWSER),
    "asks from desk": asking(DESK, DESK),
    "asks outside": asking_outside(answers=False),
    "asked outside": asking_outside(answers=True),
    "browsers consult": consulting(BROWSER, BROWSER),
    "desks consult": consulting(DESK, DESK),
    "browser asks desk": consulting(BROWSER, DESK),
    "faces the customer": consulting(BROWSER, BROWSER, "swap"),
    "three browsers": consulting(BROWSER, BROWSER, "join"),
    "three, a desk": consulting(DESK, BROWSER, "join"),
    "second call": second_call(answers=True),
    "second call rings": second_call(answers=False),
    **{f"{mode} to browser": watched(BROWSER, BROWSER, mode) for mode in ("listen", "whisper", "barge")},
    "desk listens": watched(DESK, DESK, "listen"),
    "listened on hold": watched(BROWSER, BROWSER, "listen"),
}


@pytest.mark.parametrize("how", ["back", "away", "crash"])
@pytest.mark.parametrize("name", SCENES)
def test_everybody_is_where_he_was(name: str, how: str) -> None:
    scene = Scene()
    SCENES[name](scene)
    world = scene.world
    picture, rings, state = scene.picture(), scene.rings(), scene.call.state
    recorded = scene.call.recording is not None
    dead = scene.call.worker
    scene.worker_dies(how)
    scene.answer_pages()
    assert scene.picture() == picture
    assert scene.rings() == rings
    assert scene.call.state is state
    assert (scene.call.recording is not None) == recorded
    assert not world.entries("call.ending")
    assert "renewal" not in scene.call.due
    if how == "away":
        assert not world.workers[dead].legs
    assert world.replayed().state == world.switch.state
    assert world.complaints == []
    world.wait(RENEWAL_SECONDS / 2)
    assert scene.picture() == picture


@pytest.mark.parametrize("how", ["back", "away", "crash"])
@pytest.mark.parametrize(
    "name", [name for name in SCENES if "ring" in name or "asks" in name or "out" in name]
)
def test_whoever_rang_is_heard_when_he_answers(name: str, how: str) -> None:
    """Also a telephone that was told a port of the dead worker: it is led to the new one."""
    quiet, moved = Scene(), Scene()
    for scene in (quiet, moved):
        SCENES[name](scene)
    moved.worker_dies(how)
    moved.answer_pages()
    for scene in (quiet, moved):
        answer_all(scene)
    assert moved.picture() == quiet.picture()
    assert moved.call.state is quiet.call.state
    for leg in moved.call.legs.values():
        assert not leg.is_moved
    assert moved.world.replayed().state == moved.world.switch.state


def answer_all(scene: Scene) -> None:
    for _ in range(3):
        for leg in list(scene.world.endpoint.ringing):
            scene.world.pick_up_leg(leg)
        while scene.world.endpoint.dials:
            scene.world.answer_outside()
    for dialog in sorted(scene.world.endpoint.dialogs):
        scene.world.tell(Signal(Acknowledged(dialog, None)))


@pytest.mark.parametrize(
    "name", ["two browsers", "three browsers", "browsers consult", "whisper to browser", "asks"]
)
def test_the_switch_may_die_at_any_moment_of_it(name: str) -> None:
    whole = Scene()
    SCENES[name](whole)
    before = whole.world.points
    whole.worker_dies("back")
    whole.answer_pages()
    picture = whole.picture()
    for moment in range(1, whole.world.points - before):
        scene = Scene()
        SCENES[name](scene)
        scene.world.crash_at = scene.world.points + moment
        scene.worker_dies("back")
        for _ in range(3):
            scene.answer_pages()
        assert scene.picture() == picture, moment
        assert scene.world.replayed().state == scene.world.switch.state, moment


def test_a_worker_may_die_twice_before_a_page_answers() -> None:
    scene = Scene()
    SCENES["three browsers"](scene)
    picture = scene.picture()
    scene.worker_dies("back")
    scene.worker_dies("away")
    scene.answer_pages()
    assert scene.picture() == picture


def test_a_page_that_comes_back_meanwhile_is_rung() -> None:
    scene = Scene()
    SCENES["two browsers"](scene)
    picture = scene.picture()
    scene.world.unregister(f"sip:page1-{BRUNO}@x.invalid")
    scene.world.register(BRUNO, f"sip:page2-{BRUNO}@x.invalid")
    scene.answer_pages()
    scene.worker_dies("back")
    # Her line broke with it: nobody is there to be rung yet.
    scene.world.refuse(ALICE, 480)
    scene.world.wait(RENEWAL_SECONDS / 2)
    scene.world.register(ALICE, f"sip:page2-{ALICE}@x.invalid")
    scene.answer_pages()
    assert scene.picture() == picture
    scene.world.wait(RENEWAL_SECONDS)
    assert scene.picture() == picture


def test_a_page_that_answers_nothing_is_not_waited_for_for_ever() -> None:
    scene = Scene()
    SCENES["browsers consult"](scene)
    scene.worker_dies("back")
    for leg, one in list(scene.world.endpoint.ringing.items()):
        if one.aor == f"agent-{ALICE}":
            scene.world.pick_up_leg(leg)
    scene.world.wait(RENEWAL_SECONDS + 0.1)
    assert scene.call.state is CallState.TALKING
    assert scene.world.entries("consult.ended")[0].data["reason"] == "unreachable"
    assert not scene.world.endpoint.ringing
    assert scene.world.agent_state(BRUNO) == "paused"


def test_who_called_and_is_gone_for_good_ends_his_call() -> None:
    scene = Scene()
    SCENES["two browsers"](scene)
    scene.worker_dies("back")
    scene.world.pick_up(BRUNO)
    scene.world.wait(RENEWAL_SECONDS + 4)
    assert scene.world.entries("call.ended")[0].data["cause"] == "unreachable"
    assert not scene.world.endpoint.ringing
    assert {scene.world.agent_state(one) for one in (ALICE, BRUNO)} == {"available"}


def test_an_agent_who_cannot_follow_leaves_his_caller_to_the_one_he_asked() -> None:
    """His telephone refuses to move; whoever he talks with is not hung up on for that."""
    scene = Scene()
    SCENES["desks consult"](scene)
    scene.worker_dies("back")
    agent, asked = scene.call.agents_leg, scene.call.consult.leg  # type: ignore[union-attr]
    assert agent is not None
    agent.is_moved = True
    scene.world.tell(Signal(ReinviteFailed(str(agent.dialog), 488)))
    assert scene.picture() == {"customer": {"agent"}, "agent": {"customer"}}
    assert (scene.call.agent, scene.call.agent_leg) == (BRUNO, asked)


def test_an_answer_to_what_no_longer_rings_is_too_late() -> None:
    scene = Scene()
    SCENES["two browsers"](scene)
    scene.worker_dies("back")
    old = next(leg for leg in scene.world.endpoint.ringing if leg.endswith(".1"))
    effect = scene.world.endpoint.ringing[old]
    scene.worker_dies("back")
    scene.world.endpoint.ringing[old] = effect
    scene.world.pick_up_leg(old)
    assert f"dialog-{old}" in [bye.dialog for bye in scene.world.endpoint.byes]
    scene.answer_pages()
    assert scene.picture() == {"customer": {"agent"}, "agent": {"customer"}}


def test_a_caller_whose_port_was_still_asked_for_gets_one_elsewhere() -> None:
    scene = Scene()
    world = scene.world
    # The dead worker says nothing any more; `MediaLinks` keeps its silence to itself.
    world.workers["media-0"].is_mute = True
    scene.name = world.dial()
    world.workers["media-0"].die()
    world.tell(WorkerLost("media-0"))
    world.wait(1.1)
    assert scene.call.state is CallState.GREETING
    assert scene.call.worker == "media-1"


def test_who_is_heard_before_he_answers_is_not_missed_for_the_ringing() -> None:
    """What it plays goes to the dead worker's port; until it has answered, the agent hears our ringing again."""
    scene = Scene()
    SCENES["page calls out"](scene)
    ringing = scene.picture()
    leg = scene.call.customer.id
    scene.world.tell(Signal(ProgressReceived(leg, 183, "", rtp_sdp(6300))))
    scene.worker_dies("back")
    scene.answer_pages()
    assert scene.picture() == ringing
    scene.world.answer_outside()
    assert scene.picture() == {"customer": {"agent"}, "agent": {"customer"}}

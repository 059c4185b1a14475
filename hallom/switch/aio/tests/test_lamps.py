"""Subscriptions are told what changes and survive a restart; strangers learn nothing."""

from pathlib import Path
from typing import Any

from hallom.sip.events import ProgressReceived, SubscriptionReceived
from hallom.sip.replaces import Replaces
from hallom.switch.aio.lamps import Lamps
from hallom.switch.tests.test_transfer import House
from hallom.switch.tests.world import ALICE, BRUNO


class Told:
    """The endpoint, as far as subscriptions go."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self.refused: dict[str, int] = {}
        self.ended: list[str] = []
        self.bodies: dict[str, list[str]] = {}

    def accept_subscription(self, subscription: str, now: float) -> None:
        self.accepted.append(subscription)

    def refuse_subscription(self, subscription: str, status: int, now: float) -> None:
        self.refused[subscription] = status

    def end_subscription(self, subscription: str, now: float) -> None:
        self.ended.append(subscription)

    def notify(self, subscription: str, content_type: str, body: str, now: float) -> None:
        self.bodies.setdefault(subscription, []).append(body)

    def subscription_state(self, subscription: str) -> dict[str, Any]:
        return {"id": subscription, "ends_at": 2e9}

    def restore_subscription(self, state: dict[str, Any], now: float) -> str:
        return str(state["id"])


class Office:
    def __init__(self, folder: Path, world: House | None = None) -> None:
        self.world = world or House()
        self.told = Told()
        self.lamps = Lamps(self.told, self.world.switch, folder / "subscriptions.json")  # type: ignore[arg-type]
        self.seen = 0

    def subscribe(self, target: str, *, event: str = "dialog", by: int = ALICE) -> str:
        name = f"{event}-{target}-{by}"
        wish = SubscriptionReceived(name, event, f"agent-{by}", f"sip:{target}@hallom.invalid", 600)
        self.lamps.received(wish, self.world.now)
        return name

    def turn(self) -> None:
        entries = self.world.journal[self.seen :]
        self.seen = len(self.world.journal)
        self.lamps.stirred(entries)
        self.lamps.tell(self.world.now)

    def shown(self, name: str) -> list[str]:
        """What each NOTIFY said."""
        words = ("early", "confirmed")
        return [next((word for word in words if word in body), "dark") for body in self.told.bodies[name]]


async def test_a_lamp_follows_its_colleague(tmp_path: Path) -> None:
    office = Office(tmp_path)
    lamp = office.subscribe("agent-8")
    office.world.sign_in(BRUNO)
    name = office.world.queue_up()
    office.turn()
    office.world.pick_up(BRUNO)
    office.turn()
    office.turn()
    office.world.customer_hangs_up(name)
    office.turn()
    assert office.shown(lamp) == ["dark", "early", "confirmed", "dark"]
    versions = [body.split('version="')[2].partition('"')[0] for body in office.told.bodies[lamp]]
    assert len(set(versions)) == 4


async def test_the_lamp_of_a_place_is_lit_and_goes_dark(tmp_path: Path) -> None:
    office = Office(tmp_path)
    lamp = office.subscribe("place-1")
    name, _ = office.world.conversation()
    office.world.order(ALICE, "park", call=office.world.call_of(name))
    office.turn()
    office.world.customer_hangs_up(name)
    office.turn()
    assert office.shown(lamp) == ["dark", "confirmed", "dark"]


async def test_the_first_telephone_that_rings_gives_the_name_to_take_it_by(tmp_path: Path) -> None:
    office = Office(tmp_path)
    lamp = office.subscribe("210")
    office.world.sign_in(BRUNO)
    name = office.world.queue_up()
    leg = office.world.ringing_leg(BRUNO)
    for branch, tag in ((leg, "one"), (f"{leg}~2", "two")):
        office.lamps.rings(ProgressReceived(branch, 180, "", None, Replaces("id@host", "ours", tag)))
    office.turn()
    assert 'remote-tag="one"' in office.told.bodies[lamp][-1]
    office.world.customer_hangs_up(name)
    office.turn()
    assert (office.lamps._pickups, office.lamps._ringing) == ({}, {})


async def test_messages_are_told_to_their_owner_alone(tmp_path: Path) -> None:
    office = Office(tmp_path)
    mine = office.subscribe("agent-8", event="message-summary", by=BRUNO)
    office.subscribe("agent-8", event="message-summary", by=ALICE)
    assert office.told.refused == {"message-summary-agent-8-7": 403}
    office.world.sign_in(BRUNO)
    office.world.order(ALICE, "promise", kind="call_customer", agent=str(BRUNO), number="+3612345678")
    office.turn()
    assert ["Voice-Message: 0/0" in body for body in office.told.bodies[mine]] == [True, False]
    assert "Messages-Waiting: yes" in office.told.bodies[mine][-1]


async def test_strangers_and_targets_of_nobody_are_refused(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.subscribe("agent-8", by=99)
    office.subscribe("nobody")
    assert office.told.refused == {"dialog-agent-8-99": 403, "dialog-nobody-7": 404}
    assert len(office.lamps) == 0


async def test_subscriptions_outlive_a_restart_and_are_told_what_has_changed(tmp_path: Path) -> None:
    office = Office(tmp_path)
    lamp = office.subscribe("agent-8")
    office.lamps.write()
    office.world.sign_in(BRUNO)
    office.world.queue_up()
    again = Office(tmp_path, office.world)
    again.lamps.restore(again.lamps.load(), again.world.now)
    again.lamps.tell(again.world.now)
    assert again.shown(lamp) == ["early"]
    again.lamps.restore([{"state": {}}, 1, None], again.world.now)


async def test_one_that_ended_is_told_nothing_and_not_kept(tmp_path: Path) -> None:
    office = Office(tmp_path)
    lamp = office.subscribe("agent-8")
    office.lamps.ended(lamp)
    office.lamps.ended(lamp)
    office.world.sign_in(BRUNO)
    office.world.queue_up()
    office.turn()
    assert office.shown(lamp) == ["dark"]
    office.lamps.write()
    assert office.lamps.load() == []

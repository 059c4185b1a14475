"""A telephone that transfers, subscribes, picks up and forgets as it likes, over a bad wire, with restarts of ours."""

import json
from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.sip.events import (
    InviteReceived,
    ProbeAnswered,
    ReferReceived,
    SipEvent,
    SubscriptionEnded,
    SubscriptionReceived,
    SubscriptionRefreshed,
)
from hallom.sip.target import Target
from hallom.sip.tests.harness import ANSWER, OFFER
from hallom.sip.tests.lone import PHONE, Lone, header, reply, request, tag
from hallom.sip.tests.test_flows import Everybody

STATUSES = (200, 200, 200, 200, 404, 481, 486, 489, 500, 503)


class Telephone:
    """Sends what comes to its mind, and answers what it is asked with whatever it likes."""

    def __init__(self, lone: Lone, chance: Random, loss: float) -> None:
        self.lone = lone
        self.chance = chance
        self.loss = loss
        self.count = 0
        self.calls: list[tuple[str, str]] = []
        self.heard: list[SipEvent] = []
        self.finals: dict[str, set[str]] = {}
        self.accepted: set[str] = set()
        self.probes = 0
        self.lamps: list[tuple[str, str]] = []
        self.events: dict[str, str] = {}

    def send(self, data: bytes) -> None:
        for _ in range(self.chance.choice((1, 1, 2))):
            if self.chance.random() >= self.loss:
                self.hear(self.lone.say(data))

    def hear(self, messages: list[str]) -> None:
        for message in messages:
            if message.startswith("SIP/2.0 "):
                self._note(message)
            elif not message.startswith("ACK ") and self.chance.random() >= self.loss:
                self.hear(self.lone.say(reply(message, self.chance.choice(STATUSES))))

    def _note(self, message: str) -> None:
        status = message.split(" ")[1]
        method = header(message, "CSeq").split()[1]
        if method in ("REFER", "SUBSCRIBE") and status != "100":
            self.finals.setdefault(header(message, "Via").split("branch=")[1].split(";")[0], set()).add(
                status
            )
        if status[0] == "2" and tag(message):
            known = self.lamps if method == "SUBSCRIBE" else self.calls
            known.append((header(message, "Call-ID"), tag(message)))
            if method == "INVITE":
                number = header(message, "CSeq").split()[0]
                self.send(
                    request("ACK", header(message, "Call-ID"), int(number), branch="ack", to_tag=tag(message))
                )

    def act(self) -> None:
        self.count += 1
        what = self.chance.choice(
            ("REFER", "REFER", "SUBSCRIBE", "SUBSCRIBE", "INVITE", "INVITE", "BYE", "INFO")
        )
        known = self.lamps if what == "SUBSCRIBE" and self.chance.random() < 0.8 else self.calls
        call, to_tag = f"new-{self.count}", ""
        if known and self.chance.random() < 0.7:
            call, to_tag = self.chance.choice(known)
        body = OFFER if what == "INVITE" else ""
        extra = self._extra(what, call)
        self.send(
            request(what, call, self.count, branch=f"p{self.count}", to_tag=to_tag, extra=extra, body=body)
        )

    def _extra(self, what: str, call: str) -> str:
        place = "{};to-tag={};from-tag=ft".format(*self.chance.choice(self.calls[-4:] or [("a", "b")]))
        if what == "REFER":
            escaped = place.replace(";", "%3B").replace("=", "%3D")
            silent = self.chance.choice(("", "Refer-Sub: false\r\n"))
            return f"Refer-To: <sip:2@h?Replaces={escaped}>\r\n{silent}"
        if what == "INVITE":
            return "" if self.chance.random() < 0.5 else f"Replaces: {place}\r\n"
        if what == "SUBSCRIBE":
            wild = self.chance.choice(
                ("dialog", "message-summary;id=4", "refer", f"refer;id={self.count - 1}")
            )
            event = self.events.setdefault(call, wild) if self.chance.random() < 0.8 else wild
            expires = self.chance.choice(("", "", "Expires: 0\r\n", "Expires: 60\r\n", "Expires: 10\r\n"))
            return f"Event: {event}\r\n{expires}"
        return ""


class House:
    """Our side: decides at random, now or never."""

    def __init__(self, telephone: Telephone) -> None:
        self.telephone = telephone
        self.lone = telephone.lone
        self.chance = telephone.chance

    def decide(self) -> None:
        endpoint, now = self.lone.endpoint, self.lone.now
        for event in self.lone.events():
            self.telephone.heard.append(event)
            if isinstance(event, InviteReceived) and self.chance.random() < 0.7:
                endpoint.answer(event.invite, ANSWER, now)
            elif isinstance(event, InviteReceived):
                endpoint.reject(event.invite, 486, now)
        for event in self.telephone.heard[-12:]:
            match event:
                case ReferReceived(refer=refer):
                    self._refer(refer)
                case SubscriptionReceived(subscription=key) | SubscriptionRefreshed(subscription=key):
                    self._subscription(key)
        if self.chance.random() < 0.1:
            self.telephone.probes += 1
            endpoint.probe(f"trunk-{self.telephone.probes}", Target("sip:127.0.0.1:5299", PHONE), now)
        self.telephone.hear(self.lone.sent())

    def _refer(self, refer: str) -> None:
        endpoint, now = self.lone.endpoint, self.lone.now
        match self.chance.randrange(5):
            case 0:
                endpoint.accept_refer(refer, now)
            case 1:
                endpoint.refuse_refer(refer, self.chance.choice((403, 603, 0)), now)
            case 2:
                endpoint.refer_progress(refer, self.chance.choice((100, 180, 183)), "x\r\ny", now, last=False)
            case 3:
                endpoint.refer_progress(refer, self.chance.choice((200, 486, 1)), "", now, last=True)

    def _subscription(self, key: str) -> None:
        endpoint, now = self.lone.endpoint, self.lone.now
        match self.chance.randrange(6):
            case 0 | 1:
                before = endpoint.census()["subscriptions"]
                endpoint.accept_subscription(key, now)
                endpoint.notify(key, "text/plain", "state", now)
                if before:
                    self._remember(key)
            case 2:
                endpoint.notify(key, "text/plain", "state", now)
            case 3:
                endpoint.refuse_subscription(key, self.chance.choice((403, 0)), now)
            case 4:
                endpoint.end_subscription(key, now, reason=self.chance.choice(("rejected", "a\r\nb")))

    def _remember(self, key: str) -> None:
        if key in self.lone.endpoint.subscriptions():
            self.telephone.accepted.add(key)

    def restart(self) -> None:
        old, now = self.lone.endpoint, self.lone.now
        dialogs = [old.dialog_state(one) for one in old._dialogs._table]
        lamps = [old.subscription_state(one) for one in old.subscriptions()]
        outside = [old.refer_state(one.id) for one in old._referring._table.values() if one.is_outside]
        self.lone.restart()
        for state in json.loads(json.dumps(dialogs)):
            self.lone.endpoint.restore_dialog(state, now)
        for state in json.loads(json.dumps(lamps)):
            self.lone.endpoint.restore_subscription(state, now)
        for state in json.loads(json.dumps(outside)):
            self.lone.endpoint.restore_refer(state, now)


def play(seed: int, loss: float, *, restarts: bool) -> Telephone:
    chance = Random(seed)
    lone = Lone(Everybody())
    telephone = Telephone(lone, chance, loss)
    house = House(telephone)
    for _ in range(40):
        telephone.act()
        house.decide()
        telephone.hear(lone.wait(chance.choice((0, 0, 0.6, 5, 45))))
        if restarts and chance.random() < 0.05:
            telephone.heard += lone.events()
            house.restart()
    for dialog in list(lone.endpoint._dialogs._table):
        lone.endpoint.bye(dialog, lone.now)
    telephone.hear(lone.sent())
    lone.wait(8000)
    telephone.heard += lone.events()
    return telephone


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32), loss=st.floats(0, 0.5))
def test_whatever_a_telephone_does_nothing_stays_behind(seed: int, loss: float) -> None:
    telephone = play(seed, loss, restarts=False)
    assert not any(telephone.lone.endpoint.census().values()), telephone.lone.endpoint.census()
    assert all(len(statuses) == 1 for statuses in telephone.finals.values())
    ended = Counter(event.subscription for event in telephone.heard if isinstance(event, SubscriptionEnded))
    assert set(ended.values()) <= {1}
    assert telephone.accepted <= set(ended)
    asked = Counter(event.refer for event in telephone.heard if isinstance(event, ReferReceived))
    assert set(asked.values()) <= {1}
    probed = [event.name for event in telephone.heard if isinstance(event, ProbeAnswered)]
    assert len(probed) == len(set(probed)) == telephone.probes
    assert not telephone.lone.endpoint._subscribing._counts


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), loss=st.floats(0, 0.3))
def test_nor_does_it_when_we_begin_anew(seed: int, loss: float) -> None:
    telephone = play(seed, loss, restarts=True)
    assert not any(telephone.lone.endpoint.census().values()), telephone.lone.endpoint.census()


def test_the_game_reaches_every_part() -> None:
    heard: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for seed in range(30):
        telephone = play(seed, 0.1, restarts=False)
        heard.update(type(event).__name__ for event in telephone.heard)
        heard.update(
            f"replaces {event.replaces is not None}"
            for event in telephone.heard
            if isinstance(event, InviteReceived)
        )
        statuses.update(status for found in telephone.finals.values() for status in found)
    for name in (
        "ReferReceived",
        "SubscriptionReceived",
        "SubscriptionRefreshed",
        "SubscriptionEnded",
        "ProbeAnswered",
        "replaces True",
    ):
        assert heard[name] > 5, (name, heard)
    for status in ("200", "202", "403", "423", "481", "489", "500", "603"):
        assert statuses[status], (status, statuses)

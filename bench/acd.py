"""Decisions per second of the distributor with 1,000 agents and 500 callers waiting."""

from __future__ import annotations

import random
import time
from typing import Any

from hallom.acd.agent import AgentEvent, Profile
from hallom.acd.distributor import Distributor
from hallom.acd.line import QueueRules
from hallom.acd.offer import Offer
from hallom.acd.router import Router

AGENTS, WAITING, QUEUES, QUEUES_EACH = 1_000, 500, 20, 4
DECISIONS = 2_500
WINDOWS = 8
"""The best of a few short windows: what else runs on the machine can only make the figure worse."""
LANGUAGES = ("hu", "pl", "en")


def run() -> list[dict[str, Any]]:
    floor = Floor(random.Random(1))
    seconds = min(floor.work(DECISIONS) for _ in range(WINDOWS))
    how = (
        f"{AGENTS} agents in {QUEUES_EACH} of {QUEUES} queues each, {WAITING} callers waiting all the time; one decision: "
        "an agent's call ends, he is free, is matched, accepts, a new caller enters; CPU of one core"
    )
    return [
        {
            "name": "acd: decisions",
            "value": round(DECISIONS / seconds),
            "unit": "1/s",
            "target": 5_000,
            "how": how,
        },
        {
            "name": "acd: callers out of order",
            "value": 100 * floor.out_of_order / (DECISIONS * WINDOWS),
            "unit": "%",
            "target": 0,
            "how": "offers for which a caller the same agent could serve had waited longer, over the same decisions",
        },
    ]


class Floor:
    """A call centre in which everybody talks and many wait."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.now, self.calls, self.out_of_order = dice, 0.0, 0, 0
        self.talking: list[int] = []
        self.router = Router()
        self.profiles = {agent: self._profile() for agent in range(AGENTS)}
        self.router.configure(self.profiles, {queue: QueueRules() for queue in range(QUEUES)})
        self.distributor = Distributor(self.router)
        for agent in range(AGENTS):
            self.distributor.move(agent, AgentEvent.SIGN_IN, 0.0)
        while len(self.talking) < AGENTS or len(self.router.waiting) < WAITING:
            self._enter()
            for offer in self.distributor.decide(self.now):
                self._accept(offer)

    def work(self, decisions: int) -> float:
        """Seconds of CPU, without the checking."""
        checking, began = 0.0, time.process_time()
        for _ in range(decisions):
            self.now += 0.1
            agent = self.talking.pop(self.dice.randrange(len(self.talking)))
            self.distributor.move(agent, AgentEvent.HANG_UP, self.now)
            self.distributor.move(agent, AgentEvent.FINISH, self.now)
            for offer in self.distributor.decide(self.now):
                at = time.process_time()
                self.out_of_order += self._overtakes(offer)
                checking += time.process_time() - at
                self._accept(offer)
                self._enter()
        return time.process_time() - began - checking

    def _profile(self) -> Profile:
        queues = self.dice.sample(range(QUEUES), QUEUES_EACH)
        return Profile(dict.fromkeys(queues, 3), frozenset(self.dice.sample(LANGUAGES, 2)))

    def _enter(self) -> None:
        queue, language = self.dice.randrange(QUEUES), self.dice.choice(LANGUAGES)
        self.router.enter(f"c{self.calls}", queue, language=language, at=self.now)
        self.calls += 1

    def _accept(self, offer: Offer) -> None:
        self.distributor.accept(offer.id, self.now)
        self.talking.append(offer.agent)

    def _overtakes(self, offer: Offer) -> bool:
        chosen, profile = self.router.waiting[offer.call], self.profiles[offer.agent]
        return any(
            caller.rank < chosen.rank
            and caller.queue in profile.queues
            and caller.language in profile.languages
            for caller in self.router.waiting.values()
            if caller.offer is None
        )

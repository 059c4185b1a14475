"""The distributor's verbs over the router's facts: what stands between a free agent and the next ring."""

from hallom.acd.agent import AgentEvent, AgentState, advance
from hallom.acd.offer import AFTERWARDS, Offer, Outcome
from hallom.acd.router import RESPITE_SECONDS, Router


class Distributor:
    """The same rules the switch journals one by one, without a telephone: for staffing what-ifs and tests."""

    def __init__(self, router: Router) -> None:
        self.router = router

    def decide(self, now: float) -> list[Offer]:
        """All offers that can be made now; each holds one agent and one caller until it expires."""
        router, made = self.router, []
        while (choice := router.choose(now)) is not None:
            offer = router.offer_for(choice, now)
            router.lease(offer)
            self._move(offer.agent, AgentEvent.OFFER, now, call=offer.call)
            made.append(offer)
        return made

    def accept(self, offer: str, now: float) -> bool:
        """False when the lease is over: somebody else has the caller, or will."""
        lease = self._lease(offer, now)
        if lease is None:
            return False
        self.router.end_lease(offer)
        self.router.leave(lease.call)
        self.router.serve(lease.agent, lease.queue, now)
        self._move(lease.agent, AgentEvent.ACCEPT, now, call=lease.call)
        return True

    def end(self, offer: str, outcome: Outcome, now: float) -> bool:
        """Rejected, expired, unreachable, busy or withdrawn; False when the lease was over before."""
        lease = self.router.offers.get(offer)
        if lease is None:
            return False
        respite = now + RESPITE_SECONDS if outcome is Outcome.REJECTED else None
        self.router.end_lease(offer, respite_until=respite)
        event, reason = AFTERWARDS[outcome]
        self._move(lease.agent, event, now, reason=reason)
        return True

    def expire(self, now: float) -> list[Offer]:
        over = [offer for offer in self.router.offers.values() if offer.expires_at <= now]
        for offer in over:
            self.end(offer.id, Outcome.EXPIRED, now)
        return over

    def abandon(self, call: str, now: float) -> None:
        caller = self.router.waiting.get(call)
        if caller is not None and caller.offer is not None:
            self.end(caller.offer, Outcome.WITHDRAWN, now)
        self.router.leave(call)

    def move(self, agent: int, event: AgentEvent, now: float, *, reason: str = "") -> None:
        """Raises IllegalTransition."""
        self._move(agent, event, now, reason=reason)

    def _lease(self, offer: str, now: float) -> Offer | None:
        lease = self.router.offers.get(offer)
        return lease if lease is not None and now < lease.expires_at else None

    def _move(
        self, number: int, event: AgentEvent, now: float, *, reason: str = "", call: str | None = None
    ) -> None:
        agent = self.router.agent(number)
        state = advance(agent.state, event)
        keeps_place = agent.state is AgentState.OFFERED or state is AgentState.OFFERED
        idle_since = agent.idle_since if keeps_place else now
        self.router.set_agent(number, state, now, reason=reason, call=call, idle_since=idle_since)

"""Moves of an agent, and what makes them: leases, calls, deadlines, telephones."""

from hallom.acd.agent import AgentEvent, AgentState, advance
from hallom.switch.desk import Desk
from hallom.switch.exchange import Exchange

# A telephone that said busy is left alone for so long.
BUSY_SECONDS = 10.0

UNREACHABLE = "unreachable"
BUSY = "busy"
NO_ANSWER = "no_answer"
CONNECTION_LOST = "connection_lost"
DO_NOT_DISTURB = "do_not_disturb"

Wish = tuple[str, str]


def move(
    x: Exchange,
    number: int,
    event: AgentEvent,
    *,
    reason: str = "",
    until: float | None = None,
    call: str | None = None,
    wished: Wish | None = None,
) -> None:
    """Raises IllegalTransition."""
    agent = x.agent(number)
    state = advance(agent.state, event)
    # An offer that came to nothing, or a telephone that was away, costs no one his turn.
    keeps_turn = AgentState.OFFERED in (agent.state, state) or UNREACHABLE in (agent.reason, reason)
    x.write(
        "agent.changed",
        None,
        number,
        state=str(state),
        reason=reason,
        until=until,
        call=call,
        next={"state": wished[0], "reason": wished[1]} if wished else None,
        idle_since=agent.idle_since if keeps_turn else x.now,
        **x.state.desk(number).as_data(),
    )


def become_available(x: Exchange, number: int, event: AgentEvent) -> None:
    """Available, or visibly paused while no telephone of his is registered."""
    if x.phones.has_any(number):
        move(x, number, event)
    else:
        move(x, number, AgentEvent.PAUSE, reason=UNREACHABLE)


def wish(x: Exchange, number: int, wished: Wish | None) -> None:
    """Remember what an agent on a call wants to be afterwards."""
    _write_anew(x, number, wished, x.state.desk(number))


def set_up(x: Exchange, number: int, desk: Desk) -> None:
    """Diversions go with every entry of the agent, so that the last one is all there is to know of him."""
    if desk != x.state.desk(number):
        _write_anew(x, number, x.agent(number).wished, desk)


def _write_anew(x: Exchange, number: int, wished: Wish | None, desk: Desk) -> None:
    agent = x.agent(number)
    x.write(
        "agent.changed",
        None,
        number,
        state=str(agent.state),
        reason=agent.reason,
        until=agent.until,
        call=agent.call,
        next={"state": wished[0], "reason": wished[1]} if wished else None,
        idle_since=agent.idle_since,
        **desk.as_data(),
    )


def ring(x: Exchange, number: int, call: str, *, until: float) -> None:
    """Out of turn; afterwards he is what he is now."""
    agent = x.agent(number)
    is_away = agent.state in (AgentState.PAUSED, AgentState.OFFLINE) and agent.until is None
    wished = (str(agent.state), agent.reason) if is_away else None
    move(x, number, AgentEvent.OFFER, until=until, call=call, wished=wished)


def answer(x: Exchange, number: int, call: str) -> None:
    if _is(x, number, AgentState.OFFERED):
        move(x, number, AgentEvent.ACCEPT, call=call, wished=x.agent(number).wished)


def let_go(x: Exchange, number: int, event: AgentEvent, reason: str, *, until: float | None = None) -> None:
    """The offer is over for him: who was rung out of turn is what he was before."""
    if not _is(x, number, AgentState.OFFERED):
        return
    wished = x.agent(number).wished
    if wished is None:
        move(x, number, event, reason=reason, until=until)
    else:
        _grant(x, number, wished)


def _is(x: Exchange, number: int, state: AgentState) -> bool:
    """After a restart nothing is known of one who is no agent any more, though his call goes on."""
    return x.agent_state(number) is state


def hang_up(x: Exchange, number: int, queue: int, *, is_brief: bool = False) -> None:
    """The call is over for him: wrap-up, unless the queue gives none or he was only asked something."""
    if not _is(x, number, AgentState.TALKING):
        return
    agent = x.agent(number)
    found = x.config.queues.get(queue)
    seconds = found.wrap_up_seconds if found and not is_brief else 0.0
    move(x, number, AgentEvent.HANG_UP, until=x.now + seconds, call=agent.call, wished=agent.wished)
    if seconds <= 0:
        finish(x, number)


def finish(x: Exchange, number: int) -> None:
    """The wrap-up is over: what he wished for, else available."""
    wished = x.agent(number).wished
    if wished is None:
        become_available(x, number, AgentEvent.FINISH)
    else:
        _grant(x, number, wished)


def go_away(x: Exchange, number: int) -> None:
    """His call went to somebody else because he did not come back to it."""
    if not _is(x, number, AgentState.TALKING):
        return
    reason = CONNECTION_LOST if x.phones.has_any(number) else UNREACHABLE
    _grant(x, number, x.agent(number).wished or (AgentState.PAUSED, reason))


def _grant(x: Exchange, number: int, wished: Wish) -> None:
    event = AgentEvent.SIGN_OUT if wished[0] == AgentState.OFFLINE else AgentEvent.PAUSE
    move(x, number, event, reason=wished[1])


def time_is_up(x: Exchange, number: int) -> None:
    agent = x.agent(number)
    if agent.state is AgentState.WRAP_UP:
        finish(x, number)
    elif agent.state is AgentState.PAUSED:
        become_available(x, number, AgentEvent.RESUME)


def phone_came(x: Exchange, number: int) -> None:
    agent = x.agent(number)
    if agent.state is AgentState.PAUSED and agent.reason == UNREACHABLE:
        move(x, number, AgentEvent.RESUME)


def phone_went(x: Exchange, number: int) -> None:
    if x.agent_state(number) is AgentState.AVAILABLE and not x.phones.has_any(number):
        move(x, number, AgentEvent.PAUSE, reason=UNREACHABLE)

"""Waiting in a queue: entering it, being told the place, coming back to its head."""

from hallom.switch.call import Call, CallState
from hallom.switch.config import Queue
from hallom.switch.exchange import Exchange

QUEUE_FULL = "queue_full"


def enter(x: Exchange, call: Call, number: int, *, step: str) -> bool:
    """False when the queue is full or there is no such queue; a place kept for him he has, however full it is."""
    queue = x.config.queues.get(number)
    if queue is None or not (is_kept(x, call, number) or has_room(x, queue)):
        return False
    _write_entered(x, call, queue, step=step, front=False, reason="")
    return True


def has_room(x: Exchange, queue: Queue) -> bool:
    return len(x.state.router.callers(queue.id)) < queue.max_waiting


def is_full(x: Exchange, call: Call, number: int) -> bool:
    """Whether nobody could be let in there for this call; of a queue that is no more nothing is said."""
    queue = x.config.queues.get(number)
    return queue is not None and not is_kept(x, call, number) and not has_room(x, queue)


def is_kept(x: Exchange, call: Call, number: int) -> bool:
    """Whether his agent stands there for him already."""
    return call.state is not CallState.QUEUED and call.id in x.state.router.callers(number)


def come_back(x: Exchange, call: Call, reason: str, *, number: int | None = None) -> bool:
    """To the head of his queue or of `number`, with the time already waited; False when the queue is no more."""
    queue = x.config.queues.get(call.queue if number is None else number)
    if queue is None:
        return False
    _write_entered(x, call, queue, step=call.step, front=True, reason=reason)
    return True


def _write_entered(x: Exchange, call: Call, queue: Queue, *, step: str, front: bool, reason: str) -> None:
    is_his = is_kept(x, call, queue.id) and not front
    waiting_since = began_waiting(x, call)
    position = x.state.router.position(call.id) if is_his else position_of(x, call, queue.id)
    x.write(
        "queue.entered",
        call,
        queue=queue.id,
        position=1 if front else position,
        player=call.next_player(),
        files=list(x.holding_music(queue.id)),
        step=step,
        front=front,
        entered_at=waiting_since,
        announce_at=_next_announcement(x, queue),
        reason=reason,
        **({"takes_place": True} if is_his else {}),
    )


def began_waiting(x: Exchange, call: Call) -> float:
    """Whoever is sent from queue to queue brings his first time along."""
    return x.now if call.waiting_since is None else call.waiting_since


def position_of(x: Exchange, call: Call, number: int) -> int:
    """Where he, or who asks for him, would stand."""
    return x.state.router.position_on_entering(number, at=began_waiting(x, call), priority=call.priority)


def announce(x: Exchange, call: Call) -> None:
    """Tell the caller his place; without a prompt for it the music goes on."""
    queue = x.config.queues.get(call.queue)
    if call.state is not CallState.QUEUED or queue is None:
        return
    position = x.state.router.position(call.id)
    files = queue.position_prompt(call.language, position)
    x.write(
        "queue.announced",
        call,
        position=position,
        player=call.next_player() if files else None,
        prompts=list(files),
        announce_at=_next_announcement(x, queue),
    )


def announced(x: Exchange, call: Call) -> None:
    """The announcement has ended: music again."""
    if call.state is CallState.QUEUED:
        files = list(x.holding_music(call.queue))
        x.write("music.started", call, player=call.next_player(), files=files)


def _next_announcement(x: Exchange, queue: Queue) -> float | None:
    return x.now + queue.announce_seconds if queue.announce_seconds > 0 else None

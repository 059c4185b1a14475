"""How the other rooms tell the switch what an agent wants, and hear what became of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from hallom.calls.models import JournalEntry, Order, RelayPosition
from hallom.timeline.prepared import PreparedInsert, PreparedRows

CHANNEL = "switch_orders"
PATIENCE_SECONDS = 2.0
FIRST_LOOK_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.1

# The records follow the journal by milliseconds; more than this and the page shows what it has.
RECORDS_SECONDS = 0.5

NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is a word for the desk to translate, empty when `ok`; `args` fill its sentence."""

    ok: bool
    error: str = ""
    args: Mapping[str, str] = field(default_factory=dict)


def give(
    agent_id: int,
    verb: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    **args: Any,
) -> Outcome:
    """Waits up to 2 s; an order that nobody took until then is withdrawn and will not be done later."""
    order = Order(agent=agent_id, verb=verb, args=args)
    with transaction.atomic(durable=True):
        _insert(order)
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    deadline = monotonic() + PATIENCE_SECONDS
    pause = FIRST_LOOK_SECONDS
    while monotonic() < deadline:
        sleep(pause)
        if (outcome := _outcome(order.pk)) is not None:
            if outcome.ok:
                _wait_for_records(sleep, monotonic)
            return outcome
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    return _withdraw(order.pk)


def _wait_for_records(sleep: Callable[[float], None], monotonic: Callable[[], float]) -> None:
    """Whoever gave the order looks at the records next: they should tell what came of it, push or no push."""
    newest = max((entry for (entry,) in _newest_entry()), default=0)
    deadline, pause = monotonic() + RECORDS_SECONDS, FIRST_LOOK_SECONDS
    while _readers_behind(newest) and monotonic() < deadline:
        sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS / 2)


def _withdraw(order: int) -> Outcome:
    waiting = Order.objects.filter(pk=order, done_at__isnull=True)
    if waiting.update(done_at=Now(), ok=False, error=NO_ANSWER):
        return Outcome(False, NO_ANSWER)
    return _outcome(order) or Outcome(False, NO_ANSWER)


def _outcome(order: int) -> Outcome | None:
    for ok, error in _answer(order):
        return Outcome(bool(ok), error)
    return None


# Asked again and again while somebody waits: composing them anew was most of what an order cost the page.
_insert = PreparedInsert(Order)
_answer = PreparedRows(
    lambda order: Order.objects.filter(pk=order, done_at__isnull=False).values_list("ok", "error")
)
_newest_entry = PreparedRows(lambda: JournalEntry.objects.order_by("-id").values_list("id")[:1])
_readers_behind = PreparedRows(
    lambda newest: RelayPosition.objects.filter(entry__lt=newest).values_list("entry")
)

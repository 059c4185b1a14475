"""The journal of one agent folded into spans of one state each. Pure, like `fold`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from hallom.calls.fold import Entry

KINDS = ("agent.changed", "agent.forced", "agent.lost", "agent.returned")


@dataclass(frozen=True, slots=True)
class Span:
    """`entry` is the journal entry that began it."""

    entry: int
    state: str
    reason: str
    call: str
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """`seen` is the newest entry folded in; older ones change nothing. `forced` is what somebody else decided that the agent
    is (`by`, `state`, `reason`), now or after his call; empty once it is over."""

    seen: int = 0
    spans: tuple[Span, ...] = field(default=())
    until: datetime | None = None
    is_lost: bool = False
    desk: Mapping[str, Any] = field(default_factory=dict)
    forced: Mapping[str, Any] = field(default_factory=dict)

    @property
    def current(self) -> Span | None:
        return self.spans[-1] if self.spans else None


def fold_agent(before: AgentRecord, entries: Iterable[Entry]) -> AgentRecord:
    record = before
    for _, entry in sorted({entry.id: entry for entry in entries}.items()):
        if entry.id > record.seen and entry.kind in KINDS:
            record = replace(_step(record, entry), seen=entry.id)
    return record


def _step(record: AgentRecord, entry: Entry) -> AgentRecord:
    if entry.kind == "agent.forced":
        return replace(record, forced={name: entry.data[name] for name in ("by", "state", "reason")})
    if entry.kind != "agent.changed":
        return replace(record, is_lost=entry.kind == "agent.lost")
    span = Span(
        entry.id,
        str(entry.data["state"]),
        str(entry.data.get("reason") or ""),
        str(entry.data.get("call") or entry.call or ""),
        entry.at,
    )
    until = entry.data.get("until")
    desk = entry.data.get("desk") or {}
    record = replace(
        record,
        desk={name: value for name, value in desk.items() if value and name != "promises"},
        until=datetime.fromtimestamp(until, UTC) if until else None,
        is_lost=record.is_lost and span.state == "talking",
        forced=record.forced if _is_still_forced(record, entry) else {},
    )
    return record if _goes_on(record.current, span) else replace(record, spans=_followed_by(record, span))


def _is_still_forced(record: AgentRecord, entry: Entry) -> bool:
    """He is what was decided, or will be after his call."""
    decided = _state_and_reason(record.forced)
    return decided in (_state_and_reason(entry.data), _state_and_reason(entry.data.get("next") or {}))


def _state_and_reason(data: Mapping[str, Any]) -> tuple[str, str]:
    return str(data.get("state") or ""), str(data.get("reason") or "")


def _goes_on(current: Span | None, span: Span) -> bool:
    return current is not None and (current.state, current.reason, current.call) == (
        span.state,
        span.reason,
        span.call,
    )


def _followed_by(record: AgentRecord, span: Span) -> tuple[Span, ...]:
    if not record.spans:
        return (span,)
    *earlier, last = record.spans
    # Entries written during an outage arrive late: a state never ends before it began.
    return (*earlier, replace(last, ended_at=max(last.started_at, span.started_at)), span)

"""Sources that the switch has banned or let in again, as rows, and as events for the audit."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hallom.calls.models import BannedSource, BanReason, JournalEntry
from hallom.staff.models import User
from hallom.timeline.journal import record

BANNED, RELEASED = "source.banned", "source.released"


def fold(entries: Sequence[JournalEntry]) -> None:
    """In the relay's transaction; entries of other kinds are passed over."""
    for entry in entries:
        if entry.kind == BANNED:
            _banned(entry)
        elif entry.kind == RELEASED:
            _released(entry)


def _banned(entry: JournalEntry) -> None:
    data = entry.data
    reason = data["reason"] if data["reason"] in BanReason.values else BanReason.FLOOD
    until = datetime.fromtimestamp(float(data["until"]), UTC)
    row, is_new = BannedSource.objects.get_or_create(
        entry=entry.id,
        defaults={
            "address": data["source"],
            "reason": reason,
            "times": int(data["times"]),
            "since": entry.at,
            "until": until,
        },
    )
    if is_new:
        told = {"address": row.address, "reason": row.reason, "times": row.times, "until": until.isoformat()}
        record("calls.source_banned", now=entry.at, data=told)


def _released(entry: JournalEntry) -> None:
    by = User.objects.filter(pk=entry.data.get("by")).first()
    address = entry.data["source"]
    rows = BannedSource.objects.filter(
        address=address, lifted_at=None, entry__lt=entry.id, until__gt=entry.at
    )
    if rows.update(lifted_at=entry.at, lifted_by=by):
        record("calls.source_released", now=entry.at, actor=by, data={"address": address})

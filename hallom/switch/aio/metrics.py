"""What the switch tells Prometheus: counts and times, never who called whom."""

from collections import Counter as Counts
from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("hallom_sip_messages", "SIP messages", ["direction", "transport"])
JOURNAL_ENTRIES = Counter("hallom_journal_entries", "Journal entries committed")
SPOOLED_ENTRIES = Counter(
    "hallom_journal_spooled_entries", "Journal entries kept in a file, the database being away"
)
COMMIT_SECONDS = Histogram(
    "hallom_journal_commit_seconds",
    "Time of a group commit",
    buckets=(0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0),
)
GROUP_SECONDS = Histogram(
    "hallom_journal_group_seconds",
    "Time that the first decision of a group commit waited for the others while the database was free",
    buckets=(
        0.0005,
        0.001,
        0.0015,
        0.002,
        0.0025,
        0.003,
        0.0035,
        0.004,
        0.0045,
        0.005,
        0.006,
        0.008,
        0.01,
        0.02,
        0.05,
        0.1,
    ),
)
DATABASE_UP = Gauge(
    "hallom_switch_database_up", "1 when the journal goes to PostgreSQL", multiprocess_mode="livemax"
)
EFFECTS = Counter("hallom_switch_effects", "Effects carried out", ["kind"])
ORDERS = Counter("hallom_switch_orders", "Orders answered", ["verb", "outcome"])
MEDIA_WORKER_UP = Gauge(
    "hallom_switch_media_worker_up",
    "1 when the media worker answers",
    ["worker"],
    multiprocess_mode="livemax",
)
BANS = Counter("hallom_sip_bans", "Sources banned", ["reason"])
BANNED = Gauge("hallom_sip_banned_sources", "Sources not listened to now", multiprocess_mode="livesum")
TURN_FAILURES = Counter("hallom_switch_turn_failures", "Events whose handling failed")
SIP_COUNTERS = Gauge(
    "hallom_sip_endpoint", "Counters of the SIP endpoint", ["name"], multiprocess_mode="livesum"
)
SIP_HELD = Gauge(
    "hallom_sip_held",
    "Transactions, dialogs and the like in memory",
    ["what"],
    multiprocess_mode="livesum",
)
REGISTRATIONS = Gauge("hallom_sip_registrations", "Telephones registered", multiprocess_mode="livesum")
CALLS = Gauge(
    "hallom_switch_calls",
    "Calls in progress, the last seconds' tidying included",
    multiprocess_mode="livesum",
)

_received: Counts[str] = Counts()
_sent: Counts[str] = Counts()
_effects: Counts[str] = Counts()


def received(transport: str) -> None:
    _received[transport] += 1


def sent(transport: str) -> None:
    _sent[transport] += 1


def carried_out(effect: str) -> None:
    _effects[effect] += 1


def look(held: Mapping[str, int], counters: Mapping[str, int], calls: int) -> None:
    for name, value in counters.items():
        SIP_COUNTERS.labels(name).set(value)
    for what, number in held.items():
        SIP_HELD.labels(what).set(number)
    REGISTRATIONS.set(held["bindings"])
    CALLS.set(calls)


def publish() -> None:
    """A label look-up and a lock for each message were a twentieth of a call's cost: they are paid here, now and then."""
    for counts, direction in ((_received, "in"), (_sent, "out")):
        for transport, number in counts.items():
            MESSAGES.labels(direction, transport).inc(number)
    for effect, number in _effects.items():
        EFFECTS.labels(effect).inc(number)
    for counts in (_received, _sent, _effects):
        counts.clear()

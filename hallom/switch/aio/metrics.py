"""What the switch tells Prometheus: counts and times, never who called whom."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("hallom_sip_messages", "SIP messages", ["direction", "transport"])
JOURNAL_ENTRIES = Counter("hallom_journal_entries", "Journal entries committed")
SPOOLED_ENTRIES = Counter(
    "hallom_journal_spooled_entries", "Journal entries kept in a file, the database being away"
)
COMMIT_SECONDS = Histogram(
    "hallom_journal_commit_seconds",
    "Time of a group commit",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0),
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
TURN_FAILURES = Counter("hallom_switch_turn_failures", "Events whose handling failed")
SIP_COUNTERS = Gauge(
    "hallom_sip_endpoint", "Counters of the SIP endpoint", ["name"], multiprocess_mode="livesum"
)

_received = {name: MESSAGES.labels("in", name) for name in ("udp", "tcp", "tls", "ws", "wss")}
_sent = {name: MESSAGES.labels("out", name) for name in ("udp", "tcp", "tls", "ws", "wss")}


def received(transport: str) -> None:
    _received[transport].inc()


def sent(transport: str) -> None:
    _sent[transport].inc()

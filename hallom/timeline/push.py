"""Telling the browsers what changed: ids and topics only, every browser fetches with its own rights."""

import json
from collections.abc import Iterable, Iterator

from django.db import connection

CHANNEL = "push"
# PostgreSQL refuses a NOTIFY payload of 8000 bytes or more.
PAYLOAD_BYTES = 7900


def notify(event_id: int, topics: Iterable[str]) -> int:
    """Send one NOTIFY for all topics, more only where they do not fit into one; returns how many."""
    payloads = list(payloads_of(event_id, sorted(set(topics))))
    if payloads:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, p) FROM unnest(%s::text[]) p", [CHANNEL, payloads])
    return len(payloads)


def payloads_of(event_id: int, topics: list[str]) -> Iterator[str]:
    room = PAYLOAD_BYTES - len(_payload(event_id, []))
    chunk: list[str] = []
    used = 0
    for topic in topics:
        size = len(json.dumps(topic)) + 1
        if chunk and used + size > room:
            yield _payload(event_id, chunk)
            chunk, used = [], 0
        chunk.append(topic)
        used += size
    if chunk:
        yield _payload(event_id, chunk)


def _payload(event_id: int, topics: list[str]) -> str:
    return json.dumps({"id": event_id, "topics": topics}, separators=(",", ":"))

"""What clients ask for and what they are told."""

import json
import re
from dataclasses import dataclass
from typing import Any

MOST_TOPICS = 64
OLDEST_PAGE_SECONDS = 600.0
_TOPIC = re.compile(r"[a-z]+(-[0-9a-zA-Z]{1,40})?")


class BadRequest(Exception):
    """The client said something this protocol does not know."""


@dataclass(frozen=True, slots=True)
class Watch:
    """`since`: the last event the client heard of; `age_seconds`: how old what it shows may be."""

    topics: frozenset[str]
    since: int | None
    age_seconds: float

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Watch":
        topics, since, age = said.get("watch"), said.get("since"), said.get("age", 0.0)
        if not isinstance(topics, list) or len(topics) > MOST_TOPICS:
            raise BadRequest("too many topics")
        if not all(isinstance(topic, str) and _TOPIC.fullmatch(topic) for topic in topics):
            raise BadRequest("not a topic")
        if since is not None and (isinstance(since, bool) or not isinstance(since, int)):
            raise BadRequest("since is an event id")
        if isinstance(age, bool) or not isinstance(age, int | float):
            raise BadRequest("age is a number of seconds")
        return cls(frozenset(topics), since, _within(age, OLDEST_PAGE_SECONDS))


def _within(age: float, most: float) -> float:
    """JSON may hold numbers too large for a float, and Python's reads NaN too."""
    if age >= most:
        return most
    return float(age) if age > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """What the tab shows that others want to know of; None when it shows nothing of the kind any more."""

    topic: str | None
    is_writing: bool

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Look":
        topic, writing = said["look"], said.get("writing", False)
        if topic is not None and not (isinstance(topic, str) and _TOPIC.fullmatch(topic)):
            raise BadRequest("not a topic")
        if not isinstance(writing, bool):
            raise BadRequest("writing is true or false")
        return cls(topic, writing)


def parse(text: str) -> Watch | Look:
    """What a client asks; raises BadRequest."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("not a request") from None
    if not isinstance(said, dict):
        raise BadRequest("not a request")
    return Look.of(said) if "look" in said else Watch.of(said)


@dataclass(frozen=True, slots=True)
class Event:
    """One change: a message is encoded once a topic, however many watch it."""

    id: int
    topics: tuple[str, ...]
    at: float

    @classmethod
    def parse(cls, payload: str, now: float) -> tuple["Event", ...]:
        """The events of one NOTIFY; raises BadRequest when it is not ours."""
        try:
            said = json.loads(payload)
            entries = said if isinstance(said, list) else [said]
            return tuple(
                cls(int(entry["id"]), tuple(str(topic) for topic in entry["topics"]), now)
                for entry in entries
            )
        except (ValueError, TypeError, KeyError):
            raise BadRequest("not a push payload") from None

    def message(self, topic: str) -> str:
        return told(self.id, (topic,))


def told(event: int, topics: tuple[str, ...] = ()) -> str:
    return json.dumps({"id": event, "topics": list(topics)}, separators=(",", ":"))


def refused(topics: frozenset[str]) -> str:
    return json.dumps({"refused": sorted(topics)}, separators=(",", ":"))


RELOAD = '{"reload":true}'

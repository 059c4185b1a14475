"""Who watches what, and telling them when it changes."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hallom.ui.live import topics
from hallom.ui.live.client import Client
from hallom.ui.live.ring import Ring
from hallom.ui.live.topics import Event

_HEARTBEAT = "heartbeat"
_RELOAD = "reload"


class Hub:
    def __init__(self, *, most_per_user: int = 30) -> None:
        self.clients: set[Client] = set()
        self.ring = Ring()
        self._watchers: defaultdict[str, set[Client]] = defaultdict(set)
        self._per_user: defaultdict[Any, int] = defaultdict(int)
        self._most_per_user = most_per_user

    def join(self, client: Client) -> bool:
        """False when the user has too many connections already."""
        if self._per_user[client.user.pk] >= self._most_per_user:
            return False
        self._per_user[client.user.pk] += 1
        self.clients.add(client)
        return True

    def leave(self, client: Client) -> None:
        if client not in self.clients:
            return
        self.clients.discard(client)
        self._forget(client, client.topics)
        self._per_user[client.user.pk] -= 1
        if not self._per_user[client.user.pk]:
            del self._per_user[client.user.pk]

    def watch(self, client: Client, allowed: frozenset[str]) -> frozenset[str]:
        """From now on the client is told of these topics and no others; returns the new ones."""
        fresh = allowed - client.topics
        self._forget(client, client.topics - allowed)
        client.topics = allowed
        for topic in fresh:
            self._watchers[topic].add(client)
        return fresh

    def replay(self, client: Client, fresh: frozenset[str], request: topics.Watch, now: float) -> None:
        """Tell what the client may have missed: since its last event after a gap, else as far back as its page is old."""
        if request.since is None:
            self._tell(client, self.ring.younger_than(request.age_seconds, now), fresh)
        elif (missed := self.ring.after(request.since)) is not None:
            self._tell(client, missed, client.topics)
        else:
            client.tell(_RELOAD, topics.RELOAD)
        client.tell(_HEARTBEAT, topics.told(self.ring.newest))

    def publish(self, event: Event) -> int:
        """Returns how many clients are told."""
        self.ring.add(event)
        told = 0
        for topic in event.topics:
            if watchers := self._watchers.get(topic):
                message = event.message(topic)
                for client in watchers:
                    client.tell(topic, message)
                told += len(watchers)
        return told

    def heartbeat(self) -> None:
        message = topics.told(self.ring.newest)
        for client in self.clients:
            client.tell(_HEARTBEAT, message)

    def reload(self) -> None:
        """Something may have been missed by all: nothing remembered can be relied upon."""
        self.ring.clear()
        for client in self.clients:
            client.tell(_RELOAD, topics.RELOAD)

    def _tell(self, client: Client, events: Iterable[Event], wanted: frozenset[str]) -> None:
        for event in events:
            for topic in event.topics:
                if topic in wanted:
                    client.tell(topic, event.message(topic))

    def _forget(self, client: Client, gone: frozenset[str]) -> None:
        for topic in gone:
            self._watchers[topic].discard(client)
            if not self._watchers[topic]:
                del self._watchers[topic]

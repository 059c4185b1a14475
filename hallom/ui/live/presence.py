"""Who looks at what just now: in memory only, for as long as a tab shows it."""

import json
from collections import defaultdict
from typing import Any

from hallom.ui.live.client import Client
from hallom.ui.templatetags.ui import initials, name_of, tone_of_name

# More faces than this beside a title help nobody, and a message stays small whoever comes.
MOST_SHOWN = 20
_KEY = "present"


class Presence:
    def __init__(self) -> None:
        self._lookers: defaultdict[str, dict[Client, bool]] = defaultdict(dict)
        self._topic: dict[Client, str] = {}

    def topic_of(self, client: Client) -> str | None:
        return self._topic.get(client)

    def look(self, client: Client, topic: str, *, is_writing: bool) -> None:
        """The client shows this topic and no other; all who look at it, or did until now, are told."""
        if self._topic.get(client) != topic:
            self.leave(client)
        if self._lookers[topic].get(client) == is_writing:
            return
        self._topic[client] = topic
        self._lookers[topic][client] = is_writing
        self._tell(topic)

    def leave(self, client: Client) -> None:
        topic = self._topic.pop(client, None)
        if topic is None:
            return
        del self._lookers[topic][client]
        if self._lookers[topic]:
            self._tell(topic)
        else:
            del self._lookers[topic]

    def __len__(self) -> int:
        return len(self._topic)

    def _tell(self, topic: str) -> None:
        people = self._people(topic)
        for client in self._lookers[topic]:
            others = [shown for key, shown in people.items() if key != client.user.pk]
            message = json.dumps({"present": {topic: others[:MOST_SHOWN]}}, separators=(",", ":"))
            client.tell(_KEY, message)

    def _people(self, topic: str) -> dict[Any, dict[str, Any]]:
        """By user, whoever came first first; somebody with two tabs writes if she writes in one."""
        people: dict[Any, dict[str, Any]] = {}
        for client, is_writing in self._lookers[topic].items():
            shown = people.setdefault(client.user.pk, _shown(client.user))
            shown["writing"] = shown["writing"] or is_writing
        return people


def _shown(user: Any) -> dict[str, Any]:
    name = name_of(user)
    return {
        "id": user.pk,
        "name": name,
        "initials": initials(name),
        "tone": tone_of_name(name),
        "writing": False,
    }

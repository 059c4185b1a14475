"""Which telephones are registered now: told by the registrar, never journalled."""

from dataclasses import dataclass, field

from hallom.sip.binding import Binding
from hallom.sip.uri import same_contact
from hallom.switch.leg import RTP, WEBRTC


def kind_of(binding: Binding) -> str:
    return WEBRTC if binding.flow.transport in ("ws", "wss") else RTP


@dataclass(slots=True)
class Phones:
    """By agent, then by Contact; those of nobody yet may be an agent's once the configuration has him."""

    _registered: dict[int, dict[str, str]] = field(default_factory=dict)
    _of_nobody: dict[tuple[str, str], Binding] = field(default_factory=dict)

    def add(self, agent: int, binding: Binding) -> None:
        self._registered.setdefault(agent, {})[binding.contact] = kind_of(binding)

    def remove(self, agent: int, binding: Binding) -> None:
        self._registered.get(agent, {}).pop(binding.contact, None)

    def keep(self, binding: Binding) -> None:
        self._of_nobody[binding.aor, binding.contact] = binding

    def forget(self, binding: Binding) -> None:
        """Gone while it was nobody's: nor is it the former agent's any more."""
        self._of_nobody.pop((binding.aor, binding.contact), None)
        for contacts in self._registered.values():
            contacts.pop(binding.contact, None)

    def take_kept(self) -> list[Binding]:
        kept = list(self._of_nobody.values())
        self._of_nobody.clear()
        return kept

    def has_any(self, agent: int) -> bool:
        return bool(self._registered.get(agent))

    def kinds(self, agent: int) -> list[str]:
        """Each kind once, browsers last."""
        return sorted(set(self._registered.get(agent, {}).values()))

    def contacts(self, agent: int, kind: str) -> tuple[str, ...]:
        return tuple(sorted(one for one, is_ in self._registered.get(agent, {}).items() if is_ == kind))

    def knows(self, agent: int, contact: str) -> bool:
        return any(same_contact(one, contact) for one in self._registered.get(agent, {}))

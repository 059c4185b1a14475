"""Which trunks work: those that ask for it are probed with OPTIONS, those that we register with say so themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hallom.sip.endpoint import Endpoint
from hallom.sip.flow import Flow
from hallom.sip.target import Target
from hallom.switch.journal import JournalEntry
from hallom.switch.trunk_choice import TrunkState

# After a start the first answer is wanted soon, but telephones are served first.
FIRST_PROBE_SECONDS = 1.0


@dataclass(slots=True)
class Watched:
    state: TrunkState = field(default_factory=TrunkState)
    target: Target | None = None
    probe_at: float | None = None
    register_status: int = 0
    probe_status: int = 0


class LineWatch:
    """Every change of a trunk is an entry in `news`, to be written into the journal."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.news: list[JournalEntry] = []
        self._watched: dict[str, Watched] = {}

    def configure(self, probed: Mapping[str, str], flows: Mapping[str, Flow | None], now: float) -> None:
        """`probed` has the URI of each trunk to be asked; `flows` are all that calls go out over."""
        for name, one in list(self._watched.items()):
            if name not in flows and one.state.is_registered is None:
                del self._watched[name]
            elif name not in flows:
                # Calls only come in over it: that we are registered there is known all the same.
                one.target = one.probe_at = None
        for name, flow in flows.items():
            one = self._watched.setdefault(name, Watched())
            if name not in probed:
                one.target = one.probe_at = None
                one.state = replace(one.state, failed_probes=0)
            elif one.target is None or (one.target.uri, one.target.flow) != (probed[name], flow):
                one.target = Target(probed[name], flow)
                one.probe_at = now + FIRST_PROBE_SECONDS

    def state(self, name: str) -> TrunkState:
        return self._watched[name].state if name in self._watched else TrunkState()

    def registered(self, name: str, status: int, now: float, *, is_registered: bool) -> None:
        one = self._watched.setdefault(name, Watched())
        before = one.state
        one.state, one.register_status = replace(before, is_registered=is_registered), status
        if before != one.state:
            self._tell(name, one, now)

    def answered(self, name: str, status: int, now: float) -> None:
        one = self._watched.get(name)
        if one is None or one.target is None:
            return
        before, known = one.state, one.probe_status
        one.state, one.probe_status = before.probed(status), status
        one.probe_at = now + one.state.probe_seconds()
        if (before.is_dead, before.failed_probes == 0) != (
            one.state.is_dead,
            one.state.failed_probes == 0,
        ) or not known:
            self._tell(name, one, now)

    def _tell(self, name: str, one: Watched, now: float) -> None:
        self.news.append(
            JournalEntry(
                "trunk.changed",
                now,
                None,
                None,
                {
                    "trunk": name,
                    "registered": one.state.is_registered,
                    "register_status": one.register_status,
                    "failed_probes": one.state.failed_probes,
                    "probe_status": one.probe_status,
                },
            )
        )

    def next_deadline(self) -> float | None:
        return min((one.probe_at for one in self._watched.values() if one.probe_at is not None), default=None)

    def advance(self, now: float) -> None:
        for name, one in self._watched.items():
            if one.probe_at is not None and one.target is not None and one.probe_at <= now:
                # The answer says when to ask again; it comes within seconds, and if it is none.
                one.probe_at = None
                self.endpoint.probe(name, one.target, now)

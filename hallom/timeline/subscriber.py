from collections.abc import Callable
from dataclasses import dataclass

from hallom.timeline.models import Event


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One listener. ``kinds`` are exact kinds or prefixes ending in a dot (``"call."``); empty means everything.

    ``handle`` runs inside a transaction of the relay and may be called again for an event it failed on,
    later and out of order; it must bear both.
    """

    name: str
    handle: Callable[[Event], None]
    kinds: tuple[str, ...] = ()

    def wants(self, kind: str) -> bool:
        if not self.kinds:
            return True
        return any(kind.startswith(want) if want.endswith(".") else kind == want for want in self.kinds)

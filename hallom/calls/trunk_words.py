"""How a trunk is, in plain words, for the page that lists them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.calls.models import Call, JournalEntry, Leg, Trunk, TrunkStatus
from hallom.switch.trunk_choice import DEAD_AFTER

NEVER_HEARD = 408


def way_out(trunk: Trunk) -> str:
    """Whether calls go out over it, and as which choice."""
    if not trunk.is_outgoing:
        return _("no")
    if trunk.calls_most is None:
        return _("yes, place %(rank)s") % {"rank": trunk.rank}
    return _("yes, place %(rank)s, %(most)s at a time") % {"rank": trunk.rank, "most": trunk.calls_most}


@dataclass(frozen=True, slots=True)
class State:
    """`tone` and `shape` are those of the lamps: a disc works, a ring nobody knows or wants, a square is broken."""

    words: str
    tone: str = "slate"

    @property
    def shape(self) -> str:
        return _SHAPES[self.tone]

    def __str__(self) -> str:
        return self.words


# From what is worst to what says nothing: the worst of a trunk's parts is how it is.
_SHAPES = {"cherry": "busy", "honey": "away", "pine": "", "slate": "away"}


def state(trunk: Trunk) -> State:
    if not trunk.is_active:
        return State(_("not in use"))
    status = getattr(trunk, "status", None)
    parts = [_registration(trunk, status), _probing(trunk, status), _carried(trunk)]
    told = [part for part in parts if part is not None] or [State(_("takes calls in, is not asked"))]
    worst = min((part.tone for part in told), key=list(_SHAPES).index)
    return State(", ".join(part.words for part in told), worst)


def _registration(trunk: Trunk, status: TrunkStatus | None) -> State | None:
    if trunk.kind != Trunk.Kind.REGISTRATION:
        return None
    if status is None or status.is_registered is None:
        return State(_("not registered yet"), "honey")
    if status.is_registered:
        return State(_("registered"), "pine")
    return State(
        _("not registered: the server says %(status)s") % {"status": status.registered_status}, "cherry"
    )


def _probing(trunk: Trunk, status: TrunkStatus | None) -> State | None:
    if not trunk.is_outgoing or not trunk.is_probed:
        return None
    if status is None or not status.probe_status:
        return State(_("not asked yet"), "honey")
    if status.failed_probes < DEAD_AFTER:
        answered = State(_("answers"), "pine")
        return answered if status.failed_probes == 0 else State(_("did not answer once"), "honey")
    if status.probe_status == NEVER_HEARD:
        return State(_("does not answer: calls go elsewhere"), "cherry")
    return State(_("answers %(status)s: calls go elsewhere") % {"status": status.probe_status}, "cherry")


def _carried(trunk: Trunk) -> State | None:
    if not trunk.is_outgoing:
        return None
    now = calls_now(trunk.name)
    return State(ngettext("%(count)s call now", "%(count)s calls now", now) % {"count": now})


def calls_now(name: str) -> int:
    """Calls out that it carries at this moment."""
    going_on = Call.objects.filter(ended_at__isnull=True).values("pk")
    invited = JournalEntry.objects.filter(
        call__in=going_on, kind="leg.invited", data__invite__outside__isnull=False
    )
    latest = {
        str(data["leg"]): str(data["invite"].get("trunk"))
        for data in invited.order_by("id").values_list("data", flat=True)
    }
    legs = [leg for leg, trunk in latest.items() if trunk == name]
    return Leg.objects.filter(pk__in=legs, ended_at__isnull=True).count() if legs else 0

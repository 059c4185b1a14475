"""How a trunk is, in plain words, for the page that lists them."""

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


def state(trunk: Trunk) -> str:
    if not trunk.is_active:
        return _("not in use")
    status = getattr(trunk, "status", None)
    parts = [_registration(trunk, status), _probing(trunk, status), _carried(trunk)]
    return ", ".join(part for part in parts if part) or "–"


def _registration(trunk: Trunk, status: TrunkStatus | None) -> str:
    if trunk.kind != Trunk.Kind.REGISTRATION:
        return ""
    if status is None or status.is_registered is None:
        return _("not registered yet")
    if status.is_registered:
        return _("registered")
    return _("not registered: the server says %(status)s") % {"status": status.registered_status}


def _probing(trunk: Trunk, status: TrunkStatus | None) -> str:
    if not trunk.is_outgoing or not trunk.is_probed:
        return ""
    if status is None or not status.probe_status:
        return _("not asked yet")
    if status.failed_probes < DEAD_AFTER:
        return _("answers") if status.failed_probes == 0 else _("did not answer once")
    if status.probe_status == NEVER_HEARD:
        return _("does not answer: calls go elsewhere")
    return _("answers %(status)s: calls go elsewhere") % {"status": status.probe_status}


def _carried(trunk: Trunk) -> str:
    if not trunk.is_outgoing:
        return ""
    now = calls_now(trunk.name)
    return ngettext("%(count)s call now", "%(count)s calls now", now) % {"count": now}


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

"""How a colleague is just now, as a lamp and in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hallom.calls.models import AgentState, AgentStatus, PauseReason
from hallom.desk import pauses
from hallom.desk.places import destination_words
from hallom.staff.models import User


@dataclass(frozen=True, slots=True)
class Lamp:
    """`colour`: free ringing busy away off; `since` when it began, None where nobody needs to know."""

    colour: str
    words: str
    since: datetime | None = None


def lamp_of(user: User, reasons: Iterable[PauseReason]) -> Lamp:
    """`user.status` should be selected along with the user."""
    status = getattr(user, "status", None)
    if status is None or status.state == AgentState.OFFLINE:
        return Lamp("off", _("off work"))
    if status.state == AgentState.PAUSED:
        return _away(status, reasons)
    if status.state == AgentState.OFFERED:
        return Lamp("ringing", _("rings"), status.since)
    if status.state == AgentState.TALKING:
        return Lamp("busy", _("on a call"), status.since)
    if status.state == AgentState.WRAP_UP:
        return Lamp("busy", _("wrap-up"), status.since)
    return _when_free(status)


def _away(status: AgentStatus, reasons: Iterable[PauseReason]) -> Lamp:
    """Until when, as far as it was planned; since when, once the plan is over or when there was none."""
    reason = pauses.name_of(status.reason, reasons)
    planned = pauses.planned_seconds(status.reason, reasons)
    back = status.since + timedelta(seconds=planned) if planned else None
    if back is None or back < timezone.now():
        return Lamp("away", reason, status.since)
    return Lamp(
        "away",
        _("%(reason)s until %(time)s") % {"reason": reason, "time": time_format(localtime(back), "H:i")},
    )


def _when_free(status: AgentStatus) -> Lamp:
    if status.desk.get("do_not_disturb"):
        return Lamp("away", _("do not disturb"))
    if always := status.desk.get("always"):
        return Lamp("away", _("calls go to %(where)s") % {"where": destination_words(always)})
    return Lamp("free", _("free"))

"""What there is to hear of a call: a new line of the agent, or another media worker, begins a new file."""

from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import Coalesce
from django.urls import reverse

from hallom.calls.models import Recording
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.tickets.conversation import Sound

_ENDED = (
    Recording.objects.filter(call=OuterRef("pk"), stopped_at__isnull=False)
    .order_by("pk")
    .annotate(heard=Coalesce("seconds", 0.0))
)
# For ``annotate`` of calls whose sounds are wanted: all files of a call in the order they were made.
PARTS = {
    "recorded_parts": ArraySubquery(_ENDED.values("pk")),
    "recorded_seconds": ArraySubquery(_ENDED.values("heard")),
}


def sounds_of(call: Any, user: User) -> tuple[Sound, ...]:
    """Of a call fetched with `PARTS`; none when the user may not listen."""
    if not call.recorded_parts or not permissions.can(user, "recording.listen", call):
        return ()
    parts = zip(call.recorded_parts, call.recorded_seconds, strict=True)
    return tuple(Sound(_url(call.pk, part), seconds) for part, seconds in parts)


@lru_cache(maxsize=5000)
def _url(call: str, part: int) -> str:
    return reverse("calls:recording-part", args=[call, part])

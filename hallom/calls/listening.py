"""Hearing a recording leaves a trace."""

from datetime import datetime, timedelta

from django.db import transaction

from hallom.calls.models import ListenedTo, Recording
from hallom.staff.models import User
from hallom.timeline.journal import record

# A player fetches a long recording in pieces; what is closer together than this is one listening.
ONE_LISTENING = timedelta(minutes=10)


@transaction.atomic
def note(recording: Recording, user: User, now: datetime) -> ListenedTo:
    # Two pieces asked for at once must not become two listenings.
    Recording.objects.select_for_update().get(pk=recording.pk)
    last = ListenedTo.objects.filter(recording=recording, user=user, until__gte=now - ONE_LISTENING).first()
    if last is not None:
        last.until = max(now, last.until)
        last.save(update_fields=["until"])
        return last
    record(
        "recording.listened",
        now=now,
        actor=user,
        call=recording.call_id,
        customer=recording.call.customer_id,
        data={"recording": recording.pk},
    )
    return ListenedTo.objects.create(recording=recording, user=user, at=now, until=now)

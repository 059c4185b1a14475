"""Telling the switch that the telephone's set-up has changed."""

from datetime import datetime

from django.db import connection, models, transaction

from hallom.staff.models import User
from hallom.timeline.journal import record
from hallom.timeline.models import Event
from hallom.timeline.subscriber import Subscriber

CHANNEL = "switch_config"


@transaction.atomic
def changed(row: models.Model, act: str, *, by: User, now: datetime) -> None:
    """To be called in the transaction of the change: the switch hears of it when that is committed."""
    record(
        "calls.setup_changed",
        now=now,
        actor=by,
        data={"what": row._meta.model_name, "key": row.pk, "act": act},
        topics=["queues", "wallboard"],
    )
    notify_switch()


def notify_switch() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def _heard(_event: Event) -> None:
    notify_switch()


# People and opening hours belong to other rooms, but the switch needs them too. Who signs in changes nothing for it.
SUBSCRIBER = Subscriber(
    "switch_config",
    _heard,
    kinds=(
        "staff.changed",
        "staff.roles_changed",
        "staff.skill_changed",
        "staff.deactivated",
        "staff.reactivated",
        "staff.sessions_ended",
        "hours.changed",
    ),
)

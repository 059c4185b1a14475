"""Changes of what is set up here, told on the timeline."""

from datetime import datetime

from django.db import models

from hallom.staff.models import User
from hallom.timeline.journal import record


def changed(row: models.Model, act: str, *, by: User, now: datetime) -> None:
    """To be called in the transaction of the change; ``act`` is added, changed or removed."""
    data = {"what": row._meta.model_name, "key": row.pk, "act": act}
    record("automation.setup_changed", now=now, actor=by, data=data)

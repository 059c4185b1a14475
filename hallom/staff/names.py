"""What colleagues are called, by id: nearly every line of every page asks, and names hardly ever change."""

import time

from django.utils.translation import gettext as _

from hallom.staff.models import User

FRESH_SECONDS = 60.0

_names: dict[int, str] = {}
_read_at = float("-inf")


def name_of(user_id: int | None) -> str:
    """The full name, at most a minute old; what nobody did, the house did."""
    if user_id is None:
        return "Hallom"
    if user_id not in _names or time.monotonic() - _read_at > FRESH_SECONDS:
        _read()
    return _names.get(user_id) or _("unknown colleague")


def _read() -> None:
    global _read_at
    _names.update(User.objects.order_by().values_list("pk", "full_name"))
    _read_at = time.monotonic()

"""What the audit trail calls acts, and the fields that no form ever shows."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS = {
    "staff.signed_in": _("signed in"),
    "staff.signed_out": _("signed out"),
    "staff.sign_in_refused": _("signing in refused"),
    "staff.sessions_ended": _("signed out everywhere"),
    "staff.login_link_made": _("log-in link made"),
    "staff.login_link_used": _("log-in link used"),
    "staff.deactivated": _("shut out"),
    "staff.reactivated": _("let in again"),
    "staff.roles_changed": _("roles changed"),
    "recording.listened": _("recording listened to"),
    "calls.exported": _("calls exported"),
    "calls.setup_changed": _("telephone set-up changed"),
    "calls.source_banned": _("address blocked by the telephone exchange"),
    "calls.source_released": _("blocked address let in again"),
    "audit.viewed": _("audit trail viewed"),
}
_FIELDS = {
    "granted_by": _("granted by"),
    "granted_at": _("granted at"),
    "password_changed_at": _("password changed at"),
    "created_at": _("made at"),
    "solved_at": _("solved at"),
    "closed_at": _("closed at"),
    "opened_by": _("opened by"),
    "channel": _("channel"),
    "sound_seconds": _("length of the sound (s)"),
    "bounce_reason": _("why mail comes back"),
}


def name_of(field: Any) -> str:
    """The field's own name; else what it is called here; else, of a link, what it leads to."""
    if isinstance(field.verbose_name, Promise):
        return str(field.verbose_name)
    if field.name in _FIELDS:
        return str(_FIELDS[field.name])
    target = field.related_model._meta if field.is_relation else field
    return str(target.verbose_name)


def value_of(field: Any, value: Any) -> str:
    """As people read it: choices and rows by their names, moments in the reader's way of writing."""
    if value is None:
        return ""
    choices = dict(field.flatchoices or ())
    if choices:
        return str(choices.get(value, value))
    return _row(field, value) if field.is_relation else _plain(value)


def _row(field: Any, key: Any) -> str:
    found = field.related_model._base_manager.filter(pk=key).first()
    # What is gone has no name any more.
    return str(key) if found is None else str(getattr(found, "full_name", "") or found)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

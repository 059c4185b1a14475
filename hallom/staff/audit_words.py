"""What the audit trail calls acts, and the fields that no form ever shows."""

from typing import Any

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
    """As people read it: one of the choices by its name."""
    if value is None:
        return ""
    choices = dict(field.flatchoices or ())
    return str(choices.get(value, value) if choices else value)

"""Writing down who signed in, who went and who was refused."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.utils import timezone

from hallom.staff.models import User
from hallom.timeline.journal import record


def listen() -> None:
    user_logged_in.connect(signed_in, dispatch_uid="staff.signed_in")
    user_logged_out.connect(signed_out, dispatch_uid="staff.signed_out")
    user_login_failed.connect(refused, dispatch_uid="staff.sign_in_refused")


@transaction.atomic
def signed_in(user: User, **_rest: Any) -> None:
    record("staff.signed_in", now=timezone.now(), actor=user, data={"user": user.pk})


@transaction.atomic
def signed_out(user: User | None, **_rest: Any) -> None:
    if user is not None:
        record("staff.signed_out", now=timezone.now(), actor=user, data={"user": user.pk})


@transaction.atomic
def refused(credentials: dict[str, Any], **_rest: Any) -> None:
    """Only a name that exists is kept: people type passwords into the wrong field."""
    typed = str(credentials.get("username") or credentials.get("login") or credentials.get("email") or "")
    known = User.objects.filter(username=typed).first() if typed else None
    record("staff.sign_in_refused", now=timezone.now(), data={"user": known.pk} if known else {})

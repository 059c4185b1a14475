"""Who is at the other end: from the session cookie of the pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.http import HttpRequest
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class SignedIn:
    user: Any
    session: str
    expires_at: datetime


def cookie_in(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def signed_in(key: str) -> SignedIn | None:
    """None when the session is unknown, over, or of somebody who may not sign in any more. Blocks: call it in a thread."""
    if not key or len(key) > 64:
        return None
    close_old_connections()
    try:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        user = get_user(cast(Any, request))
        if not user.is_authenticated or not user.is_active:
            return None
        return SignedIn(user, key, request.session.get_expiry_date())
    finally:
        close_old_connections()


def still_there(keys: Iterable[str]) -> frozenset[str]:
    """Which of the sessions go on: a log-out removes its row. Blocks."""
    close_old_connections()
    try:
        rows = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
        return frozenset(rows.values_list("session_key", flat=True))
    finally:
        close_old_connections()

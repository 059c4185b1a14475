"""Who is at the other end: from the session cookie of the pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user, get_user_model
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare


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
    """Which of the sessions go on: a log-out removes its row, a change of password or of rights its user's hash. Blocks."""
    close_old_connections()
    try:
        rows = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
        kept = {row.session_key: row.get_decoded() for row in rows}
        owners = {str(said[SESSION_KEY]) for said in kept.values() if SESSION_KEY in said}
        active = get_user_model()._default_manager.filter(pk__in=owners, is_active=True)
        users = {str(user.pk): user for user in active}
        return frozenset(key for key, said in kept.items() if _is_good(said, users))
    finally:
        close_old_connections()


def _is_good(said: Mapping[str, Any], users: Mapping[str, Any]) -> bool:
    user = users.get(str(said.get(SESSION_KEY)))
    return user is not None and constant_time_compare(
        str(said.get(HASH_SESSION_KEY, "")), user.get_session_auth_hash()
    )

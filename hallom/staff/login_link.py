"""One-time log-in links: the way a new user comes in, since nobody but the user ever knows a password."""

import hashlib
import secrets
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from hallom.staff.models import LoginLink, User
from hallom.timeline.journal import record

log = structlog.get_logger(__name__)

LIFETIME = timedelta(hours=24)


@transaction.atomic
def make(user: User, now: datetime, *, by: User | None = None) -> str:
    """Return a token of 256 random bits, good once, for 24 hours. Older unused links of the user die."""
    token = secrets.token_urlsafe(32)
    LoginLink.objects.filter(user=user, used_at=None, expires_at__gt=now).update(expires_at=now)
    LoginLink.objects.create(
        user=user, token_hash=_hash(token), made_by=by, made_at=now, expires_at=now + LIFETIME
    )
    record("staff.login_link_made", now=now, actor=by, data={"user": user.pk})
    return token


def owner(token: str, now: datetime) -> User | None:
    """Whom the token would sign in; it is not used up."""
    link = _valid(now).filter(token_hash=_hash(token)).select_related("user").first()
    return link.user if link else None


@transaction.atomic
def redeem(token: str, now: datetime) -> User | None:
    """Use the token up. Of two browsers with the same link exactly one gets in."""
    link = _valid(now).filter(token_hash=_hash(token)).select_related("user").first()
    if link is None or LoginLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now) != 1:
        log.warning("staff.login_link_refused")
        return None
    record("staff.login_link_used", now=now, actor=link.user, data={"user": link.user_id})
    return link.user


def _valid(now: datetime) -> QuerySet[LoginLink]:
    return LoginLink.objects.filter(used_at=None, expires_at__gt=now, user__is_active=True)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

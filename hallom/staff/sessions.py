"""Sessions as Django keeps them, found with a query that is composed once: every page asks."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from hallom.timeline.prepared import PreparedModels

_BY_KEY = PreparedModels(Session, lambda key: Session.objects.filter(session_key=key).order_by())


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        for found in _BY_KEY.objects(str(self.session_key)):
            if found.expire_date > timezone.now():
                return found
        self._session_key = None
        return None

"""A session of the pages as logging in makes one, for browsers that are signed in already."""

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore

BACKEND = "hallom.staff.backends.StaffBackend"


def session_of(user: AbstractBaseUser) -> str:
    """Its key, which is the value of the cookie `sessionid`."""
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)

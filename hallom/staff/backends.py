"""How whoever is signed in is found again: together with his rights, by a query composed once, as every page asks for both."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import ModelBackend

from hallom.staff.models import User


class StaffBackend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        return _if_active(self, user_id)


class EmailBackend(AuthenticationBackend):  # type: ignore[misc]
    """For those who give their e-mail address instead of the user name."""

    def get_user(self, user_id: int) -> User | None:
        return _if_active(self, user_id)


def _if_active(backend: ModelBackend, user_id: int) -> User | None:
    user = User.with_rights(user_id)
    return user if user is not None and backend.user_can_authenticate(user) else None

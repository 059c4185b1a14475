from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from hallom.config import client_address


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Users are made by an administrator and come by a one-time link; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address.of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Axes counts wrong passwords, by name and address: by name alone a stranger could lock anybody out."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Users are made by an administrator and come by a one-time link; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

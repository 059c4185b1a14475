from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django.conf import settings


class LogInForm(LoginForm):  # type: ignore[misc]
    """Offers to send a new password only where mail can be sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.EMAIL_HOST:
            self.fields["password"].help_text = ""

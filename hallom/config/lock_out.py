"""Whose wrong passwords are counted together."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest

from hallom.staff.models import User


def name_of(request: HttpRequest | None, credentials: Mapping[str, str] | None) -> str:
    """The user name, also of whoever typed an e-mail address: otherwise each would give a round of guesses of its own."""
    given = credentials or {}
    typed = given.get("username") or given.get("email") or (request.POST.get("login", "") if request else "")
    if "@" in typed:
        known = User.objects.filter(email__iexact=typed).values_list("username", flat=True).first()
        return (known or typed).lower()
    return typed.lower()

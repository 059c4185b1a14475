"""The URLs of all rooms; each room names its own."""

from __future__ import annotations

from typing import NoReturn

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, include, path

from hallom.config import health


def no_mail(_request: HttpRequest) -> NoReturn:
    raise Http404("no mail can be sent")


ROOMS = ("ui", "staff", "customers", "tickets", "knowledge", "mail", "automation", "calls", "hours", "desk")

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", health.health, name="health"),
    path("metrics/", health.metrics, name="metrics"),
    *([] if settings.EMAIL_HOST else [path("accounts/password/reset/", no_mail)]),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    *(path("", include(f"hallom.{room}.urls")) for room in ROOMS),
]

"""The URLs of all rooms; each room names its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from hallom.config import health

ROOMS = ("ui", "staff", "customers", "tickets", "calls", "hours", "desk")

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", health.health, name="health"),
    path("metrics/", health.metrics, name="metrics"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    *(path("", include(f"hallom.{room}.urls")) for room in ROOMS),
]

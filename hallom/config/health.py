"""What monitors ask for: is everything ready, and how is it doing."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

import psycopg
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from hallom.config import metrics as measured
from hallom.config import status
from hallom.config.figures import Figures

# What a monitor reads; the process `postgres` is told of by its own name besides.
DATABASE = "database"
DATABASE_SECONDS = 2


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 only when every process is ready and turns, and the database answers; what does not is told to this machine alone."""
    now = status.read(settings.HALLOM_DATA)
    missing = [process.name for process in now.processes if not process.ready] if now else []
    if not _database_answers():
        missing.append(DATABASE)
    ready = now is not None and now.ready and not missing
    told: dict[str, object] = {"ready": ready}
    if now is not None and _trusted(request):
        told["not_ready"] = missing
    return JsonResponse(told, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not _trusted(request):
        return HttpResponse(status=403)
    return HttpResponse(measured.page(settings.HALLOM_DATA, Figures()), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    """Asked over a connection made for it: those that are open wait for long when the way to the server is cut."""
    given = {**connection.get_connection_params(), "connect_timeout": DATABASE_SECONDS}
    try:
        with psycopg.connect(**given) as asked:
            asked.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _trusted(request: HttpRequest) -> bool:
    token = settings.HALLOM_METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    # A proxy on this machine connects from loopback too, but names the stranger it speaks for.
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False

"""What monitors ask for: is everything ready, and how is it doing."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from hallom.config import metrics as measured
from hallom.config import status
from hallom.config.figures import Figures


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 only when every process is ready; which one is not is told to this machine alone."""
    now = status.read(settings.HALLOM_DATA)
    ready = now is not None and now.ready
    told: dict[str, object] = {"ready": ready}
    if now is not None and _trusted(request):
        told["not_ready"] = [process.name for process in now.processes if not process.ready]
    return JsonResponse(told, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not _trusted(request):
        return HttpResponse(status=403)
    return HttpResponse(measured.page(settings.HALLOM_DATA, Figures()), content_type=CONTENT_TYPE_LATEST)


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

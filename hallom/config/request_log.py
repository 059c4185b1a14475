"""One line a request: what was asked for by its route, never by its address, which may hold a token or a name."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

log = structlog.get_logger("hallom.web")

REQUEST_SECONDS = Histogram(
    "hallom_web_request_seconds",
    "Time of an answer",
    ["status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        REQUEST_SECONDS.labels(f"{response.status_code // 100}xx").observe(seconds)
        match = request.resolver_match
        log.info(
            "request",
            method=request.method,
            route=match.route if match else None,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            user_id=getattr(getattr(request, "_cached_user", None), "pk", None),
        )
        return response

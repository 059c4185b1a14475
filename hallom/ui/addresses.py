"""Where a browser finds push and SIP: for the pages, and for the policy that lets the pages connect there."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port


def live_url(request: HttpRequest) -> str:
    return settings.HALLOM_LIVE_URL or _beside(
        request, settings.HALLOM_LIVE_PORT, "/live/", is_secure=request.is_secure()
    )


def sip_ws_url(request: HttpRequest) -> str:
    # With a certificate the switch speaks TLS alone on this port, however the page itself came.
    is_secure = request.is_secure() or bool(settings.HALLOM_SIP_TLS_CERT)
    return settings.HALLOM_SIP_WS_URL or _beside(
        request, settings.HALLOM_SIP_WS_PORT, "/", is_secure=is_secure
    )


def _beside(request: HttpRequest, port: int, path: str, *, is_secure: bool) -> str:
    host, _ = split_domain_port(request.get_host())
    return f"{'wss' if is_secure else 'ws'}://{host}:{port}{path}"


def addresses(request: HttpRequest) -> dict[str, str]:
    """Template variables `live_url` and `sip_ws_url`."""
    return {"live_url": live_url(request), "sip_ws_url": sip_ws_url(request)}


class AddressesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        allowed = [url.split("?")[0] for url in (live_url(request), sip_ws_url(request))]
        setattr(response, "_csp_update", {"connect-src": allowed})  # noqa: B010
        return response

"""Where a request comes from: what a client writes into `X-Forwarded-For` is believed of our own proxies only."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def of(request: HttpRequest) -> str:
    """The peer, or with `HALLOM_PROXIES` = n what the outermost of our n proxies has seen."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    proxies: int = settings.HALLOM_PROXIES
    if not 0 < proxies <= len(hops):
        return peer
    try:
        return str(ip_address(hops[-proxies].strip()))
    except ValueError:
        return peer

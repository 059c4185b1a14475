"""What we can do and say so (RFC 3261 20.5, 20.37)."""

from hallom.sip.event_package import ALLOW_EVENTS
from hallom.sip.message import Request, Response

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REGISTER, REFER, SUBSCRIBE"
ALLOWED = frozenset(ALLOW.split(", "))
# Methods that exist but that we do not serve get 405, others 501.
KNOWN = ALLOWED | {"MESSAGE", "NOTIFY", "PUBLISH"}
SUPPORTED = "100rel, norefersub, outbound, path, replaces, timer"
UNDERSTOOD = frozenset(SUPPORTED.split(", "))


def refusal(request: Request, tag: str) -> Response | None:
    """The response to a request that no part of us could serve (RFC 3261 8.2)."""
    if request.method not in ALLOWED:
        response = request.respond(405 if request.method in KNOWN else 501, tag=tag)
        response.headers["allow"] = [ALLOW]
        return response
    unknown = (request.tokens("require") | request.tokens("proxy-require")) - UNDERSTOOD
    if unknown:
        response = request.respond(420, tag=tag)
        response.headers["unsupported"] = [", ".join(sorted(unknown))]
        return response
    hops = request.first("max-forwards")
    if hops and not (hops.isascii() and hops.isdecimal() and len(hops) < 4):
        return request.respond(400, "Bad Max-Forwards", tag)
    return _content_refusal(request, tag)


def _content_refusal(request: Request, tag: str) -> Response | None:
    if not request.body or request.method not in ("INVITE", "UPDATE", "PRACK"):
        return None
    encoding = request.first("content-encoding").lower()
    if encoding in ("", "identity") and request.first("content-type").lower().startswith("application/sdp"):
        return None
    response = request.respond(415, tag=tag)
    response.headers["accept"] = ["application/sdp"]
    response.headers["accept-encoding"] = ["identity"]
    return response


def options(request: Request, tag: str) -> Response:
    response = request.respond(200, tag=tag)
    response.headers["allow"] = [ALLOW]
    response.headers["allow-events"] = [ALLOW_EVENTS]
    response.headers["accept"] = ["application/sdp"]
    response.headers["supported"] = [SUPPORTED]
    return response

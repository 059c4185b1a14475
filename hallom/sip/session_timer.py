import re
from dataclasses import dataclass

from hallom.sip.message import Headers, Request, Response

SESSION_EXPIRES = re.compile(r"([0-9]{1,9})\s*(?:;.*?refresher\s*=\s*(uac|uas))?", re.I)


@dataclass(frozen=True, slots=True)
class SessionTimer:
    """How long a session lives without a refresh, in seconds, and who refreshes it (RFC 4028)."""

    seconds: int
    we_refresh: bool

    @property
    def refresh_after(self) -> float:
        return self.seconds / 2

    @property
    def expires_after(self) -> float:
        """When it is over for the side that waits for a refresh (RFC 4028 10)."""
        return self.seconds - min(32, self.seconds / 3)


def session_expires(message: Request | Response) -> tuple[int, str] | None:
    match = SESSION_EXPIRES.match(message.first("session-expires"))
    return (int(match[1]), (match[2] or "").lower()) if match else None


def is_too_brief(request: Request, minimum: int) -> bool:
    """Whether to answer 422: only those who know the extension can do better (RFC 4028 9)."""
    asked = session_expires(request)
    return asked is not None and asked[0] < minimum and "timer" in request.tokens("supported")


def as_uas(request: Request, usual: int, minimum: int) -> SessionTimer:
    """The timer of a session we accept; we refresh unless the caller wants to: a browser's tab may be asleep."""
    asked = session_expires(request)
    knows = "timer" in request.tokens("supported")
    seconds = max(min(asked[0], usual) if asked else usual, request.number("min-se") or 0, minimum)
    if knows:
        return SessionTimer(seconds, asked is None or asked[1] != "uac")
    return SessionTimer(seconds, True)


def uas_headers(request: Request, timer: SessionTimer) -> Headers:
    """RFC 4028 table 2: Require only when the caller is the one to refresh."""
    refresher = "uas" if timer.we_refresh else "uac"
    if "timer" not in request.tokens("supported"):
        return {}
    headers = {"session-expires": [f"{timer.seconds};refresher={refresher}"]}
    if not timer.we_refresh:
        headers["require"] = ["timer"]
    return headers


def as_uac(response: Response, usual: int, minimum: int) -> SessionTimer:
    """The timer of a session a peer accepted; without Session-Expires we refresh at our own pace (RFC 4028 7.2)."""
    accepted = session_expires(response)
    if accepted is None:
        return SessionTimer(usual, True)
    return SessionTimer(max(accepted[0], minimum), accepted[1] != "uas")

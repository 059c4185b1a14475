import re

from hallom.sip import dialog_info, message_summary
from hallom.sip.header import parameters
from hallom.sip.message import Request

# What one can subscribe to, and how it is told (RFC 4235, RFC 3842).
PACKAGES = {"dialog": dialog_info.CONTENT_TYPE, "message-summary": message_summary.CONTENT_TYPE}
ALLOW_EVENTS = ", ".join((*PACKAGES, "refer"))
USUAL_SECONDS = 3600
EVENT = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]{1,64})\s*(;.*)?\Z")
ID = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]{1,64}\Z")


def event_of(request: Request) -> tuple[str, str]:
    """Package and id of the Event header, both empty when there is none to be read (RFC 6665 8.2.1)."""
    values = request.headers.get("event", ())
    match = EVENT.match(values[0]) if len(values) == 1 else None
    if match is None:
        return "", ""
    number = parameters(match[2] or "").get("id", "")
    return match[1].lower(), number if ID.match(number) else ""


def asked_seconds(request: Request) -> int:
    asked = request.number("expires")
    return USUAL_SECONDS if asked is None else min(asked, USUAL_SECONDS)


def is_accepted(request: Request, content_type: str) -> bool:
    """Whether the asker takes this kind of body; who says nothing takes the package's own (RFC 6665 8.2.1)."""
    taken = {item.partition(";")[0].strip() for item in request.tokens("accept")}
    kind = content_type.partition("/")[0]
    return not taken or bool(taken & {content_type, f"{kind}/*", "*/*"})

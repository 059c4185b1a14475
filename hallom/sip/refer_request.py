import re
from dataclasses import dataclass

from hallom.sip.header import BadHeader, NameAddr
from hallom.sip.message import Request
from hallom.sip.replaces import Replaces, replaces_in
from hallom.sip.uri import SCHEMES, scheme_of

METHOD = re.compile(r";method=([^;?]*)", re.I)


class CannotRefer(Exception):
    """A REFER that no one could carry out; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True)
class Wish:
    """What a REFER asks for: whom to call, in whose place, and at whose behest."""

    target_uri: str
    replaces: Replaces | None
    referred_by: str | None
    wants_notify: bool

    @classmethod
    def of(cls, request: Request) -> "Wish":
        """Raises CannotRefer (RFC 3515 2.4.2, RFC 3892 3, RFC 4488 4)."""
        targets, senders = request.headers.get("refer-to", []), request.headers.get("referred-by", [])
        if len(targets) != 1 or len(senders) > 1:
            raise CannotRefer(400)
        try:
            uri, _, headers = NameAddr.parse(targets[0]).uri.partition("?")
            replaces = replaces_in(headers)
        except BadHeader:
            raise CannotRefer(400) from None
        if scheme_of(uri) not in SCHEMES:
            raise CannotRefer(416)
        if (method := METHOD.search(uri)) is not None and method[1].upper() != "INVITE":
            # To have us send another request than a call is nothing that a telephone needs.
            raise CannotRefer(603)
        silent = request.first("refer-sub").partition(";")[0].strip().lower() == "false"
        return cls(METHOD.sub("", uri), replaces, _address(senders), not silent)


def _address(values: list[str]) -> str | None:
    try:
        return NameAddr.parse(values[0]).uri if values else None
    except BadHeader:
        return None

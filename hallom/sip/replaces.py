import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from hallom.sip.header import BadHeader
from hallom.sip.limits import MAX_TOKEN

# A call-id is a word, or two around an @; no word has a comma or a semicolon (RFC 3261 25.1).
CALL_ID = re.compile(r"[\x21-\x2b\x2d-\x3a\x3c-\x7e]+\Z")
TAG = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")


@dataclass(frozen=True, slots=True)
class Replaces:
    """The dialog whose place a call is to take (RFC 3891 6.1).

    `dialog` is its id here when we have it; `invite` is set when it is a call of ours that still rings.
    """

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False
    dialog: str | None = None
    invite: str | None = None

    @classmethod
    def parse(cls, value: str) -> "Replaces":
        """Raises BadHeader."""
        call_id, *rest = (part.strip() for part in value.split(";"))
        found: dict[str, str] = {}
        for part in rest:
            name, _, text = part.partition("=")
            if name.strip().lower() in found:
                raise BadHeader("Repeated Parameter in Replaces")
            found[name.strip().lower()] = text.strip()
        tags = found.get("to-tag", ""), found.get("from-tag", "")
        if not CALL_ID.match(call_id) or not all(TAG.match(tag) for tag in tags):
            raise BadHeader("Malformed Replaces")
        if max(map(len, (call_id, *tags))) > MAX_TOKEN:
            raise BadHeader("Malformed Replaces")
        return cls(call_id, *tags, early_only="early-only" in found)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def replaces_in(uri_headers: str) -> Replaces | None:
    """The Replaces among the headers of a URI (what stands after its `?`); raises BadHeader."""
    values = []
    for part in uri_headers.split("&"):
        name, _, value = part.partition("=")
        if name.lower() == "replaces":
            values.append(unquote_to_bytes(value).decode("latin-1"))
    if len(values) > 1:
        raise BadHeader("More Than One Replaces")
    return Replaces.parse(values[0]) if values else None

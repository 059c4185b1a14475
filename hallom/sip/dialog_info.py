"""What a lamp shows of an extension: its dialogs as XML (RFC 4235), always in full."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

CONTENT_TYPE = "application/dialog-info+xml"
NAMESPACE = "urn:ietf:params:xml:ns:dialog-info"
# A lamp is red or not: more dialogs than these do not change it, and would not fit a datagram.
MAX_LISTED = 8
# Of XML 1.0's characters those that a peer's name could smuggle in and a phone's parser would stumble over.
FORBIDDEN = re.compile("[^\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Versions begin at the seconds since here, so that they grow over restarts too.
EPOCH = 1_600_000_000

State = Literal["trying", "proceeding", "early", "confirmed", "terminated"]


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a dialog; `target` is the address to call it at."""

    identity: str
    name: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class DialogInfo:
    """One dialog of an extension; a phone that takes the call over sends the three ids back in Replaces."""

    id: str
    state: State
    direction: Literal["initiator", "recipient"] | None = None
    call_id: str = ""
    local_tag: str = ""
    remote_tag: str = ""
    local: Party | None = None
    remote: Party | None = None


def document(entity: str, version: int, dialogs: Sequence[DialogInfo] = ()) -> str:
    """The state of `entity`; no dialog means that it is free. `version` must grow from one to the next."""
    root = Element("dialog-info", xmlns=NAMESPACE, version=str(version), state="full", entity=_fit(entity))
    for info in dialogs[:MAX_LISTED]:
        _dialog(root, info)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def next_version(last: int, now: float) -> int:
    """A version greater than `last`, and than all of before a restart unless there was more than one a second."""
    return max(last + 1, int(now) - EPOCH)


def _dialog(root: Element, info: DialogInfo) -> None:
    ids = {
        "id": info.id,
        "call-id": info.call_id,
        "local-tag": info.local_tag,
        "remote-tag": info.remote_tag,
        "direction": info.direction or "",
    }
    element = SubElement(root, "dialog", {name: _fit(value) for name, value in ids.items() if value})
    SubElement(element, "state").text = info.state
    for name, party in (("local", info.local), ("remote", info.remote)):
        if party is not None:
            _party(SubElement(element, name), party)


def _party(element: Element, party: Party) -> None:
    identity = SubElement(element, "identity", {"display": _fit(party.name)} if party.name else {})
    identity.text = _fit(party.identity)
    if party.target:
        SubElement(element, "target", uri=_fit(party.target))


def _fit(text: str) -> str:
    return FORBIDDEN.sub("", text)

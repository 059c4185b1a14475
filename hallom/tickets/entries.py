"""What the stream of a ticket is made of, as its components show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Entry:
    """``kind`` is message, note or change; ``item`` what its component shows."""

    at: datetime
    kind: str
    item: Any


@dataclass(frozen=True, slots=True)
class Sound:
    """What a player plays."""

    url: str
    seconds: float


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; ``preview_url`` when a small picture of it is there, ``problem`` when it is not given out."""

    name: str
    url: str
    size: int
    preview_url: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who is on a mail: label and people."""

    label: str
    people: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """How far a message of ours has got; ``undo_url`` as long as it can be called back, which ends at ``until``."""

    text: str
    tone: str = ""
    undo_url: str = ""
    again_url: str = ""
    until: datetime | None = None
    is_soon: bool = False
    details_url: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """A button under a message: it posts to ``url``, which says everything; or a link to a page of its own."""

    label: str
    icon: str
    url: str
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message or a call, as the message component wants it. ``markup`` is harmless HTML, shown instead of ``body``;
    ``frame_url`` a page of its own for what is more than simple text; ``thread`` with whom, if not the customer."""

    id: str
    channel: str
    author: str
    how: str
    at: datetime
    body: str
    is_ours: bool = False
    is_live: bool = False
    recordings: tuple[Sound, ...] = ()
    markup: SafeString | None = None
    frame_url: str = ""
    remote_images: int = 0
    trackers: int = 0
    quoted_url: str = ""
    files: tuple[File, ...] = ()
    addressed: tuple[Addressed, ...] = ()
    subject: str = ""
    delivered: Delivered | None = None
    thread: str = ""
    merged_from: int | None = None
    is_automatic: bool = False
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    id: str
    author: str
    at: datetime
    body: str
    markup: SafeString | None = None
    files: tuple[File, ...] = ()
    merged_from: int | None = None

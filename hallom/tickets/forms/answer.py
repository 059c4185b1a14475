"""What the composer posts: read once, for the draft, for sending and for showing it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.tickets import written
from hallom.tickets.composing import (
    ALL,
    CALL,
    FORWARD,
    KEPT_VALUES,
    KINDS,
    LATER,
    REPLY,
    Composing,
    local_moment,
)
from hallom.tickets.models import Move, SideThread
from hallom.tickets.persons import NotAnAddress, Person, persons

# Beyond this a date is a slip of the keyboard.
LATEST = timedelta(days=366)
MORNING = time(8)
PARTS = ("to", "cc", "bcc")


class Unclear(ValueError):
    """The text says what is wrong, in the language of the page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``kind`` has no default: a note must never become anything else by omission."""

    kind: str
    mode: str
    html: str
    values: dict[str, str]
    attachments: tuple[int, ...]
    macros: tuple[str, ...]
    side: int | None
    revision: int
    seen: str
    anyway: bool
    confirmed: bool
    then: Move | None
    later: str

    @classmethod
    def of(cls, post: QueryDict) -> Asked:
        """Raises Unclear if it does not say what it is."""
        kind = post.get("kind", "")
        if kind not in KINDS:
            raise Unclear(_("It is not said whether this is an answer or a note."))
        body = post.get("body", "")[: written.MAX_LENGTH]
        mode = post.get("mode", REPLY)
        move = post.get("then", "")
        return cls(
            kind=kind,
            mode=mode if mode in (ALL, FORWARD) else REPLY,
            html=body if post.get("body_format") == "html" else written.html_of(body),
            values={name: str(post[name])[:2000] for name in KEPT_VALUES if name in post},
            attachments=tuple(_numbers(post.getlist("attachment"))),
            macros=tuple(key[:60] for key in post.getlist("macro")[:10]),
            side=next(_numbers([post.get("side", "")]), None),
            revision=next(_numbers([post.get("revision", "")]), 0),
            seen=post.get("seen", "")[:40],
            anyway=bool(post.get("anyway")),
            confirmed=post.get("body_missing") == "confirmed",
            then=Move(move) if move in Move.values else None,
            later=post.get("later", ""),
        )

    def people(self, part: str) -> tuple[Person, ...]:
        """Of to, cc or bcc; raises Unclear."""
        try:
            return persons(self.values.get(part, ""))
        except NotAnAddress as wrong:
            raise Unclear(_("“%(value)s” is no e-mail address.") % {"value": wrong.value}) from None

    def send_at(self, now: datetime) -> datetime | None:
        """Raises Unclear."""
        if self.later == "hour":
            return now + timedelta(hours=1)
        if self.later == "tomorrow":
            day = timezone.localdate(now) + timedelta(days=1)
            return timezone.make_aware(datetime.combine(day, MORNING))
        if self.later != "own":
            return None
        return self._own_time(now)

    def _own_time(self, now: datetime) -> datetime:
        moment = local_moment(self.values.get("send_at", ""))
        if moment is None:
            raise Unclear(_("Say when it is to be sent."))
        if not now < moment < now + LATEST:
            raise Unclear(_("That time is past or too far away."))
        return moment

    def chosen(self, now: datetime) -> dict[str, str]:
        """What the author chose besides words, files and people, as the fields of the composer say it."""
        moment = self.send_at(now)
        at = timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""
        kept = {name: self.values.get(name, "") for name in ("via", "signature")}
        which = LATER if moment else str(self.then or "")
        return {**kept, "mode": self.mode, "send_at": at, "chosen": which}

    def composing(self, *, side: SideThread | None = None) -> Composing:
        """The composer with everything that was typed."""
        fields: dict[str, Any] = {name: value for name, value in self.values.items() if name != "mode"}
        return Composing(
            self.kind,
            mode=self.mode,
            side=side,
            html=self.html,
            revision=self.revision,
            seen=self.seen,
            **fields,
        )

    @property
    def is_call(self) -> bool:
        return self.kind == CALL


def _numbers(values: Iterable[str]) -> Iterator[int]:
    return (int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19)

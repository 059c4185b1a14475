"""The tree of parts (RFC 2046 5.1) as slices of the mail: a part is copied once, when it is decoded."""

import re
from dataclasses import dataclass, field

from hallom.mail.parse.headers import Headers, split_header
from hallom.mail.parse.limits import (
    MAX_DEPTH,
    MAX_FALSE_DELIMITERS,
    MAX_HEADER,
    MAX_PART_HEADER,
    MAX_PARTS,
    Problem,
)
from hallom.mail.parse.parameters import Structured

TYPE = re.compile(r"[a-z0-9!#$&^_.+\-]{1,127}/[a-z0-9!#$&^_.+\-]{1,127}\Z")
# Servers that put an empty line or a byte order mark before everything.
BLANK = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*")
REST = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
LIKELY_BOUNDARY = re.compile(rb"(?:\A|\n)--([^\s]{1,200})[ \t]*\r?\nContent-[A-Za-z-]+[ \t]*:", re.I)
GUESS_WITHIN = 64 * 1024


@dataclass(slots=True)
class Entity:
    """One part; ``start`` and ``end`` are where its body lies in the mail."""

    headers: Headers
    content_type: str
    parameters: Structured
    start: int
    end: int
    whole: int
    children: list["Entity"] = field(default_factory=list)
    is_rest: bool = False

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)


class Splitter:
    """Splits one mail; its budgets are for all levels together."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.problems: dict[Problem, None] = {}
        self.parts = 0
        self.false_delimiters = 0

    def mail(self) -> Entity:
        blank = BLANK.match(self.data)
        return self._entity(blank.end() if blank else 0, len(self.data), depth=0)

    def _entity(self, start: int, end: int, *, depth: int, default: str = "text/plain") -> Entity:
        limit = MAX_PART_HEADER if depth else MAX_HEADER
        headers, body, problems = split_header(self.data, start, end, limit=limit)
        self._note(*problems)
        declared = headers.structured("content-type")
        kind = declared.value if TYPE.match(declared.value) else default
        headers.charset = declared.get("charset")
        entity = Entity(headers, kind, declared, min(body, end), end, start)
        if kind.startswith("multipart/"):
            self._split(entity, depth)
        return entity

    def _split(self, entity: Entity, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self._note(Problem.TOO_DEEP)
            entity.is_rest = True
            return
        spans = self._spans(entity, entity.parameters.get("boundary"))
        default = "message/rfc822" if entity.content_type == "multipart/digest" else "text/plain"
        for start, end in spans:
            self.parts += 1
            if self.parts > MAX_PARTS:
                self._note(Problem.TOO_MANY_PARTS)
                entity.children.append(self._rest(start, entity.end))
                return
            entity.children.append(self._entity(start, end, depth=depth + 1, default=default))
        if not spans:
            self._note(Problem.BOUNDARY_MISSING)
            entity.content_type = "text/plain"

    def _spans(self, entity: Entity, boundary: str) -> list[tuple[int, int]]:
        spans = self._between(entity, boundary.encode("utf-8", "replace")) if boundary else []
        if spans:
            return spans
        likely = LIKELY_BOUNDARY.search(self.data, entity.start, min(entity.end, entity.start + GUESS_WITHIN))
        if likely is None:
            return []
        self._note(Problem.BOUNDARY_MISSING)
        return self._between(entity, likely[1])

    def _between(self, entity: Entity, boundary: bytes) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        opened: int | None = None
        at = entity.start
        while len(spans) <= MAX_PARTS:
            found = self._delimiter(at, entity, boundary)
            if found is None:
                if opened is not None:
                    self._note(Problem.BOUNDARY_UNCLOSED)
                    spans.append((opened, entity.end))
                return spans
            line, after, is_last = found
            if opened is not None:
                spans.append((opened, max(opened, line)))
            if is_last:
                return spans
            opened, at = after, after
        return spans

    def _delimiter(self, at: int, entity: Entity, boundary: bytes) -> tuple[int, int, bool] | None:
        """Where the part before it ends, where the next begins, and whether it was the last."""
        data, end, mark = self.data, entity.end, b"--" + boundary
        while self.false_delimiters < MAX_FALSE_DELIMITERS:
            found = data.find(mark, at, end)
            if found < 0:
                return None
            rest = REST.match(data, found + len(mark), end)
            if rest is not None and (found == entity.start or data[found - 1 : found] == b"\n"):
                before = found - 1 if found > entity.start else found
                if before > entity.start and data[before - 1 : before] == b"\r":
                    before -= 1
                return before, rest.end(), rest[1] is not None
            self.false_delimiters += 1
            at = found + len(mark)
        return None

    def _rest(self, start: int, end: int) -> Entity:
        rest = Entity(Headers({}), "application/octet-stream", Structured(), start, end, start)
        rest.is_rest = True
        return rest

    def _note(self, *problems: Problem) -> None:
        self.problems.update(dict.fromkeys(problems))

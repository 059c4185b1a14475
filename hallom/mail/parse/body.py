"""What a reader sees of a mail: its text parts put together, its files beside them."""

import re
from dataclasses import dataclass, field

from hallom.mail.parse import charset
from hallom.mail.parse.entity import Entity, Splitter
from hallom.mail.parse.flowed import unflow
from hallom.mail.parse.headers import Headers, split_header
from hallom.mail.parse.invitation import calendar_of, readable
from hallom.mail.parse.limits import (
    MAX_ENCLOSED,
    MAX_HTML,
    MAX_PART_HEADER,
    MAX_PARTS,
    MAX_TEXT,
    MAX_WRAPPERS,
    Problem,
)
from hallom.mail.parse.mail import Calendar, Part, Wrapper
from hallom.mail.parse.names import Names
from hallom.mail.parse.transfer import undo, uuencoded
from hallom.mail.plain import html_of, text_of

# Other ways to say what text and HTML say already.
REDUNDANT = frozenset(("text/x-amp-html", "text/watch-html"))
TNEF_TYPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
SMIME_TYPES = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
MARKUP = re.compile(r"</?[a-z-]{1,20}>", re.I)
CID = re.compile(r"cid:([^\"'\s<>)]{1,300})", re.I)
# Of parts too deep to be taken apart: what follows the first header that is no boundary.
FIRST_WORDS = re.compile(rb"\n\r?\n(?!--|\s)(.*?)(?=\n--|\Z)", re.S)
ENCLOSED = ("message/rfc822", "message/global")


@dataclass(slots=True)
class Piece:
    """One stretch of the mail in one or both forms."""

    text: str = ""
    html: str = ""


@dataclass(slots=True)
class File:
    name: str
    content_type: str
    data: bytes
    content_id: str = ""


@dataclass(slots=True)
class Body:
    """Grows while the tree is walked; its budgets are for the whole mail."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    problems: dict[Problem, None] = field(default_factory=dict)
    calendar: Calendar | None = None
    wrapper: Wrapper = Wrapper.NONE
    text_left: int = MAX_TEXT
    html_left: int = MAX_HTML
    wrappers_left: int = MAX_WRAPPERS
    has_text: bool = False

    def note(self, *problems: Problem) -> None:
        self.problems.update(dict.fromkeys(problems))

    def text(self) -> str:
        texts = (piece.text or text_of(piece.html) for piece in self.pieces)
        return "\n\n".join(filter(None, (text.strip("\n") for text in texts)))

    def html(self) -> str:
        if not any(piece.html for piece in self.pieces):
            return ""
        return "\n".join(
            piece.html or html_of(piece.text) for piece in self.pieces if piece.html or piece.text
        )

    def parts(self, html: str) -> tuple[Part, ...]:
        shown = {found.strip() for found in CID.findall(html)} if "cid:" in html.lower() else set()
        names = Names()
        return tuple(
            Part(
                names.give(file.name, file.content_type),
                file.content_type,
                file.data,
                file.content_id,
                bool(file.content_id) and (file.content_id in shown or _percent(file.content_id) in shown),
            )
            for file in self.files
        )


def _percent(content_id: str) -> str:
    return content_id.replace("@", "%40")


class Walker:
    """Reads one tree; a signed wrapper has another one inside."""

    def __init__(self, data: bytes, body: Body) -> None:
        self.data = data
        self.body = body

    def walk(self) -> Entity:
        splitter = Splitter(self.data)
        root = splitter.mail()
        self.body.note(*splitter.problems)
        self.body.pieces += self._read(root)
        return root

    def _read(self, entity: Entity) -> list[Piece]:
        kind = entity.content_type
        if entity.is_rest:
            self._rest(entity)
            return []
        if kind == "multipart/alternative":
            return self._alternative(entity)
        if entity.children:
            self._wrapped(entity)
            return [piece for child in entity.children for piece in self._read(child)]
        if kind in REDUNDANT:
            return []
        return self._leaf(entity)

    def _alternative(self, entity: Entity) -> list[Piece]:
        """The first plain text there is, the last HTML: the best comes last."""
        merged = Piece()
        others: list[Piece] = []
        for child in entity.children:
            read = self._read(child)
            html = "\n".join(piece.html for piece in read if piece.html)
            text = "\n\n".join(piece.text for piece in read if piece.text.strip())
            if child.content_type == "text/calendar":
                others = read
                continue
            merged.text = merged.text or ("" if html and not child.is_multipart else text)
            merged.html = html or merged.html
        return [merged, *others]

    def _wrapped(self, entity: Entity) -> None:
        protocol = entity.parameters.get("protocol").lower()
        is_pgp = "pgp" in protocol
        if entity.content_type == "multipart/signed":
            self.body.wrapper = Wrapper.PGP_SIGNED if is_pgp else Wrapper.SMIME_SIGNED
        elif entity.content_type == "multipart/encrypted":
            self.body.wrapper = Wrapper.PGP_ENCRYPTED if is_pgp else Wrapper.SMIME_ENCRYPTED

    def _leaf(self, entity: Entity) -> list[Piece]:
        kind = entity.content_type
        disposition = entity.headers.structured("content-disposition")
        name = disposition.get("filename") or entity.parameters.get("name")
        if kind in ("text/plain", "text/html", "text/enriched", "text/richtext"):
            is_file = name and (self.body.has_text or disposition.value == "inline")
            if disposition.value != "attachment" and not is_file:
                return self._text(entity, kind)
        data = self._decoded(entity)
        if kind in TNEF_TYPES or name.lower() == "winmail.dat":
            pieces = self._outlook(data)
            if pieces is not None:
                return pieces
        self._keep(entity, name, data)
        if kind == "text/calendar":
            return self._calendar(data, entity)
        if kind in SMIME_TYPES or name.lower().endswith(".p7m"):
            return self._signed(data)
        return []

    def _decoded(self, entity: Entity) -> bytes:
        data, problem = undo(
            self.data[entity.start : entity.end], entity.headers.raw("content-transfer-encoding")
        )
        if problem is not None:
            self.body.note(problem)
        return data

    def _keep(self, entity: Entity, name: str, data: bytes) -> None:
        if entity.content_type in ENCLOSED:
            if not name:
                name = _enclosed_name(data)
        elif not data and not name:
            return
        content_id = entity.headers.text("content-id").strip("<> ")
        self._file(File(name, entity.content_type, data, content_id[:300]))

    def _file(self, file: File) -> None:
        if len(self.body.files) < 2 * MAX_PARTS:
            self.body.files.append(file)
        else:
            self.body.note(Problem.TOO_MANY_PARTS)

    def _rest(self, entity: Entity) -> None:
        self._file(File("rest.eml", "application/octet-stream", self.data[entity.whole : entity.end]))
        words = None if self.body.has_text else FIRST_WORDS.search(self.data, entity.start, entity.end)
        if words is not None:
            self.body.has_text = True
            text, _ = charset.decode(words[1][: self.body.text_left])
            self.body.pieces.append(Piece(text=text.replace("\r\n", "\n")))

    def _text(self, entity: Entity, kind: str) -> list[Piece]:
        data = self._decoded(entity)
        is_html = kind == "text/html"
        left = self.body.html_left if is_html else self.body.text_left
        if len(data) > left:
            self.body.note(Problem.TEXT_TOO_LONG)
            self._file(File("text.html" if is_html else "text.txt", kind, data))
            data = data[:left]
        if is_html:
            self.body.html_left -= len(data)
        else:
            self.body.text_left -= len(data)
        if kind == "text/plain" and b"begin " in data:
            data = self._without_uuencoded(data)
        text, problems = charset.decode(
            data, entity.parameters.get("charset") or _meta_charset(data, is_html)
        )
        self.body.note(*problems)
        self.body.has_text = self.body.has_text or bool(text.strip())
        if is_html:
            return [Piece(html=text)]
        return [Piece(text=self._plain(text, entity))]

    def _plain(self, text: str, entity: Entity) -> str:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if entity.content_type != "text/plain":
            return MARKUP.sub("", text)
        if entity.parameters.get("format").lower() == "flowed":
            text = unflow(text, deletes_space=entity.parameters.get("delsp").lower() == "yes")
        return self._without_armour(text) if "-----BEGIN PGP " in text else text

    def _without_uuencoded(self, data: bytes) -> bytes:
        files, rest = uuencoded(data)
        for name, content in files:
            self._file(File(charset.decode(name)[0], "application/octet-stream", content))
        return rest

    def _without_armour(self, text: str) -> str:
        """Inline PGP: what was signed is readable, and kept as it was sent beside it."""
        if "-----BEGIN PGP MESSAGE-----" in text:
            self.body.wrapper = Wrapper.PGP_ENCRYPTED
        head, begins, rest = text.partition("-----BEGIN PGP SIGNED MESSAGE-----\n")
        signed, ends, signature = rest.partition("-----BEGIN PGP SIGNATURE-----")
        if not (begins and ends):
            return text
        self.body.wrapper = Wrapper.PGP_SIGNED
        self._file(File("signed.asc", "application/pgp-signature", text.encode()))
        _, _, words = signed.partition("\n\n")
        after = signature.partition("-----END PGP SIGNATURE-----")[2]
        return head + re.sub(r"(?m)^- ", "", words) + after

    def _calendar(self, data: bytes, entity: Entity) -> list[Piece]:
        if self.body.calendar is not None:
            return []
        event = calendar_of(charset.decode(data[:MAX_TEXT], entity.parameters.get("charset") or "utf-8")[0])
        if event is None:
            self.body.note(Problem.CALENDAR_BROKEN)
            return []
        self.body.calendar = event
        return [Piece(text=readable(event))]

    def _outlook(self, data: bytes) -> list[Piece] | None:
        from hallom.mail.parse.outlook import pieces_of

        if self.body.wrappers_left <= 0:
            return None
        self.body.wrappers_left -= 1
        return pieces_of(data, self._file, self.body)

    def _signed(self, data: bytes) -> list[Piece]:
        from hallom.mail.parse.cms import BadCms, content_of

        if self.body.wrappers_left <= 0:
            return []
        self.body.wrappers_left -= 1
        try:
            content = content_of(data)
        except BadCms:
            self.body.note(Problem.WRAPPER_BROKEN)
            return []
        self.body.wrapper = Wrapper.SMIME_ENCRYPTED if content is None else Wrapper.SMIME_OPAQUE
        if content is not None:
            inner = Walker(content, self.body)
            inner.walk()
        return []


def read_enclosed(body: Body) -> None:
    """Of a mail that says nothing but encloses others, as "forward as attachment" does: their words and files."""
    at = 0
    while at < len(body.files) and not body.has_text and body.wrappers_left > 0:
        file = body.files[at]
        at += 1
        if file.content_type in ENCLOSED and len(file.data) <= MAX_ENCLOSED:
            body.wrappers_left -= 1
            inner = Walker(file.data, body)
            said, files = len(body.pieces), len(body.files)
            root = inner.walk()
            if root.content_type == "multipart/report":
                # That somebody encloses a bounce makes this mail none.
                del body.files[files:]
            fields = ((name, root.headers.text(name)[:200]) for name in ("from", "date", "subject"))
            words = "\n".join(f"{name.capitalize()}: {value}" for name, value in fields if value)
            body.pieces.insert(said, Piece(text=words))


def _meta_charset(data: bytes, is_html: bool) -> str:
    if not is_html:
        return ""
    found = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", data[:4096], re.I)
    return found[1].decode("ascii", "replace") if found else ""


def _enclosed_name(data: bytes) -> str:
    headers: Headers = split_header(data, 0, min(len(data), MAX_PART_HEADER))[0]
    subject = headers.text("subject")[:80]
    return f"{subject}.eml" if subject else "mail.eml"

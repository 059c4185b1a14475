"""winmail.dat opened: its text joins the mail's, its files the attachments."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hallom.mail.parse import charset
from hallom.mail.parse.limits import MAX_HTML, MAX_TEXT, Problem
from hallom.mail.parse.names import type_of
from hallom.mail.parse.rtf import read_rtf, unpack
from hallom.mail.parse.tnef import BadTnef, Tnef, read_tnef

if TYPE_CHECKING:
    from hallom.mail.parse.body import Body, File, Piece


def pieces_of(data: bytes, keep: Callable[["File"], None], body: "Body") -> "list[Piece] | None":
    """None when it is no TNEF: it is then an attachment like any other. Text only if the mail has none."""
    from hallom.mail.parse.body import File, Piece

    try:
        found = read_tnef(data)
    except BadTnef:
        body.note(Problem.TNEF_BROKEN)
        return None
    if not (found.files or found.text or found.html or found.rtf):
        body.note(Problem.TNEF_BROKEN)
        return None
    for file in found.files:
        keep(File(file.name, file.content_type or type_of(file.name), file.data, file.content_id))
    text, html = _words(found, body)
    return [Piece(text=text, html=html)] if text or html else []


def _words(found: Tnef, body: "Body") -> tuple[str, str]:
    text = charset.decode(found.text[:MAX_TEXT], found.codepage)[0].replace("\r\n", "\n")
    html = charset.decode(found.html[:MAX_HTML], found.codepage)[0]
    if found.rtf and not html and not text.strip():
        try:
            text, html = map(charset.tidy, read_rtf(unpack(found.rtf)))
        except ValueError:
            body.note(Problem.TNEF_BROKEN)
    return text.strip(), html.strip()

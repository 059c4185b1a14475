"""Our stored HTML as it may leave the house: images as parts of the mail, nothing that points into our pages. Pure."""

from __future__ import annotations

import html as escaping
import re
from collections.abc import Mapping
from html.parser import HTMLParser

# Addresses a customer can open; everything else is one of ours or does harm.
_ABROAD = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_OWN_FILE = re.compile(r"/attachments/([0-9]{1,18})/")
_VOID = frozenset({"area", "br", "col", "hr", "img", "wbr"})
_KEPT = frozenset({"href", "alt", "title", "width", "height", "colspan", "rowspan", "start", "lang", "dir"})
_DROPPED = frozenset({"script", "style", "template", "iframe", "object"})
# Mail programs know no style sheet of ours.
_STYLES = {
    "blockquote": "margin:0 0 0 .8ex;border-left:2px solid #c3cbc8;padding-left:1ex",
    "pre": "white-space:pre-wrap",
    "img": "max-width:100%",
}


def outward(html: str, content_ids: Mapping[int, str]) -> str:
    """``content_ids``: attachment id to the content id of its part. An image that is none of these becomes its alt text."""
    reader = _Outward(content_ids)
    reader.feed(html)
    reader.close()
    return "".join(reader.written)


def document(body: str, *, language: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{escaping.escape(language)}"><head><meta charset="utf-8"></head>\n'
        f'<body style="font-family:sans-serif;font-size:15px;line-height:1.5">\n{body}\n</body></html>\n'
    )


class _Outward(HTMLParser):
    def __init__(self, content_ids: Mapping[int, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._content_ids = content_ids
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._silent += 1
        if self._silent:
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._image(given)
        elif tag != "mark":
            kept = {name: value for name, value in given.items() if name in _KEPT}
            if "href" in kept and not _ABROAD.match(kept["href"].strip()):
                del kept["href"]
            self.written.append(_tag(tag, kept))

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self._silent = max(self._silent - 1, 0)
        elif not self._silent and tag not in _VOID and tag != "mark":
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.written.append(escaping.escape(data, quote=False))

    def _image(self, given: dict[str, str]) -> None:
        content_id = self._content_ids.get(_attachment(given))
        if content_id is None:
            self.written.append(escaping.escape(given.get("alt", ""), quote=False))
            return
        kept = {name: value for name, value in given.items() if name in ("alt", "width", "height")}
        self.written.append(_tag("img", {"src": f"cid:{content_id}", **kept}))


def _attachment(given: Mapping[str, str]) -> int:
    """0 when the image is none of our attachments."""
    if found := _OWN_FILE.match(given.get("src", "")):
        return int(found[1])
    number = given.get("data-attachment", "")
    return int(number) if re.fullmatch(r"[0-9]{1,18}", number) else 0


def _tag(tag: str, attributes: Mapping[str, str]) -> str:
    given = {**attributes, "style": _STYLES[tag]} if tag in _STYLES else attributes
    written = "".join(f' {name}="{escaping.escape(value)}"' for name, value in given.items())
    return f"<{tag}{written}>"

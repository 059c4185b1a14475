"""HTML whose size and shape are bounded, and tags of HTML that has been through the sanitiser."""

import html as entities
import re
from collections.abc import Iterator

# Their text is no text of the mail.
SWALLOWED = frozenset(
    [
        "script",
        "style",
        "title",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "applet",
        "audio",
        "video",
        "canvas",
        "noframes",
        "noembed",
        "xmp",
    ]
)
# nh3's cost grows with the square of depth, and of the attributes of one tag: within these it stays below 2 s.
MAX_MARKUP = 1024 * 1024
MAX_TAGS = 25_000
MAX_RUN = 32 * 1024
# What is opened and never closed lies in one another; honest mails leave out the end of a line, a paragraph, a cell.
MAX_UNCLOSED = 6_000
UNCLOSED = re.compile(r"<(?:br|img|hr|p|li|td|tr)\b", re.I)
# Images inside the HTML are put aside before it is measured.
DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp|avif);base64,([A-Za-z0-9+/=%\s]{100,})", re.I)
PLACEHOLDER = "cid:embedded-image-{}"
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>')
ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
SKIPPED = ("script", "style", "title", "head")
COMMENT_OR_TAG = re.compile(r"<[^<>]*>")

Attributes = list[tuple[str, str]]


def is_bounded(html: str) -> bool:
    if len(html) > MAX_MARKUP or html.count("<") > MAX_TAGS:
        return False
    if html.count("<") - 2 * html.count("</") > MAX_UNCLOSED and _is_deep(html):
        return False
    return len(html) <= MAX_RUN or max(map(len, html.split("<"))) <= MAX_RUN


def _is_deep(html: str) -> bool:
    unclosed = sum(1 for _ in UNCLOSED.finditer(html))
    return html.count("<") - 2 * html.count("</") - unclosed > MAX_UNCLOSED


def without_data_images(html: str) -> tuple[str, list[str]]:
    """The images' place is taken by ``cid:`` URLs that no mail has a part for."""
    if "base64," not in html:
        return html, []
    images: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        images.append(re.sub(r"\s|%0[aAdD]|%20", "", match[0]))
        return PLACEHOLDER.format(len(images) - 1)

    return DATA_IMAGE.sub(put_aside, html), images


def attributes(source: str) -> Attributes:
    """Of a tag as the sanitiser writes it."""
    return [(name, entities.unescape(value)) for name, value in ATTRIBUTE.findall(source)]


def start_tag(name: str, given: Attributes) -> str:
    written = "".join(f' {key}="{entities.escape(value)}"' for key, value in given)
    return f"<{name}{written}>"


def tokens(cleaned: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Text (unescaped) and tags in turn, of HTML that the sanitiser wrote."""
    at = 0
    for match in TAG.finditer(cleaned):
        if match.start() > at:
            yield entities.unescape(cleaned[at : match.start()]), None
        yield "", match
        at = match.end()
    if at < len(cleaned):
        yield entities.unescape(cleaned[at:]), None


def bare_text(html: str) -> str:
    """Text of HTML that no parser should be asked to read; linear whatever it is."""
    for name in SKIPPED:
        html = _without(html, name)
    text = re.sub(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6])\b", "\n<", html)
    return entities.unescape(COMMENT_OR_TAG.sub("", text))


def _without(html: str, name: str) -> str:
    lower = html.lower()
    if len(lower) != len(html):
        lower = html
    kept: list[str] = []
    at = 0
    while True:
        opens = lower.find(f"<{name}", at)
        closes = lower.find(f"</{name}", opens) if opens >= 0 else -1
        if closes < 0:
            return "".join([*kept, html[at:]])
        kept.append(html[at:opens])
        at = closes

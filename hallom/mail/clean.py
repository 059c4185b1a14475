"""HTML of a mail made harmless: what is left runs nothing, loads nothing and says where its links lead.

It is shown in a sandboxed frame besides. Source of the rules: the HTML that reached us and nh3's defaults.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import nh3

from hallom.mail.links import deceives, host_of, target_of
from hallom.mail.markup import (
    PLACEHOLDER,
    SWALLOWED,
    Attributes,
    attributes,
    bare_text,
    is_bounded,
    start_tag,
    without_data_images,
)
from hallom.mail.plain import html_of, text_of

__all__ = ["Clean", "clean", "html_of", "text_of"]

TAGS = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "dfn",
        "dir",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "nobr",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "article",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
CELL = {"align", "valign", "width", "height", "bgcolor", "colspan", "rowspan", "nowrap"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "dir", "lang", "title", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border", "hspace", "vspace"},
    "font": {"color", "face", "size"},
    "table": {"width", "height", "border", "cellpadding", "cellspacing", "bgcolor", "rules", "frame"},
    "td": CELL,
    "th": CELL,
    "tr": {"align", "valign", "bgcolor", "height"},
    "col": {"width", "span"},
    "colgroup": {"width", "span"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value", "type"},
    "blockquote": {"type"},
    "hr": {"width", "size", "color", "noshade"},
}
# quoting.py knows quoted history and signatures by these.
CLASSES = {
    "gmail_quote", "gmail_quote_container", "gmail_attr", "gmail_signature", "gmail_signature_prefix", "gmail_extra",
    "yahoo_quoted", "moz-cite-prefix", "moz-signature", "moz-forward-container", "protonmail_quote",
    "protonmail_signature_block", "protonmail_signature_block-user", "OutlookMessageHeader", "MsoNormal", "tutanota_quote", "zmail_extra", "replySeparator",
    "AppleOriginalContents", "AppleMailSignature", "hallom-quote", "hallom-signature", "mobile-signature",
}  # fmt: skip
IDS = {
    "divRplyFwdMsg", "x_divRplyFwdMsg", "appendonsend", "x_appendonsend", "reply-intro", "replyBlockquote",
    "mail-editor-reference-message-container", "isReplyContent", "ms-outlook-mobile-signature", "Signature",
    "x_Signature", "AppleMailSignature", "lineBreakAtBeginningOfSignature", "OLK_SRC_BODY_SECTION",
}  # fmt: skip
SIDES = ("", "-top", "-right", "-bottom", "-left")
STYLES = {
    "color", "background-color", "font", "font-family", "font-size", "font-style", "font-weight", "font-variant",
    "text-align", "text-decoration", "text-indent", "text-transform", "line-height", "letter-spacing", "white-space",
    "word-break", "word-wrap", "overflow-wrap", "vertical-align", "width", "height", "max-width", "min-width",
    "max-height", "min-height", "display", "float", "clear", "direction", "list-style-type", "table-layout",
    "border-collapse", "border-spacing", "border-radius", "border-color", "border-style", "border-width",
    *(f"{name}{side}" for name in ("margin", "padding", "border") for side in SIDES),
    *(f"border{side}-{what}" for side in SIDES[1:] for what in ("color", "style", "width")),
}  # fmt: skip
SAFE_STYLE = re.compile(r"""(?:[\w\s#%.,'"!+*/-]|(?:rgba?|hsla?|calc)\([\w\s.,%+*/-]*\))*\Z""")
HIDDEN = re.compile(r"display:\s*none|(?:^|[;\s])(?:max-)?(?:width|height):\s*[01](?:px)?\s*(?:;|$)")
BACKGROUND = re.compile(r"""(?:url\(\s*["']?|\bbackground\s*=\s*["']?)\s*(?:https?:)?//""", re.I)
# In tables a link may stand within another one.
LINK_END = re.compile(r"</?a[ >]")
# A host and its path; a longer text pretends nothing.
MAX_LINK_TEXT = 2000
MEDDLED = re.compile(r'<([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")+)>')
# Browsers leave these out of addresses (WHATWG URL, 4.4).
UNSEEN = re.compile(r"[\t\n\r]|\A[\x00-\x20]+")
INNER_TAG = re.compile(r"<[^<>]*>")


def _of_its_host(address: str) -> str | None:
    """An address that names a host but no scheme, as browsers understand it; what is only a path leads nowhere in a mail."""
    within = UNSEEN.sub("", address).replace("\\", "/")
    return f"https:{within}" if within.startswith("//") else None


CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(SWALLOWED),
    attributes=ATTRIBUTES,
    allowed_classes=dict.fromkeys(TAGS, CLASSES),
    tag_attribute_values={tag: {"id": IDS} for tag in TAGS},
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    url_relative=_of_its_host,
    link_rel=None,
    filter_style_properties=STYLES,
)


@dataclass(frozen=True, slots=True)
class Clean:
    """``remote_images`` wait until somebody asks for them; ``trackers``, which nobody could see, and backgrounds never are."""

    html: str
    remote_images: int = 0
    trackers: int = 0
    is_reduced: bool = False


def _no_image(content_id: str) -> str | None:
    return None


def clean(html: str, cid: Callable[[str], str | None] = _no_image) -> Clean:
    """A fragment for a sandboxed frame; ``cid`` gives our own URL of an image in the mail."""
    html, embedded = without_data_images(html)
    if not is_bounded(html):
        return Clean(html_of(bare_text(html)), is_reduced=True)
    rewriter = _Rewriter(cid, embedded)
    fragment = CLEANER.clean(html)
    fragment = MEDDLED.sub(rewriter.tag, fragment)
    backgrounds = len(BACKGROUND.findall(html))
    return Clean(fragment, rewriter.remote, rewriter.trackers + backgrounds)


class _Rewriter:
    def __init__(self, cid: Callable[[str], str | None], embedded: list[str]) -> None:
        self.cid = cid
        self.embedded = {PLACEHOLDER.format(number): image for number, image in enumerate(embedded)}
        self.remote = self.trackers = 0
        # A mail writes the same tag again for every paragraph and cell.
        self.plain: dict[str, str] = {}

    def tag(self, match: re.Match[str]) -> str:
        name, source = match[1], match[2]
        if name == "a":
            return start_tag(name, self._link(_given(source), match))
        if name == "img":
            return start_tag(name, self._image(_given(source)))
        if "style=" not in source:
            return match[0]
        if match[0] not in self.plain:
            self.plain[match[0]] = start_tag(name, list(_given(source).items()))
        return self.plain[match[0]]

    def _link(self, given: dict[str, str], match: re.Match[str]) -> Attributes:
        href = given.pop("href", "").strip()
        if not href or href.lower().startswith("cid:"):
            return list(given.items())
        given |= {"href": href, "title": target_of(href), "data-target": host_of(href)}
        given |= {"rel": "noopener noreferrer nofollow", "target": "_blank"}
        inside = LINK_END.split(match.string[match.end() : match.end() + MAX_LINK_TEXT], maxsplit=1)[0]
        pretended = deceives(unescape(INNER_TAG.sub("", inside)), href)
        if pretended:
            given["data-deceptive"] = pretended
        return list(given.items())

    def _image(self, given: dict[str, str]) -> Attributes:
        source = given.pop("src", "").strip()
        scheme = source.partition(":")[0].lower()
        if source in self.embedded:
            given["src"] = self.embedded[source]
        elif scheme == "cid":
            ours = self.cid(source[4:])
            if ours:
                given["src"] = ours
        elif scheme in ("http", "https"):
            if _is_hidden(given):
                self.trackers += 1
            else:
                self.remote += 1
                given["data-remote-src"] = source
        return list(given.items())


def _given(source: str) -> dict[str, str]:
    """The attributes of a tag, of its style what is harmless."""
    given = {key: _style(value) if key == "style" else value for key, value in attributes(source)}
    if not given.get("style"):
        given.pop("style", None)
    return given


def _is_hidden(given: dict[str, str]) -> bool:
    tiny = {given.get("width", "").strip(), given.get("height", "").strip()} & {"0", "1", "0px", "1px"}
    return bool(tiny) or HIDDEN.search(given.get("style", "").lower()) is not None


def _style(value: str) -> str:
    """The sanitiser left properties we know; values may still call functions that load."""
    declarations = (part.strip() for part in value.split(";"))
    return ";".join(
        part for part in declarations if part and ":" in part and SAFE_STYLE.match(part.partition(":")[2])
    )

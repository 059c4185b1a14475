"""HTML of a message on our pages: simple text stands in the page, everything else in a frame without its rights."""

from __future__ import annotations

import re

from django.utils.safestring import SafeString, mark_safe

from hallom.tickets.written import PAGE

# Every tag must be one of these to the letter: what passes can run, load or restyle nothing, whoever stored it.
_SIMPLE = re.compile(
    r"""(?x)
    </?(?:p|b|strong|i|em|u|s|ul|ol|li|blockquote|code|pre|div|span)> | <br[ ]?/?>
    | <ol[ ]start="\d{1,6}"> | </a> | <a[ ]href="(?:(?:https?|mailto|tel):[^"<>]*|PAGE)"(?:[ ](?:rel|title|target|data-target|data-deceptive)="[^"<>]*")*>
    | <a(?:[ ]rel="[^"<>]*")?> | <span[ ]data-mention="\d{1,18}">
    | <img(?:[ ](?:alt="[^"<>]*"|data-attachment="\d{1,18}"|src="/attachments/\d{1,18}/[^"<>?\#]*"))+>
    """.replace("PAGE", PAGE)
)
_TAG = re.compile(r"<[^<>]*>?")
_MENTION = re.compile(r'<span data-mention="\d{1,18}">')
_REMOTE = re.compile(r'(<img\b[^>]*?) data-remote-src="(https?://[^"]*)"')
# A page of text; more is shown in a frame, fetched when it comes into sight.
INLINE_LENGTH = 20_000


def inline(html: str) -> SafeString | None:
    """The HTML for our own page, or None if it is more than simple text."""
    if not html or len(html) > INLINE_LENGTH or any(not _SIMPLE.fullmatch(tag) for tag in _TAG.findall(html)):
        return None
    return mark_safe(_MENTION.sub('<span class="mention">', html))


def with_remote_images(html: str) -> str:
    """With the pictures that were taken out when the mail came: their servers see that it is read."""
    return _REMOTE.sub(r'\1 src="\2"', html)

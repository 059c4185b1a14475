"""Pictures that a text brings along from elsewhere become files of the draft it is put into."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape

from django.db import transaction

from hallom.staff.models import User
from hallom.storage import aftercare, limits
from hallom.storage.models import Blob
from hallom.tickets import drafts
from hallom.tickets.composer_tools import Snippet
from hallom.tickets.composing import Composing
from hallom.tickets.conversation_rows import attachment_url
from hallom.tickets.models import Attachment, Ticket
from hallom.tickets.written import IMAGE

_SOURCE = re.compile(r' src="([^"]*)"')
_KEY = re.compile(r' data-attachment="[^"]*"')


@transaction.atomic
def with_files(snippet: Snippet, ticket: Ticket, composing: Composing, *, author: User, now: datetime) -> str:
    """The text, its pictures shown from the draft. Raises TooLarge when they are too many for one answer."""
    keys: dict[str, str] = {}
    for address, picture in snippet.pictures.items():
        kept = attach(
            picture.blob, picture.name, picture.content_type, ticket, composing, author=author, now=now
        )
        url = escape(attachment_url(kept.pk, kept.name))
        keys[address] = f' src="{url}" data-attachment="{kept.pk}"'

    def moved(image: re.Match[str]) -> str:
        source = _SOURCE.search(image[0])
        place = keys.get(source[1]) if source else None
        # A picture that is not there any more leaves no hole in a customer's mail.
        return f"<img{place}{_KEY.sub('', _SOURCE.sub('', image[0]))[4:]}" if place else ""

    return IMAGE.sub(moved, snippet.html)


@transaction.atomic
def attach(
    blob: Blob,
    name: str,
    content_type: str,
    ticket: Ticket,
    composing: Composing,
    *,
    author: User,
    now: datetime,
) -> Attachment:
    """A file for the draft. Raises TooLarge."""
    draft = drafts.hold_files(ticket, author, composing.draft_kind, now=now, side=composing.side)
    sizes = list(draft.attachments.values_list("blob__size", flat=True))
    limits.check_together(len(sizes) + 1, sum(sizes) + blob.size)
    aftercare.look_after(blob, content_type)
    return Attachment.objects.create(
        draft=draft, blob=blob, name=name, content_type=content_type, position=len(sizes)
    )

"""A file that nothing points to any more is discarded after a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from hallom.staff.models import User
from hallom.storage import blobs, preview, unused
from hallom.storage.models import Blob
from hallom.tickets import drafts
from hallom.tickets.models import Attachment, DraftKind, Ticket

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1, minutes=1)


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Any) -> None:
    settings.HALLOM_DATA = tmp_path


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (1200, 800)).save(out, "PNG")
    return out.getvalue()


def is_there(blob: Blob) -> bool:
    return blobs.path_of(blob).exists()


def test_what_nothing_points_to_goes_after_a_day_and_not_before(now: datetime) -> None:
    blob = blobs.keep(b"words", now=now)
    assert (unused.discard(now + timedelta(hours=23)), is_there(blob)) == (0, True)
    assert (unused.discard(now + DAY), is_there(blob)) == (1, False)
    assert unused.discard(now + DAY) == 0


def test_the_file_of_a_draft_stays_until_the_draft_is_thrown_away(now: datetime, alice: User) -> None:
    ticket = Ticket.open("It is slow", by=None, now=now)
    draft = drafts.hold_files(ticket, alice, DraftKind.REPLY, now=now)
    blob = blobs.keep(b"words", now=now)
    Attachment.objects.create(draft=draft, blob=blob, name="a.txt", content_type="text/plain")
    assert unused.discard(now + 900 * DAY) == 0
    drafts.discard(ticket, alice, DraftKind.REPLY, now=now)
    assert unused.discard(now + DAY) == 1
    assert not is_there(blob)


def test_the_preview_of_a_picture_goes_with_it(now: datetime) -> None:
    blob = blobs.keep(picture(), now=now)
    small = preview.make(blob, now=now)
    assert small is not None
    assert unused.discard(now + DAY) == 2
    assert not is_there(blob)
    assert not is_there(small)


def test_what_comes_again_is_there_again_and_has_its_day(now: datetime) -> None:
    blobs.keep(b"words", now=now)
    unused.discard(now + DAY)
    again = blobs.keep(b"words", now=now + DAY)
    assert blobs.read(again) == b"words"
    assert unused.discard(now + DAY) == 0


def test_old_bytes_that_come_again_have_their_day_too(now: datetime) -> None:
    blobs.keep(b"words", now=now)
    again = blobs.keep(b"words", now=now + DAY)
    assert unused.discard(now + DAY) == 0
    assert is_there(again)

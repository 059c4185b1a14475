from datetime import datetime

import pytest

from hallom.staff.models import User
from hallom.storage import blobs
from hallom.tickets import drafts
from hallom.tickets.drafts import NewerElsewhere
from hallom.tickets.models import Attachment, Draft, DraftKind, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
REPLY, NOTE = DraftKind.REPLY, DraftKind.NOTE


@pytest.fixture
def ticket(alice: User, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, owner=alice)


def test_one_draft_for_each_author_and_kind(ticket: Ticket, alice: User, bruno: User, now: datetime) -> None:
    first = drafts.save(ticket, alice, REPLY, html="a", now=now, revision=0)
    drafts.save(ticket, alice, REPLY, html="ab", now=now, revision=first.revision, values={"to": "x@y.hu"})
    drafts.save(ticket, alice, NOTE, html="n", now=now, revision=0)
    drafts.save(ticket, bruno, REPLY, html="b", now=now, revision=0)
    kept = {(one.author, one.kind, one.html, one.revision) for one in Draft.objects.all()}
    assert kept == {(alice, "reply", "ab", 2), (alice, "note", "n", 1), (bruno, "reply", "b", 1)}


def test_a_second_device_is_told_of_newer_words(ticket: Ticket, alice: User, now: datetime) -> None:
    drafts.save(ticket, alice, REPLY, html="a", now=now, revision=0)
    drafts.save(ticket, alice, REPLY, html="ab", now=now, revision=1)
    for revision in (0, 1):
        with pytest.raises(NewerElsewhere) as refused:
            drafts.save(ticket, alice, REPLY, html="other", now=now, revision=revision)
        assert refused.value.draft is not None
        assert refused.value.draft.html == "ab"


def test_what_was_sent_elsewhere_does_not_come_back(ticket: Ticket, alice: User, now: datetime) -> None:
    drafts.save(ticket, alice, REPLY, html="a", now=now, revision=0)
    assert drafts.discard(ticket, alice, REPLY, now=now)
    assert not drafts.discard(ticket, alice, REPLY, now=now)
    with pytest.raises(NewerElsewhere) as refused:
        drafts.save(ticket, alice, REPLY, html="late", now=now, revision=1)
    assert refused.value.draft is None
    assert not Draft.objects.exists()


def test_a_file_makes_a_draft_and_goes_with_it(ticket: Ticket, alice: User, now: datetime) -> None:
    draft = drafts.hold_files(ticket, alice, REPLY, now=now)
    Attachment.objects.create(
        draft=draft, blob=blobs.keep(b"x", now=now), name="x.txt", content_type="text/plain"
    )
    assert drafts.hold_files(ticket, alice, REPLY, now=now) == draft
    # The autosave that was under way still fits.
    drafts.save(ticket, alice, REPLY, html="a", now=now, revision=0)
    drafts.discard(ticket, alice, REPLY, now=now)
    assert not Attachment.objects.exists()


def test_autosaves_do_not_fill_the_timeline(ticket: Ticket, alice: User, now: datetime) -> None:
    for revision in range(5):
        drafts.save(ticket, alice, REPLY, html=f"{revision}", now=now, revision=revision)
    told = Event.objects.filter(kind__startswith="ticket.draft")
    assert [(one.kind, one.topics) for one in told] == [("ticket.draft_begun", [f"desk-{alice.pk}"])]

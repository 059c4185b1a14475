"""Whatever comes is stored, imported without an exception, and can be found again."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hallom.mail import intake
from hallom.mail.importing import import_mail
from hallom.mail.models import IncomingMail, Mailbox, Progress
from hallom.mail.tests.arriving import mailbox
from hallom.mail.tests.corpus_makers import hostile
from hallom.storage import blobs
from hallom.tickets.models import Message

pytestmark = pytest.mark.django_db
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.eml"))
# Told apart by what they are: no ticket, and why.
NO_TICKET = {"bounce_of_unknown", "own", "out_of_office", "auto_reply", "double"}
EXAMPLES = 60


@pytest.fixture
def box(settings: Any, tmp_path: Any) -> Mailbox:
    settings.HALLOM_DATA = tmp_path
    return mailbox()


def take(raw: bytes, box: Mailbox, now: datetime) -> IncomingMail:
    row = import_mail(intake.store(raw, box, now=now), now=now)
    assert row.progress != Progress.STORED, "the import failed"
    assert blobs.read(row.raw) == raw
    if row.progress == Progress.IGNORED:
        assert row.reason in NO_TICKET
    else:
        assert row.ticket is not None
    return row


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_mail_of_the_corpus_finds_its_place(path: Path, box: Mailbox, now: datetime) -> None:
    row = take(path.read_bytes(), box, now)
    assert (row.progress == Progress.IGNORED) == path.stem.startswith(("bounce", "auto_oof", "auto_vacation"))
    assert row.progress != Progress.REFUSED


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(hostile()))
def test_every_hostile_mail_is_kept_and_told(name: str, box: Mailbox, now: datetime) -> None:
    take(hostile()[name], box, now)


WORDS = some.text(some.characters(exclude_categories=["Cs"]), max_size=60)
ADDRESSES = some.sampled_from(
    [
        "carla@example.org",
        "Carla <carla@example.org>",
        '"x" <>',
        "",
        "@",
        "a@b",
        "help@example.com",
        "Ő <ő@példa.hu>",
    ]
)
SUBJECTS = WORDS | some.sampled_from(["[#48000]", "Re: [#1]", "[#99999999999999999999]", "Out of office"])
IDS = some.sampled_from(["", "<a@x>", "<b@x>", "<\x00@x>", "<" + "y" * 900 + "@x>", "nonsense", "<t1.u.0@x>"])


@some.composite
def mails(draw: Any) -> bytes:
    """Fields as anybody may write them, over bodies of any kind."""
    lines = [
        f"From: {draw(ADDRESSES)}",
        f"To: {draw(ADDRESSES)}",
        f"Subject: {draw(SUBJECTS)}",
        f"Message-ID: {draw(IDS)}",
        f"In-Reply-To: {draw(IDS)}",
        f"References: {draw(IDS)} {draw(IDS)}",
        *draw(
            some.lists(
                some.sampled_from(["Auto-Submitted: auto-replied", "List-Id: <l>", "Precedence: bulk"]),
                max_size=1,
            )
        ),
    ]
    header = "\n".join(line.replace("\n", " ").replace("\r", " ") for line in lines)
    return header.encode("utf-8", "replace") + b"\n" + draw(some.one_of(bodies(), some.binary(max_size=300)))


@some.composite
def bodies(draw: Any) -> bytes:
    mail = EmailMessage()
    mail.set_content(draw(WORDS))
    if draw(some.booleans()):
        mail.add_alternative(f"<p>{draw(WORDS)}<img src=cid:x><script>{draw(WORDS)}", subtype="html")
    for data in draw(some.lists(some.binary(max_size=50), max_size=2)):
        # The library takes for a line's end whatever `splitlines` does; what it refuses to write nobody sends with it.
        name = " ".join(draw(WORDS).splitlines())
        mail.add_attachment(data, maintype="image", subtype="png", filename=name, cid="<x>")
    return mail.as_bytes()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(raws=some.lists(mails() | some.binary(max_size=400), min_size=1, max_size=4))
def test_made_up_mails_find_their_places_and_the_same_ones_are_left_aside(
    raws: list[bytes], box: Mailbox, now: datetime
) -> None:
    for place, raw in enumerate(raws):
        take(raw, box, now + timedelta(hours=place))
    before = Message.objects.count()
    for raw in raws:
        again = take(raw, box, now + timedelta(days=1))
        assert again.progress == Progress.IGNORED
    assert Message.objects.count() == before

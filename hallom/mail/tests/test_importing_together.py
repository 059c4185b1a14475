"""Mails that share a transaction: as if each had come alone, and one that fails takes no other with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from hallom.mail import importing, intake, placing
from hallom.mail.house import house
from hallom.mail.importer import OFTEN, Importer, keep_statements
from hallom.mail.models import IncomingMail, KnownId, Mailbox, Progress
from hallom.mail.tests.arriving import arrive, letter, mailbox
from hallom.staff.models import Team
from hallom.tickets.models import Attachment, Message, Notice, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
Facts = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def _data(settings: Any, tmp_path: Any) -> None:
    settings.HALLOM_DATA = tmp_path


@pytest.fixture
def box(technical: Team) -> Mailbox:
    return mailbox(team=technical)


def conversation(name: str) -> list[bytes]:
    """A question, an answer to it before it is committed, the question once more, a stranger's answer, a file."""
    sender = f"Carla <{name}@example.org>"
    first = letter(f"{name} asks", sender=sender, Message_ID=f"<1.{name}@example.org>")
    again = letter(
        f"Re: {name}",
        sender=sender,
        Message_ID=f"<2.{name}@example.org>",
        In_Reply_To=f"<1.{name}@example.org>",
    )
    other = letter(f"Re: {name}", sender="Sam <sam@elsewhere.example>", In_Reply_To=f"<1.{name}@example.org>")
    filed = letter(f"{name} sends", sender=sender, html="<p>See the file.</p>")
    filed.add_attachment(b"1;2", maintype="text", subtype="csv", filename="list.csv")
    return [each.as_bytes() for each in (first, again, first, other, filed)]


def round_of(mails: list[bytes], box: Mailbox, now: datetime) -> Importer:
    for raw in mails:
        intake.store(raw, box, now=now)
    importer = Importer()
    importer.round()
    return importer


def facts(since: int) -> dict[str, Facts]:
    """What came of the mails after this event, without what says which mail it was."""
    tickets = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    place = {pk: number for number, pk in enumerate(tickets[-2:])}
    rows = Event.objects.filter(pk__gt=since).order_by("pk").values_list("kind", "ticket_id", "topics")
    mails = IncomingMail.objects.order_by("-pk").values_list("progress", "reason", "ticket", "is_automatic")[
        :5
    ]
    known = KnownId.objects.filter(ticket__in=tickets[-2:]).order_by("pk").values_list("kind", "ticket")
    messages = (
        Message.objects.filter(ticket__in=tickets[-2:]).order_by("pk").values_list("body", "ticket", "html")
    )
    return {
        "events": [(kind, place.get(ticket), len(topics)) for kind, ticket, topics in rows],
        "mails": [
            (progress, reason, place.get(ticket), silent) for progress, reason, ticket, silent in mails
        ],
        "known": [(kind, place[ticket]) for kind, ticket in known],
        "messages": [(body, place[ticket], html) for body, ticket, html in messages],
        "files": list(Attachment.objects.filter(message__ticket__in=tickets[-2:]).values_list("name")),
        "notices": list(Notice.objects.filter(ticket__in=tickets[-2:]).values_list("kind", "user")),
    }


def newest_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_together_they_become_what_they_would_become_alone(box: Mailbox, now: datetime) -> None:
    since = newest_event()
    for raw in conversation("alone"):
        arrive(raw, now)
    alone, since = facts(since), newest_event()
    round_of(conversation("many"), box, now)
    assert facts(since) == alone
    assert {mail[0] for mail in alone["mails"]} == {Progress.IMPORTED, Progress.IGNORED, Progress.STRANGER}


def test_one_that_fails_takes_no_other_with_it(
    box: Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "place", failing_for("broken", placing.place))
    mails = [letter(subject).as_bytes() for subject in ("one", "two", "broken", "three", "four")]
    importer = round_of(mails, box, now)
    told = dict(IncomingMail.objects.values_list("subject", "progress"))
    assert told == {
        "one": "imported",
        "two": "imported",
        "": "stored",
        "three": "imported",
        "four": "imported",
    }
    assert set(IncomingMail.objects.values_list("attempts", flat=True)) == {1}
    assert sorted(Message.objects.values_list("subject", flat=True)) == ["four", "one", "three", "two"]
    assert Event.objects.filter(kind="ticket.opened").count() == 4
    assert importer._later.keys() == {IncomingMail.objects.get(progress=Progress.STORED).pk}


def failing_for(subject: str, place: Callable[..., Any]) -> Callable[..., Any]:
    """When everything is written already."""

    def tried(row: IncomingMail, raw: bytes, parsed: Any, *rest: Any, **options: Any) -> Any:
        fate = place(row, raw, parsed, *rest, **options)
        if parsed.subject == subject:
            raise ValueError(subject)
        return fate

    return tried


def test_a_transaction_ends_when_its_time_is_up(
    box: Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "TOGETHER_SECONDS", 0.0)
    rows = [intake.store(letter(f"mail {number}").as_bytes(), box, now=now) for number in range(3)]
    mails = [importing.read(row) for row in rows]
    assert importing.import_together(mails, clock=lambda: now, known_house=house()) == 1
    assert list(IncomingMail.objects.order_by("pk").values_list("progress", flat=True)) == [
        "imported",
        "stored",
        "stored",
    ]
    assert Ticket.objects.count() == 1
    round_of([], box, now)
    assert not IncomingMail.objects.filter(progress=Progress.STORED).exists()
    assert Ticket.objects.count() == 3


def test_a_mail_that_another_process_took_is_not_there_twice(box: Mailbox, now: datetime) -> None:
    rows = [intake.store(letter(f"mail {number}").as_bytes(), box, now=now) for number in range(2)]
    mails = [importing.read(row) for row in rows]
    importing.import_mail(IncomingMail.objects.get(pk=rows[1].pk), now=now)
    assert importing.import_together(mails, clock=lambda: now, known_house=house()) == 0
    assert list(Ticket.objects.values_list("subject", flat=True)) == ["mail 1"]


def test_a_file_that_cannot_be_read_holds_up_nobody(
    box: Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [intake.store(letter(f"mail {number}").as_bytes(), box, now=now) for number in range(2)]
    whole = importing.blobs.read

    def refused(blob: Any) -> bytes:
        if blob.pk == rows[0].raw_id:
            raise PermissionError
        return whole(blob)

    monkeypatch.setattr(importing.blobs, "read", refused)
    round_of([], box, now)
    assert [row.progress for row in IncomingMail.objects.order_by("pk")] == ["stored", "imported"]


def test_the_importers_connection_keeps_its_statements_ready_and_no_other_does(
    box: Mailbox, now: datetime
) -> None:
    for name in ("first", "second"):
        for raw in conversation(name):
            intake.store(raw, box, now=now)
    with ThreadPoolExecutor(1) as importing_thread:
        kept = importing_thread.submit(statements_kept_by_a_round).result()
    assert any("INSERT INTO mail_knownid" in statement for statement in kept)
    assert not IncomingMail.objects.filter(progress=Progress.STORED).exists()
    assert statements_kept() == []


def statements_kept_by_a_round() -> list[str]:
    keep_statements()
    try:
        Importer().round()
        return statements_kept()
    finally:
        connection.close()


def statements_kept() -> list[str]:
    with connection.cursor() as cursor:
        for _time in range(OFTEN + 1):
            cursor.execute(
                "SELECT statement FROM pg_prepared_statements WHERE statement NOT LIKE '%%pg_prepared%%'"
            )
        return [row[0] for row in cursor.fetchall()]

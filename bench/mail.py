"""Mail imported beside a million messages: parsed, threaded, made harmless, filed; one mail after the other in one process."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from email.message import EmailMessage
from random import Random
from typing import Any

from bench import archive, pages

MAILS, WARM_UP = 900, 60
RATE = 150
SEED = 20260716
# Of a hundred mails: how they find their ticket.
MIXTURE = {"new": 30, "token": 20, "references": 25, "number": 20, "newcomer": 5}
WITH_HTML, WITH_FILES = 60, 15


def run() -> list[dict[str, Any]]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    django.setup()
    with pages._demo_database():
        archive.fill()
        _fill_ids()
        return list(_figures())


def _fill_ids() -> None:
    """A Message-ID for every message of the archive, and a row for every mail that came in."""
    from django.db import connection

    from hallom.mail.models import Mailbox
    from hallom.storage.models import Blob

    box = Mailbox.objects.create(name="Bench", address="help@bench.example", intake="none")
    blob = Blob.objects.order_by("pk").first() or _blob()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in _STATEMENTS:
            cursor.execute(statement, {"mailbox": box.pk, "blob": blob.pk})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")


_STATEMENTS = (
    """INSERT INTO mail_knownid (identifier, kind, ticket_id, message_id)
       SELECT 'm' || m.id || '@pelda.hu', CASE m.direction WHEN 'in' THEN 'theirs' ELSE 'ours' END, m.ticket_id, m.id
       FROM tickets_message m JOIN tickets_ticket t ON t.id = m.ticket_id WHERE t.number > 1000000""",
    """INSERT INTO mail_incomingmail
         (mailbox_id, raw_id, envelope_from, envelope_to, received_at, identifier, from_address, from_name, subject,
          excerpt, progress, reason, attempts, is_automatic, ticket_id, message_id)
       SELECT %(mailbox)s, %(blob)s, '', '', m.at, 'm' || m.id || '@pelda.hu', 'ugyfel' || m.customer_id || '@pelda.hu', '',
              m.subject, '', 'imported', '', 1, false, m.ticket_id, m.id
       FROM tickets_message m JOIN tickets_ticket t ON t.id = m.ticket_id
       WHERE t.number > 1000000 AND m.direction = 'in'""",
)


def _blob() -> Any:
    from django.utils import timezone

    from hallom.storage import blobs

    return blobs.keep(b"an old mail", now=timezone.now())


def _figures() -> Iterator[dict[str, Any]]:
    from django.utils import timezone

    from hallom.mail import intake
    from hallom.mail.importer import Importer, keep_statements
    from hallom.mail.intake import Arrived
    from hallom.mail.models import IncomingMail, Mailbox

    box = Mailbox.objects.get(name="Bench")
    mails = list(_mails(MAILS + WARM_UP, box))
    stored = time.perf_counter()
    for start in range(0, len(mails), 50):
        batch = [Arrived(raw, number) for number, raw in enumerate(mails[start : start + 50], start + 1)]
        intake.store_all(batch, box, uid_validity=1, now=timezone.now())
    stored = time.perf_counter() - stored
    waiting = IncomingMail.objects.filter(mailbox=box, progress="stored")
    importer = Importer()
    keep_statements()
    while waiting.count() > MAILS:
        importer.round()
    count = waiting.count()
    clock, began = time.perf_counter(), time.process_time()
    while importer.round():
        pass
    seconds, spent = time.perf_counter() - clock, time.process_time() - began
    outcome = _outcome(box, len(mails))
    load = os.getloadavg()[0]
    how = f"{count} mails, load {load:.1f}, {outcome}; {archive.TICKETS} tickets, {archive.MESSAGES} messages, one thread, the database's time included"
    yield _figure("mail: imported", count / seconds, "mails/s", RATE, how)
    yield _figure("mail: CPU of the mailer", spent / count * 1000, "ms/mail", None, how)
    yield _figure("mail: stored", len(mails) / stored, "mails/s", None, "fsynced and committed, 50 at a time")
    yield _figure("mail: queries", _queries(box), "", None, "of an answer by References, with HTML")


def _outcome(box: Any, count: int) -> str:
    from django.db.models import Count

    from hallom.mail.models import IncomingMail

    rows = IncomingMail.objects.filter(mailbox=box, uid_validity=1)
    told = dict(rows.values_list("progress").annotate(Count("pk")).order_by())
    if told.get("imported", 0) < count * 0.97:
        raise RuntimeError(f"not imported: {told}")
    joined = rows.filter(ticket__number__gt=1_000_000, ticket__number__lt=2_000_000).count()
    return f"{joined * 100 // count} % of them answers in old tickets"


def _mails(count: int, box: Any) -> Iterator[bytes]:
    from hallom.tickets.models import Message

    random = Random(SEED)
    rows = Message.objects.filter(ticket__number__gt=1_000_000, ticket__closed_at=None, direction="out")
    newest = rows.order_by("-pk").values_list(
        "pk", "ticket", "ticket__number", "customer__contact_points__normalised"
    )
    known = list(newest[:count])
    ways = [way for way, share in MIXTURE.items() for _ in range(share)]
    for number in range(count):
        yield _mail(number, random.choice(ways), known[number], box, random).as_bytes()


def _mail(number: int, way: str, known: tuple[int, int, int, str], box: Any, random: Random) -> EmailMessage:
    from hallom.mail.keys import token_keys
    from hallom.mail.tokens import Token, make_address

    message, ticket, ticket_number, address = known
    mail = EmailMessage()
    mail["Subject"], mail["To"] = (
        f"{random.choice(archive.WORDS)} {random.choice(archive.WORDS)}",
        box.address,
    )
    mail["From"] = f"Archív Ügyfél <{address}>" if way != "newcomer" else f"Új Ügyfél <new{number}@pelda.hu>"
    mail["Message-ID"], mail["Date"] = f"<bench{number}@pelda.hu>", "Thu, 16 Jul 2026 08:50:00 +0200"
    for hop in range(6):
        mail["Received"] = (
            f"from mx{hop}.pelda.hu (mx{hop}.pelda.hu [192.0.2.{hop}]) by mx{hop + 1}.pelda.hu with ESMTPS"
        )
    if way == "token":
        del mail["To"]
        mail["To"] = make_address(box.address, Token(ticket), token_keys()[0])
    elif way == "references":
        mail["In-Reply-To"] = f"<m{message}@pelda.hu>"
        mail["References"] = f"<m{message - 2}@pelda.hu> <m{message - 1}@pelda.hu> <m{message}@pelda.hu>"
    elif way == "number":
        mail.replace_header("Subject", f"Re: {mail['Subject']} [#{ticket_number}]")
    _write(mail, random)
    return mail


def _write(mail: EmailMessage, random: Random) -> None:
    words = [" ".join(random.choices(archive.WORDS, k=14)) for _ in range(12)]
    quoted = "\n".join(f"> {line}" for line in words)
    mail.set_content(
        "\n".join(words) + f"\n\n2026. júl. 15., Sze 9:00 Help <help@bench.example> ezt írta:\n{quoted}\n"
    )
    if random.randrange(100) < WITH_HTML:
        body = "".join(f'<p style="color:#333;font-family:Arial">{line}</p>' for line in words)
        quote = "".join(f"<div>{line}</div>" for line in words)
        html = f'<html><head><style>p{{margin:0}}</style></head><body>{body}<blockquote type="cite">{quote}</blockquote></body></html>'
        mail.add_alternative(html, subtype="html")
    if random.randrange(100) < WITH_FILES:
        mail.add_attachment(
            random.randbytes(60_000), maintype="image", subtype="jpeg", filename="fénykép.jpg"
        )


def _queries(box: Any) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from hallom.mail import importing, intake
    from hallom.mail.house import house

    raw = next(_mails(1, box)).replace(b"<bench0@", b"<queries@")
    row = importing.claim([intake.store(raw, box, now=timezone.now())])[0]
    ours = house()
    with CaptureQueriesContext(connection) as asked:
        importing.import_mail(row, now=timezone.now(), known_house=ours, is_claimed=True)
    if os.environ.get("HALLOM_BENCH_QUERIES"):
        print("\n".join(f"{query['time']} {query['sql'][:160]}" for query in asked.captured_queries))
    return len(asked)


def _figure(name: str, value: float, unit: str, target: float | None, how: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "target": target, "how": how}

"""The mail of the demo organisation: mailboxes nobody fetches, and real mails in the tickets that are there."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from django.db import transaction

from hallom.mail import intake
from hallom.mail.importing import import_mail
from hallom.mail.models import Intake, Mailbox
from hallom.mail.sending_nowhere import NOWHERE
from hallom.staff.demo import BILLING, TECHNICAL
from hallom.staff.models import Team
from hallom.tickets.models import Ticket

HELP, ACCOUNTS = "ugyfelszolgalat@pannonhalo.pelda.hu", "szamlazas@pannonhalo.pelda.hu"
MAILBOXES = (("Ügyfélszolgálat", HELP, TECHNICAL, True), ("Számlázás", ACCOUNTS, BILLING, False))
IMAGE_SIDE = 160


@dataclass(frozen=True, slots=True)
class Letter:
    """To the ticket of this subject, so many hours ago; ``html`` may show ``cid:kep``."""

    ticket: str
    sender: str
    hours: float
    text: str
    html: str = ""
    has_picture: bool = False


QUOTED = "Pannon Háló ügyfélszolgálat <{address}> ezt írta:\n> Csomagja ma 8–12 óra között érkezik.\n> Követés: pannonhalo.hu/k/20931\n"
LETTERS = (
    Letter(
        "Nem érkezett meg a cserekészülék",
        "Szilágyi Katalin <szilagyi.katalin@pelda.hu>",
        1.5,
        "Kedves Nóra!\n\nKöszönöm, itthon vagyok, várom a futárt. Lefotóztam a modemet: a piros fény azóta is ég.\n\n"
        "Üdvözlettel:\nSzilágyi Katalin\n\n" + QUOTED,
        "<p>Kedves Nóra!</p><p>Köszönöm, <b>itthon vagyok</b>, várom a futárt. Lefotóztam a modemet: a piros fény azóta is "
        'ég.</p><p><img src="cid:kep" alt="modem"></p><p>Üdvözlettel:<br>Szilágyi Katalin</p>'
        "<blockquote type=cite>Csomagja ma 8–12 óra között érkezik.<br>Követés: pannonhalo.hu/k/20931</blockquote>",
        has_picture=True,
    ),
    Letter(
        "Nem érkezett meg a cserekészülék",
        "Szilágyi Márton <marton@levelek.pelda.hu>",
        0.7,
        "Jó napot! Katalin férje vagyok. A csomagot a szomszéd vette át, a futár nála hagyta. Kérem, jegyezzék fel.\n",
    ),
    Letter(
        "Dupla levonás a júliusi számlán",
        "Horváth Bence <horvath.bence@pelda.hu>",
        3.5,
        "Jó napot!\n\nMikorra várható a visszautalás? A bank szerint a kereskedőnek kell indítania.\n\nHorváth Bence\n",
    ),
)


@transaction.atomic
def load(now: datetime) -> None:
    """Once: what is there already stays as it is."""
    if Mailbox.objects.exists():
        return
    for name, address, team, is_default in MAILBOXES:
        Mailbox.objects.create(
            name=name,
            address=address,
            display_name="Pannon Háló",
            team=Team.objects.filter(name=team).first(),
            intake=Intake.NONE,
            smtp_host=NOWHERE,
            is_default=is_default,
        )
    for number, letter in enumerate(LETTERS):
        _deliver(letter, number, now - timedelta(hours=letter.hours))


def _deliver(letter: Letter, number: int, at: datetime) -> None:
    ticket = Ticket.objects.select_related("team").filter(subject=letter.ticket).order_by("pk").first()
    if ticket is None:
        return
    box = Mailbox.objects.filter(team=ticket.team).first() or Mailbox.objects.get(is_default=True)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Date"] = letter.sender, box.address, format_datetime(at)
    mail["Subject"] = f"Re: {ticket.subject} [#{ticket.number}]"
    mail["Message-ID"] = f"<level-{number}@levelek.pelda.hu>"
    mail.set_content(letter.text.format(address=box.address))
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    if letter.has_picture:
        html = list(mail.iter_parts())[-1]
        html.add_related(_picture(), "image", "png", cid="<kep>", filename="modem.png")
    import_mail(intake.store(mail.as_bytes(), box, now=at), now=at)


def _picture() -> bytes:
    """A PNG of a dark box with a red light."""
    rows = b"".join(
        b"\x00" + b"".join(_pixel(x, y) for x in range(IMAGE_SIDE)) for y in range(IMAGE_SIDE // 2)
    )
    head = struct.pack(">IIBBBBB", IMAGE_SIDE, IMAGE_SIDE // 2, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _pixel(x: int, y: int) -> bytes:
    if (x - 120) ** 2 + (y - 40) ** 2 < 60:
        return b"\xd8\x2c\x20"
    is_box = 15 < x < 145 and 15 < y < 65
    return b"\x2a\x2d\x33" if is_box else b"\xcf\xc6\xb8"

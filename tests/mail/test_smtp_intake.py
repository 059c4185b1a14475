"""Mail handed in by a real SMTP client on loopback."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import OperationalError

from hallom.mail import smtp_intake
from hallom.mail.models import IncomingMail, Intake, Mailbox
from hallom.mail.smtp_intake import Door, Taker
from hallom.storage import blobs
from tests.telephony.house import free_ports

pytestmark = pytest.mark.django_db(transaction=True)

LOOPBACK = (ip_network("127.0.0.0/8"),)
RAW = b"From: carla@example.org\r\nTo: help@example.com\r\nSubject: hello\r\n\r\n.dots and \xc3\xa1ccents\r\n"


@pytest.fixture
def mailbox(settings: Any, tmp_path: Any) -> Mailbox:
    settings.HALLOM_DATA = tmp_path
    return Mailbox.objects.create(
        name="Help",
        address="help@example.com",
        aliases="Info@example.com\nsales@example.com",
        intake=Intake.SMTP,
    )


def visit(
    call: Callable[[smtplib.SMTP], Any], *, networks: Any = LOOPBACK, woken: list[int] | None = None
) -> Any:
    """What the call makes of a connection to our server."""
    port = free_ports(1)[0]

    async def serve() -> Any:
        taker = Taker(
            Door("127.0.0.1", port, networks), lambda: woken.append(1) if woken is not None else None
        )
        server = await smtp_intake.listen(taker)
        try:
            return await asyncio.to_thread(_call, port, call)
        finally:
            server.close()

    return asyncio.run(serve())


def _call(port: int, call: Callable[[smtplib.SMTP], Any]) -> Any:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        return call(client)


def send(*to: str, raw: bytes = RAW) -> Callable[[smtplib.SMTP], Any]:
    return lambda client: client.sendmail("carla@example.org", list(to), raw)


def test_mail_for_a_mailbox_is_stored_as_it_came_before_it_is_answered(mailbox: Mailbox) -> None:
    woken: list[int] = []
    visit(send("help+t1qf.abc@Example.com"), woken=woken)
    row = IncomingMail.objects.select_related("raw").get()
    assert blobs.read(row.raw) == RAW
    assert (row.envelope_from, row.envelope_to) == ("carla@example.org", "help+t1qf.abc@Example.com")
    assert row.mailbox == mailbox
    assert woken == [1]


def test_several_addresses_of_one_mailbox_are_one_mail_and_the_signed_one_is_kept(mailbox: Mailbox) -> None:
    visit(send("info@example.com", "help+t1qf.abc@example.com", "sales@example.com"))
    assert IncomingMail.objects.get().envelope_to == "help+t1qf.abc@example.com"


def test_each_mailbox_gets_its_own(mailbox: Mailbox) -> None:
    other = Mailbox.objects.create(name="Billing", address="billing@example.com", intake=Intake.SMTP)
    visit(send("help@example.com", "billing@example.com"))
    assert set(IncomingMail.objects.values_list("mailbox", flat=True)) == {mailbox.pk, other.pk}


def test_strange_recipients_are_refused(mailbox: Mailbox) -> None:
    Mailbox.objects.create(name="By IMAP", address="imap@example.com", intake=Intake.IMAP)
    Mailbox.objects.create(name="Old", address="old@example.com", intake=Intake.SMTP, is_active=False)
    for address in ("nobody@example.com", "help@example.net", "imap@example.com", "old@example.com"):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            visit(send(address))
        assert refused.value.recipients[address][0] == 550
    assert not IncomingMail.objects.exists()


def test_strange_networks_are_turned_away_at_the_door(mailbox: Mailbox) -> None:
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        visit(send("help@example.com"), networks=(ip_network("10.0.0.0/8"),))
    assert refused.value.smtp_code == 554


def test_mail_beyond_the_limit_is_refused_by_its_size(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_intake, "MAX_RAW", 5000)
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        visit(send("help@example.com", raw=RAW + b"x\r\n" * 4000))
    assert refused.value.smtp_code == 552
    assert not IncomingMail.objects.exists()


def test_what_cannot_be_stored_is_asked_for_again(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: Any, **_named: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("hallom.mail.intake.store", fails)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        visit(send("help@example.com"))
    assert refused.value.smtp_code == 451
    assert not IncomingMail.objects.exists()


def test_lines_of_any_length_come_through(mailbox: Mailbox) -> None:
    visit(send("help@example.com", raw=RAW + b"x" * 20_000 + b"\r\n"))
    assert blobs.read(IncomingMail.objects.select_related("raw").get().raw).endswith(b"x" * 20_000 + b"\r\n")


def test_doors_know_their_networks() -> None:
    door = Door("::", 25, (ip_network("127.0.0.0/8"), ip_network("fd00::/8")))
    assert door.admits("::ffff:127.0.0.1")
    assert door.admits("fd00::1")
    assert not door.admits("192.0.2.1")
    assert not door.admits("nonsense")

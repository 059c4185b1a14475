"""Which mail came back, to whom it could not be delivered, and why: as the large providers tell it."""

import pytest

from hallom.mail.bounce import Bounce, Failed, bounce_of
from hallom.mail.parse import parse
from hallom.mail.tests.corpus_makers import corpus, mail, multipart, part


@pytest.mark.parametrize(
    ("name", "address", "status", "said", "is_bad"),
    [
        ("postfix_dsn", "nobody@example.hu", "5.1.1", "User unknown", True),
        ("exim", "nobody@example.pl", "5.1.1", "No such user here", True),
        ("qmail", "nobody@example.hu", "5.1.1", "no mailbox here", True),
        ("gmail", "nobody@gmail.example", "5.1.1", "does not exist", True),
        ("exchange", "nobody@example.hu", "5.1.10", "RecipientNotFound", True),
        ("yahoo", "nobody@yahoo.example", "5.1.1", "doesn't have a", True),
        ("freemail_hu", "nobody@freemail.example", "5.2.2", "megtelt", False),
        ("wp_pl", "nobody@wp.example", "", "user unknown", True),
        ("onet_pl", "nobody@onet.example", "5.7.1", "mailbox is disabled", False),
        # Its text has IP addresses, which look like a status.
        ("qmail_address", "nobody@example.hu", "5.1.1", "User unknown", True),
        # Exim's status says nothing, its words do.
        ("exim_dsn", "nobody@example.pl", "5.0.0", "No such user here", True),
        ("t_online", "nobody@t-online.example", "", "unknown user", True),
        # "mailbox" and "unavailable" stand in two lines.
        ("gmx", "nobody@gmx.example", "", "mailbox unavailable", True),
        ("web_de", "nobody@webde.example", "", "mailbox unavailable", True),
        ("exchange_hu", "nobody@example.hu", "5.1.10", "nem található", True),
        ("exchange_pl", "nobody@example.pl", "5.1.1", "Nie można odnaleźć", True),
        ("o2_pl", "nobody@o2.example", "5.2.2", "Skrzynka odbiorcy jest pełna", False),
        ("office365", "nobody@example.hu", "5.1.10", "RecipientNotFound", True),
        ("sendmail", "nobody@x.hu", "5.1.1", "User unknown", True),
        ("freemail_hu_unknown", "nobody@freemail.example", "", "Ismeretlen felhasználó", True),
        ("mdaemon", "nobody@x.hu", "5.1.1", "User unknown", True),
    ],
)
def test_a_mail_that_came_back(name: str, address: str, status: str, said: str, is_bad: bool) -> None:
    bounce = bounce_of(parse(corpus(f"bounce_{name}")))
    assert bounce is not None
    assert bounce.original_message_id == "sent-1@example.com"
    (failed,) = bounce.recipients
    assert (failed.address, failed.status, failed.is_permanent) == (address, status, True)
    assert said in failed.diagnostic
    assert failed.is_bad_address is is_bad


def test_a_mail_that_is_late_is_not_lost() -> None:
    bounce = bounce_of(parse(corpus("bounce_postfix_delayed")))
    assert bounce == Bounce(
        "sent-1@example.com",
        (
            Failed(
                "slow@example.pl",
                "4.4.1",
                "connect to mx.example.pl: Connection timed out",
                is_permanent=False,
            ),
        ),
    )


def test_several_recipients_each_with_a_reason_of_its_own() -> None:
    status = (
        b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x\nAction: failed\nStatus: 5.1.1\n\n"
        b"Final-Recipient: rfc822; b@x\nAction: delayed\nStatus: 4.2.2\n\n"
        b"Final-Recipient: rfc822; c@x\nAction: delivered\nStatus: 2.0.0\n\n"
        b"Final-Recipient: rfc822; A@x\nAction: failed\nStatus: 5.1.1\n"
    )
    raw = multipart(
        b"Content-Type: text/plain\r\n\r\nfailed", part("message/delivery-status", status), kind="report"
    )
    bounce = bounce_of(parse(raw))
    assert bounce is not None
    assert [(one.address, one.is_permanent) for one in bounce.recipients] == [("a@x", True), ("b@x", False)]


def test_a_bounce_that_names_nobody_still_tells_why() -> None:
    said = b"Your message could not be delivered.\nReason: 550 5.1.1 User unknown\n"
    bounce = bounce_of(parse(mail("From: MAILER-DAEMON@x.hu", "Return-Path: <>", body=said)))
    assert bounce is not None
    assert bounce.recipients == ()
    assert bounce.unnamed == Failed("", "5.1.1", "Reason: 550 5.1.1 User unknown")


@pytest.mark.parametrize("number", ["198.5.100.44", "10.5.1.1", "5.1.1.7", "v5.1.1b"])
def test_numbers_of_servers_are_no_status(number: str) -> None:
    said = f"<nobody@x.hu>:\n{number} said: 452 mailbox full\n".encode()
    bounce = bounce_of(parse(mail("From: MAILER-DAEMON@x.hu", "Return-Path: <>", body=said)))
    assert bounce is not None
    assert [(one.status, one.is_permanent) for one in bounce.recipients] == [("", False)]


def test_a_report_that_all_went_well_is_no_bounce() -> None:
    status = b"Final-Recipient: rfc822; a@x\nAction: delivered\nStatus: 2.0.0\n"
    raw = multipart(
        b"Content-Type: text/plain\r\n\r\nok", part("message/delivery-status", status), kind="report"
    )
    assert bounce_of(parse(raw)) is None


@pytest.mark.parametrize("name", ["auto_oof_outlook_hu", "header_8bit_utf8", "forwarded", "auto_list"])
def test_other_mails_are_no_bounces(name: str) -> None:
    assert bounce_of(parse(corpus(name))) is None


def test_a_customer_who_writes_about_a_bounce_is_no_bounce() -> None:
    parsed = parse(
        mail("From: anna@example.hu", "Subject: Undelivered Mail Returned to Sender", body=b"why?\n")
    )
    assert bounce_of(parsed) is None

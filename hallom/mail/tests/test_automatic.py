"""Which mail no person wrote, and which a machine of ours may answer."""

import pytest

from hallom.mail.automatic import WINDOWS, Automatic, Counts, automatic_of, is_nobody, why_not_answer
from hallom.mail.parse import parse
from hallom.mail.tests.corpus_makers import corpus, mail
from hallom.mail.tokens import Token, make_message_id

KEY = b"k" * 32
ASKED = "From: anna@example.hu"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("auto_oof_outlook_hu", Automatic.OUT_OF_OFFICE),
        ("auto_vacation_gmail_pl", Automatic.OUT_OF_OFFICE),
        ("auto_list", Automatic.LIST),
        ("auto_shop_notice", Automatic.GENERATED),
        ("bounce_postfix_dsn", Automatic.BOUNCE),
        ("bounce_qmail", Automatic.BOUNCE),
        ("bounce_exim", Automatic.BOUNCE),
        ("bounce_exchange", Automatic.BOUNCE),
        ("calendar", None),
        ("header_8bit_utf8", None),
        ("forwarded", None),
    ],
)
def test_mails_of_machines(name: str, kind: Automatic | None) -> None:
    assert automatic_of(parse(corpus(name))) == kind


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (["Auto-Submitted: auto-replied"], Automatic.AUTO_REPLY),
        (["Auto-Submitted: auto-replied (vacation)"], Automatic.AUTO_REPLY),
        (["Auto-Submitted: auto-generated"], Automatic.GENERATED),
        (["Auto-Submitted: no"], None),
        (["X-Autoreply: yes"], Automatic.AUTO_REPLY),
        (["X-Autorespond: x"], Automatic.AUTO_REPLY),
        (["Precedence: auto_reply"], Automatic.AUTO_REPLY),
        (["Precedence: bulk"], Automatic.BULK),
        (["Precedence: list"], Automatic.LIST),
        (["List-Unsubscribe: <x>"], Automatic.LIST),
        (["X-Auto-Response-Suppress: All"], Automatic.GENERATED),
        (["X-Auto-Response-Suppress: OOF"], None),
        (["Subject: Out of office: Re: x", "In-Reply-To: <a@b>"], Automatic.OUT_OF_OFFICE),
        (["Subject: Házon kívül vagyok", "Auto-Submitted: auto-replied"], Automatic.OUT_OF_OFFICE),
        (["Subject: Autoodpowiedź: x", "In-Reply-To: <a@b>"], Automatic.OUT_OF_OFFICE),
        (["Subject: Abwesenheitsnotiz", "Return-Path: <>"], Automatic.OUT_OF_OFFICE),
        (["Subject: Szabadságon leszek, kérem halasszák el a kiszállást"], None),
        (["Subject: Re: Szabadságon leszek, kérem halasszák el", "In-Reply-To: <a@b>"], None),
        (["Subject: Re: urlop w grudniu", "In-Reply-To: <a@b>", "Precedence: normal"], None),
        (["Subject: Re: Out of office", "In-Reply-To: <a@b>", "Return-Path: <>"], Automatic.OUT_OF_OFFICE),
        (["Subject: Re: Automatic reply", "Auto-Submitted: auto-replied"], Automatic.OUT_OF_OFFICE),
        (["Subject: AUTO: Kovacs Anna irodan kivul", "In-Reply-To: <a@b>"], Automatic.OUT_OF_OFFICE),
        (["Subject: Anna is out of the office.", "In-Reply-To: <a@b>"], Automatic.OUT_OF_OFFICE),
        (["Subject: Automatikus valasz: x", "X-Auto-Response-Suppress: All"], Automatic.OUT_OF_OFFICE),
        (["Subject: x", "X-Autoresponder: wp"], Automatic.AUTO_REPLY),
        (
            ['Content-Type: multipart/report; report-type="disposition-notification"; boundary=b'],
            Automatic.AUTO_REPLY,
        ),
        (["Subject: hello"], None),
        (["Sender: postmaster@example.hu"], None),
    ],
)
def test_marks_of_machines(fields: list[str], kind: Automatic | None) -> None:
    assert automatic_of(parse(mail(ASKED, *fields))) == kind


def test_our_own_mail_is_known_by_what_we_signed_and_by_nothing_else() -> None:
    ours = make_message_id("example.com", Token(1), KEY, unique="a")
    assert automatic_of(parse(mail(f"Message-ID: <{ours}>")), keys=[KEY]) is Automatic.OWN
    assert (
        automatic_of(parse(mail("Message-ID: <new@relay>", f"X-Hallom-Mail: <{ours}>")), keys=[KEY])
        is Automatic.OWN
    )
    assert automatic_of(parse(mail(ASKED, "X-Hallom-Mail: another house")), keys=[KEY]) is None
    assert automatic_of(parse(mail(ASKED, f"Message-ID: <{ours}>")), keys=[b"x" * 32]) is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([ASKED], None),
        ([ASKED, "Return-Path: <>"], "null_sender"),
        ([ASKED, "Return-Path: <anna@mail.example.hu>"], None),
        ([ASKED, "Return-Path: <owner-friends@lists.example.hu>"], "nobody"),
        ([ASKED, "Return-Path: <friends-bounces+anna=example.hu@lists.example.hu>"], "nobody"),
        ([ASKED, "Reply-To: friends@lists.example.hu"], None),
        (["Subject: x"], "no_sender"),
        (["From: MAILER-DAEMON@x.hu", "Return-Path: <a@b>"], "bounce"),
        (["From: postmaster@x.hu", "Return-Path: <a@b>"], "nobody"),
        (["From: noreply@x.hu"], "nobody"),
        ([ASKED, "Reply-To: no-reply@x.hu"], "nobody"),
        ([ASKED, "X-Auto-Response-Suppress: DR, AutoReply"], "suppressed"),
        ([ASKED, "Auto-Submitted: auto-replied"], "auto_reply"),
        ([ASKED, "List-Id: <x>"], "list"),
    ],
)
def test_whom_a_machine_may_answer(fields: list[str], why: str | None) -> None:
    assert why_not_answer(parse(mail(*fields)), Counts()) == why


@pytest.mark.parametrize("window", range(len(WINDOWS)))
def test_no_more_answers_than_the_windows_allow(window: int) -> None:
    parsed = parse(mail(ASKED))
    for name, most in (("ticket", WINDOWS[window].per_ticket), ("sender", WINDOWS[window].per_sender)):
        counted = [0] * len(WINDOWS)
        counted[window] = most - 1
        assert why_not_answer(parsed, Counts(**{name: tuple(counted)})) is None
        counted[window] = most
        assert why_not_answer(parsed, Counts(**{name: tuple(counted)})) == "too_many"


@pytest.mark.parametrize(
    "address",
    [
        "mailer-daemon@x", "Postmaster@x", "abuse@x", "root@x", "noreply@x", "no-reply@x", "do_not_reply@x", "nie-odpowiadaj@x",
        "ne_valaszolj@x", "ne-valaszoljon@x", "nieodpowiadac@x", "shop.noreply@x", "noreply+abc@x", "bounces+1=y@x", "owner-list@x", "list-request@x",
    ],
)  # fmt: skip
def test_addresses_nobody_reads(address: str) -> None:
    assert is_nobody(address)


@pytest.mark.parametrize(
    "address", ["anna@x", "rooth@x", "norbert@x", "neo@x", "info@x", "abuser@x", "nora.reply@x"]
)
def test_addresses_somebody_reads(address: str) -> None:
    assert not is_nobody(address)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (["From: postmaster@example.hu", "Subject: our mail server"], None),
        (["From: postmaster@example.hu", "Subject: Undeliverable: x"], Automatic.BOUNCE),
        (["From: postmaster@example.hu", "Return-Path: <>"], Automatic.BOUNCE),
        (["From: MAILER-DAEMON@example.hu", "Subject: x"], Automatic.BOUNCE),
        (["From: mdaemon@example.hu", "Subject: Undeliverable: x", "Return-Path: <>"], Automatic.BOUNCE),
        (["From: anna@example.hu", "Subject: Re: Undeliverable: x", "Return-Path: <>"], None),
        (["From: anna@example.hu", "Subject: Undeliverable: x", "Return-Path: <anna@example.hu>"], None),
    ],
)
def test_postmasters_are_people_unless_they_tell_of_a_mail_that_came_back(
    fields: list[str], kind: Automatic | None
) -> None:
    assert automatic_of(parse(mail(*fields))) == kind

"""Header fields and parts, well-formed and otherwise."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hallom.mail.parse import Address, address_key, parse
from hallom.mail.parse.addresses import addresses
from hallom.mail.parse.limits import MAX_NAME
from hallom.mail.parse.names import Names, safe_name
from hallom.mail.parse.transfer import undo
from hallom.mail.parse.words import decode_words
from hallom.mail.tests.corpus_makers import HEAD, mail, multipart, part


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ('"Kovács, János" <j@x.hu>, Jan <k@x.pl>', [("Kovács, János", "j@x.hu"), ("Jan", "k@x.pl")]),
        ("plain@x.pl (Jan Nowak)", [("Jan Nowak", "plain@x.pl")]),
        ("undisclosed-recipients:;", []),
        ("Team: a@x.hu, b@x.hu;", [("", "a@x.hu"), ("", "b@x.hu")]),
        ("'a@b.hu' <a@b.hu>", [("", "a@b.hu")]),
        ("<@relay,@other:u@v.w>", [("", "u@v.w")]),
        ("root", [("", "root")]),
        ('"a \\"b\\" c" <x@y.z>', [('a "b" c', "x@y.z")]),
        ("Jane Roe jane@x.hu", [("", "jane@x.hu")]),
        ("<a@b.hu>; c@d.hu", [("", "a@b.hu"), ("", "c@d.hu")]),
        ("", []),
    ],
)
def test_addresses(field: str, found: list[tuple[str, str]]) -> None:
    assert [(address.name, address.addr) for address in addresses(field)] == found


def test_addresses_compare_without_case_and_in_one_spelling_of_the_domain() -> None:
    assert Address("", "Anna@XN--RVZTR-QTA.hu").key == address_key("anna@xn--rvztr-qta.HU.")
    assert address_key(" <A@B.hu> ") == "a@b.hu"


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("=?utf-8?Q?=C3=A1?= =?utf-8?Q?=C3=A9?=", "áé"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A1?=", "á"),
        ("=?utf-8?B?w6E?=", "á"),
        ("=?utf-8*hu?q?a=20b?= c", "a b c"),
        ("=?utf-8?q?what??=", "what?"),
        ("=?iso-8859-2?Q?=F5?=", "ő"),
        ("a=?utf-8?q?b?=c", "abc"),
        ("=?x", "=?x"),
    ],
)
def test_encoded_words(text: str, decoded: str) -> None:
    assert decode_words(text) == decoded


def test_message_ids_are_bare_and_in_order() -> None:
    parsed = parse(
        mail(
            "Message-ID: <m@x>",
            "In-Reply-To: Your message <b@x>",
            "References: <a@x>\r\n <b@x> <a@x>",
            "Date: bad",
        )
    )
    assert (parsed.message_id, parsed.in_reply_to, parsed.references) == ("m@x", ("b@x",), ("a@x", "b@x"))
    assert parsed.problems == ("date_broken",)
    assert parsed.date is None


def test_message_ids_without_brackets() -> None:
    assert parse(mail("References: a@x, b@y")).references == ("a@x", "b@y")


def test_dates_have_a_zone() -> None:
    assert parse(mail("Date: Sun, 22 Nov 2026 10:00:00 +0100")).date == datetime(
        2026, 11, 22, 10, tzinfo=timezone(timedelta(hours=1))
    )
    assert parse(mail("Date: Sun, 22 Nov 2026 10:00:00 -0000")).date == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_the_null_sender_is_told_from_none() -> None:
    assert parse(mail("Return-Path: <>")).return_path == ""
    assert parse(mail("Return-Path: <a@b>")).return_path == "a@b"
    assert parse(mail("From: a@b")).return_path is None


def test_headers_that_matter_are_kept() -> None:
    parsed = parse(
        mail("Auto-Submitted: auto-replied", "X-Secret: x", "List-Id: <l>", "X-Auto-Response-Suppress: All")
    )
    assert parsed.headers == {
        "auto-submitted": "auto-replied",
        "list-id": "<l>",
        "x-auto-response-suppress": "All",
    }
    assert parsed.header("Auto-Submitted") == "auto-replied"


def test_where_it_was_delivered_is_noted() -> None:
    parsed = parse(
        mail("Delivered-To: help+t1.x@example.com", "X-Original-To: help@example.com", "To: other@x")
    )
    assert parsed.delivered_to == ("help+t1.x@example.com", "help@example.com")


def test_of_two_forms_both_come_out_and_text_is_made_where_there_is_none() -> None:
    plain, html = b"Content-Type: text/plain\r\n\r\nplain", b"Content-Type: text/html\r\n\r\n<p>rich</p>"
    parsed = parse(multipart(plain, html, kind="alternative"))
    assert (parsed.text, parsed.html) == ("plain", "<p>rich</p>")
    parsed = parse(multipart(b"Content-Type: text/plain\r\n\r\n \r\n", html, kind="alternative"))
    assert parsed.text == "rich"


def test_files_in_the_order_sent_with_names_of_their_own() -> None:
    parsed = parse(
        multipart(
            b"Content-Type: text/plain\r\n\r\nwords",
            part('text/plain; name="a.txt"', b"1", "Content-Disposition: attachment"),
            part('text/plain; name="a.txt"', b"2", "Content-Disposition: attachment"),
            part("image/jpeg", b"3"),
        )
    )
    assert [(each.name, each.data) for each in parsed.attachments] == [
        ("a.txt", b"1"),
        ("a (2).txt", b"2"),
        ("attachment.jpg", b"3"),
    ]
    assert parsed.text == "words"


def test_a_text_file_after_the_words_is_a_file() -> None:
    parsed = parse(
        multipart(b"Content-Type: text/plain\r\n\r\nwords", part('text/plain; name="log.txt"', b"log"))
    )
    assert parsed.text == "words"
    assert [each.name for each in parsed.attachments] == ["log.txt"]


def test_base64_that_was_glued_together_or_cut_short() -> None:
    assert undo(b"YQ==\r\nYg==\r\n", "base64")[0] == b"ab"
    assert undo(b"YWJj\r\nYW", "base64")[0] == b"abca"
    assert undo(b"YWJj\r\n\r\n-- \r\nA list's footer, with signs!\r\n", "BASE64 ")[0].startswith(b"abc")


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("a\x00b\u202egpj.exe", "a_b_gpj.exe"),
        ("con.txt", "_con.txt"),
        (".htaccess", "_htaccess"),
        ("  ..  ", ""),
        ("x" * 300 + ".pdf", "x" * (MAX_NAME - 4) + ".pdf"),
    ],
)
def test_file_names_are_harmless(wanted: str, given: str) -> None:
    assert safe_name(wanted) == given


def test_a_thousand_files_of_one_name_are_told_apart_quickly() -> None:
    names = Names()
    assert len({names.give("a.b", "x/y") for _ in range(2000)}) == 2000


def test_an_empty_mail_is_a_mail() -> None:
    assert parse(b"").problems == ("empty",)
    assert parse(b"\r\n\r\n").problems == ("empty",)
    assert parse(HEAD).subject == "x"


def test_a_byte_order_mark_empty_lines_and_an_mbox_line_before_the_header() -> None:
    for before in (b"\xef\xbb\xbf", b"\r\n\r\n", b"From anna@x Sun Nov 22 2026\n"):
        assert parse(before + mail("Subject: x")).subject == "x"


def test_nothing_the_database_refuses_comes_out() -> None:
    parsed = parse(mail("Subject: a\x00b", "From: \x00 <a@b>", body=b"x\x00y\r\n"))
    assert (parsed.subject, parsed.text) == ("ab", "xy")
    surrogate = parse(mail("Content-Type: text/plain; charset=utf-7", body=b"+2AA-x"))
    surrogate.text.encode("utf-8")

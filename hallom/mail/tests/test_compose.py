"""Mails going out, read back with the standard library and with our own parser."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.mail.compose import (
    AUTO_REPLIED,
    MAX_REFERENCES,
    Enclosure,
    Letter,
    Person,
    Unwritable,
    compose,
    envelope_address,
)
from hallom.mail.outward_html import document, outward
from hallom.mail.parse import parse
from hallom.mail.subject_line import subject_line

NOW = datetime(2026, 7, 16, 8, 50, tzinfo=UTC)
LETTER = Letter(
    message_id="t1.abc@example.com",
    date=NOW,
    sender=Person("Pannon Háló ügyfélszolgálat", "help@example.com"),
    to=(Person("Szabó, Ágnes", "agnes@example.net"),),
    subject="Re: [#48213] Nem érkezett meg a cserekészülék",
    html="<p>Kedves Ágnes! ❤️</p>",
    text="Kedves Ágnes! ❤️",
    language="hu",
)
PIXEL = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_headers_say_what_the_letter_says() -> None:
    letter = replace(LETTER, cc=(Person("", "cc@example.net"),), reply_to="help+t1.mac@example.com")
    mail = read(compose(letter))
    assert mail["Subject"] == LETTER.subject
    assert [(each.display_name, each.addr_spec) for each in mail["From"].addresses] == [
        ("Pannon Háló ügyfélszolgálat", "help@example.com")
    ]
    assert [(each.display_name, each.addr_spec) for each in mail["To"].addresses] == [
        ("Szabó, Ágnes", "agnes@example.net")
    ]
    assert mail["Cc"].addresses[0].addr_spec == "cc@example.net"
    assert mail["Reply-To"].addresses[0].addr_spec == "help+t1.mac@example.com"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == "<t1.abc@example.com>"
    assert mail["Content-Language"] == "hu"
    assert mail["Auto-Submitted"] is None
    assert mail["Bcc"] is None


def test_our_own_parser_reads_it_back() -> None:
    files = (
        Enclosure("számla július.pdf", "application/pdf", b"%PDF-1.4"),
        Enclosure("kép.png", "image/png", PIXEL, "a1@example.com"),
    )
    html = '<p>Nézze:</p><img src="cid:a1@example.com" alt="modem">'
    parsed = parse(compose(replace(LETTER, html=html, text="Nézze:\n[modem]", enclosures=files)))
    assert parsed.subject == LETTER.subject
    assert "cid:a1@example.com" in parsed.html
    assert parsed.text.startswith("Nézze:")
    by_name = {part.name: part for part in parsed.attachments}
    assert by_name["számla július.pdf"].data == b"%PDF-1.4"
    assert by_name["kép.png"].is_inline
    assert by_name["kép.png"].data == PIXEL
    assert parsed.problems == ()


def test_the_shape_is_mixed_alternative_related() -> None:
    files = (
        Enclosure("a.pdf", "application/pdf", b"%PDF"),
        Enclosure("b.png", "image/png", PIXEL, "a1@example.com"),
    )
    mail = read(compose(replace(LETTER, html='<img src="cid:a1@example.com">', enclosures=files)))
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    assert mail["MIME-Version"] == "1.0"
    assert sum(name.lower() == "mime-version" for name in mail.keys()) == 1  # noqa: SIM118


def test_an_image_the_text_does_not_show_is_an_attachment() -> None:
    files = (Enclosure("b.png", "image/png", PIXEL, "a9@example.com"),)
    mail = read(compose(replace(LETTER, enclosures=files)))
    assert [part.get_content_disposition() for part in mail.iter_attachments()] == ["attachment"]


def test_long_identifiers_stay_whole_and_the_chain_is_bounded() -> None:
    chain = tuple(f"{'x' * 150}{number}@mail.example.net" for number in range(60))
    raw = compose(replace(LETTER, in_reply_to=chain[-1], references=chain))
    assert b"=?" not in raw[raw.index(b"References:") : raw.index(b"Content-Language")]
    mail = read(raw)
    found = str(mail["References"]).replace("<", " ").replace(">", " ").split()
    assert len(found) == MAX_REFERENCES
    assert found[0] == chain[0]
    assert found[-1] == chain[-1]
    assert parse(raw).in_reply_to == (chain[-1],)


def test_a_machines_mail_says_so() -> None:
    mail = read(compose(replace(LETTER, automatic=AUTO_REPLIED)))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Precedence"] is None


def test_without_a_visible_recipient_the_header_stays_valid() -> None:
    assert read(compose(replace(LETTER, to=())))["To"] == "undisclosed-recipients:;"


@pytest.mark.parametrize(
    "address", ["", "a", "a b@example.com", "a@b@", "x@\r\nBcc: y@z.hu", "é@example.com", "a@-.hu"]
)
def test_an_address_that_cannot_be_written_is_refused(address: str) -> None:
    with pytest.raises(Unwritable):
        compose(replace(LETTER, to=(Person("", address),)))


def test_domains_in_other_scripts_are_written_in_ascii() -> None:
    assert envelope_address("agnes@pannonháló.hu") == "agnes@xn--pannonhl-fza5p.hu"


text = st.text(max_size=300)


@settings(max_examples=200, deadline=None)
@given(subject=text, name=text, file=text, body=text, identifier=text, language=text, content_type=text)
def test_nothing_can_begin_a_header_or_break_a_line(
    subject: str, name: str, file: str, body: str, identifier: str, language: str, content_type: str
) -> None:
    evil = "\r\nX-Evil: 1\n\nX-Evil: 2\r"
    raw = compose(
        replace(
            LETTER,
            subject=subject + evil + subject,
            sender=Person(evil + name, "help@example.com"),
            to=(Person(name + evil, "a@example.net"),),
            text=body,
            in_reply_to=identifier + evil,
            references=(identifier, evil),
            language=language + evil,
            enclosures=(Enclosure(file + evil, content_type + evil, b"data", identifier + evil),),
        )
    )
    raw.decode("ascii")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    mail = read(raw)
    assert mail["X-Evil"] is None
    assert {name.lower() for name in mail.keys()} <= {  # noqa: SIM118
        "date", "from", "to", "subject", "message-id", "in-reply-to", "references", "content-language",
        "mime-version", "content-type", "content-transfer-encoding",
    }  # fmt: skip
    assert [address for _name, address in getaddresses([str(mail["To"])])] == ["a@example.net"]
    assert parse(raw).message_id == LETTER.message_id


@settings(max_examples=100, deadline=None)
@given(body=st.text(max_size=2000))
def test_the_text_arrives_as_it_was_written(body: str) -> None:
    part = read(compose(replace(LETTER, text=body, html=""))).get_body(("plain",))
    assert part is not None
    sent = (
        body.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    )
    assert part.get_payload(decode=True).decode().replace("\r\n", "\n").rstrip("\n") == sent.rstrip("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("No internet", "Re: [#48213] No internet"),
        ("Re: Vá: RE[2]: No internet", "Re: [#48213] No internet"),
        ("Odp: PD: [#48213] Re: No internet", "Re: [#48213] No internet"),
        ("Válasz: [#48213] No  [#48213] internet", "Re: [#48213] No internet"),
        ("[#99] No internet", "Re: [#48213] [#99] No internet"),
        ("Router: not working", "Re: [#48213] Router: not working"),
        ("", "Re: [#48213]"),
    ],
)
def test_subjects_carry_one_number_and_one_re(before: str, after: str) -> None:
    assert subject_line(before, 48213, is_reply=True) == after


def test_a_first_letter_has_no_re() -> None:
    assert subject_line("Re: Offer", 7, tag="PH-") == "[PH-7] Offer"


def test_html_leaves_without_our_addresses() -> None:
    stored = (
        '<p>Hi <span data-mention="3">@Nóra</span> <mark data-missing="x">x</mark></p>'
        '<img data-attachment="5" src="/attachments/5/a.png" alt="modem"><img src="/attachments/6/b.png" alt="other">'
        '<img src="https://tracker.example/p.gif" alt="">'
        '<a href="/tickets/48213/">inside</a><a href="https://example.com/?a=1&amp;b=2">out</a>'
        '<a href="javascript:alert(1)">js</a><script>alert(1)</script>'
    )
    out = outward(stored, {5: "a5@example.com"})
    assert 'src="cid:a5@example.com"' in out
    assert "/attachments/" not in out
    assert "/tickets/" not in out
    assert "data-" not in out
    assert "tracker" not in out
    assert "alert" not in out
    assert 'href="https://example.com/?a=1&amp;b=2"' in out
    assert "other" in out
    assert document(out, language="hu").startswith("<!DOCTYPE html>")

"""Mails as programs in Hungary, Poland and elsewhere send them, and as they arrive broken: words and files come out."""

import pytest

from hallom.mail.automatic import automatic_of
from hallom.mail.parse import Wrapper, parse
from hallom.mail.quoting import fold_text
from hallom.mail.tests.corpus_makers import CORPUS, corpus, mail, multipart, part

HUNGARIAN = "Üdvözlettel: Győző"
POLISH = "Pozdrawiam, Łukasz Źdźbło"


@pytest.mark.parametrize(
    ("name", "words", "problems"),
    [
        ("charset_says_latin1_is_utf8", HUNGARIAN, ("charset_wrong",)),
        ("charset_says_utf8_is_cp1250", HUNGARIAN, ("charset_wrong",)),
        ("charset_says_latin2_is_cp1250", POLISH, ()),
        ("charset_missing_latin2_polish", POLISH, ("charset_unknown",)),
        ("charset_unknown_name", HUNGARIAN, ("charset_unknown",)),
        ("charset_old_dos", HUNGARIAN, ()),
        ("header_8bit_cp1250", HUNGARIAN, ()),
        ("header_8bit_utf8", HUNGARIAN, ()),
        ("boundary_missing", "the words", ("boundary_missing",)),
        ("boundary_wrong", "the words", ("boundary_missing",)),
        ("boundary_never", "Just words, no parts.", ("boundary_missing",)),
        ("boundary_unclosed", "the words", ("boundary_unclosed",)),
        ("smime_opaque", "Aláírva és becsomagolva", ()),
        ("smime_signed", "aláírt szöveg", ()),
        ("winmail_rtf_only", "Őszinte szó", ()),
        ("pgp_inline", "The signed words.\n-- \nAnna", ()),
        ("header_without_empty_line", "this is already the body.\n\nBye", ("header_broken",)),
        ("apple_mixed", "before\n\nafter", ()),
    ],
)
def test_the_words_come_out(name: str, words: str, problems: tuple[str, ...]) -> None:
    parsed = parse(corpus(name))
    assert parsed.text.endswith(words)
    assert parsed.problems == problems


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("boundary_missing", [("a.png", b"\x89PNG\r")]),
        ("boundary_unclosed", [("a.csv", b"1;2\n3;4")]),
        ("winmail", [("Árajánlat ő.docx", b"PK\x03\x04docx"), ("kép.png", b"\x89PNG")]),
        ("smime_signed", [("smime.p7s", b"0\x82\x01")]),
        ("uuencoded", [("notes.txt", b"Cat")]),
        ("apple_mixed", [("pic.png", b"\x89PNG\r")]),
    ],
)
def test_the_files_come_out(name: str, files: list[tuple[str, bytes]]) -> None:
    assert [(part.name, part.data) for part in parse(corpus(name)).attachments] == files


def test_file_names_in_every_spelling_are_read_and_made_safe() -> None:
    names = [part.name for part in parse(corpus("names_rfc2231")).attachments]
    assert names == ["számla másolata.pdf", "őrizet.pdf", "evil_fdp.exe", "żółw.pdf"]


def test_names_and_subjects_with_broken_encoded_words() -> None:
    parsed = parse(corpus("words_broken"))
    assert parsed.subject.startswith("Árvíztűrő mit spaces")
    assert parsed.from_ is not None
    assert (parsed.from_.name, parsed.from_.addr) == ("Kovács, János", "janos@example.hu")
    assert [address.name for address in parsed.to] == ["Łódź"]


def test_8_bit_header_fields_are_in_the_charset_of_the_text() -> None:
    parsed = parse(corpus("header_8bit_cp1250"))
    assert parsed.subject == "Őszi akció árajánlat"
    assert parsed.from_ is not None
    assert parsed.from_.name == "Győző Kovács"


def test_a_field_broken_without_a_space_is_one_field() -> None:
    parsed = parse(corpus("header_line_not_folded"))
    assert parsed.subject == "a long subject that somebody broke without a space"
    assert [address.addr for address in parsed.to] == ["help@example.com"]


def test_flowed_lines_are_whole_again_and_the_signature_stays_apart() -> None:
    parsed = parse(corpus("flowed"))
    assert parsed.text == "This is one long line.\n\n> quoted one goes on\n>> deeper\n\n-- \nAnna"


def test_an_invitation_is_readable_and_kept() -> None:
    parsed = parse(corpus("calendar"))
    event = parsed.calendar
    assert event is not None
    assert (event.method, event.summary, event.location) == (
        "REQUEST",
        "Szerelő, kiszállás",
        "Győr, Fő utca 1.",
    )
    assert event.starts is not None
    assert event.starts.isoformat() == "2026-11-24T09:00:00+01:00"
    assert event.description == "Kérjük\nlegyen otthon"
    assert "2026-11-24 09:00–11:00 (Europe/Budapest)" in parsed.text
    assert parsed.text.startswith("Meghívó\n")
    assert [part.content_type for part in parsed.attachments] == ["text/calendar"]


def test_a_forwarded_mail_is_a_file_named_by_its_subject() -> None:
    parsed = parse(corpus("forwarded"))
    assert parsed.text == "please look"
    (part,) = parsed.attachments
    assert (part.name, part.content_type) == ("Számla.eml", "message/rfc822")
    assert parse(part.data).text == "inner words"


def test_a_mail_that_is_nothing_but_others_says_what_they_say() -> None:
    deepest = multipart(
        b"Content-Type: text/plain\r\n\r\nd\xc5\xb1l\xc5\x91", part("image/png; name=a.png", b"png")
    )
    inner = mail("From: b@example.hu", "Subject: inner", "Content-Type: message/rfc822", body=deepest)
    parsed = parse(mail("From: c@example.hu", "Content-Type: message/rfc822", body=inner))
    assert parsed.text.splitlines()[0] == "From: b@example.hu"
    assert parsed.text.endswith("\n\ndűlő")
    assert [each.name for each in parsed.attachments] == ["inner.eml", "x.eml", "a.png"]
    assert fold_text(parsed.text).folded == ""


def test_whoever_encloses_a_bounce_without_a_word_is_a_person() -> None:
    parsed = parse(
        mail("From: anna@example.hu", "Content-Type: message/rfc822", body=corpus("bounce_postfix_dsn"))
    )
    assert "mail system" in parsed.text
    assert [each.content_type for each in parsed.attachments] == ["message/rfc822"]
    assert automatic_of(parsed) is None


@pytest.mark.parametrize(
    ("name", "wrapper", "files"),
    [
        ("smime_signed", Wrapper.SMIME_SIGNED, ["smime.p7s"]),
        ("smime_opaque", Wrapper.SMIME_OPAQUE, ["smime.p7m", "a.csv"]),
        ("smime_encrypted", Wrapper.SMIME_ENCRYPTED, ["smime.p7m"]),
        ("pgp_inline", Wrapper.PGP_SIGNED, ["signed.asc"]),
        ("pgp_encrypted", Wrapper.PGP_ENCRYPTED, ["attachment.bin", "encrypted.asc"]),
    ],
)
def test_wrappers_are_told_and_kept(name: str, wrapper: Wrapper, files: list[str]) -> None:
    parsed = parse(corpus(name))
    assert parsed.wrapper is wrapper
    assert [part.name for part in parsed.attachments] == files


def test_an_image_the_html_shows_is_inline() -> None:
    (part,) = parse(corpus("apple_mixed")).attachments
    assert part.is_inline
    assert part.content_id == "pic@x"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.eml")), ids=lambda path: path.stem)
def test_line_ends_make_no_difference(path) -> None:
    raw = path.read_bytes()
    parsed, with_crlf = parse(raw), parse(raw.replace(b"\n", b"\r\n"))
    assert (parsed.subject, parsed.text, parsed.problems) == (
        with_crlf.subject,
        with_crlf.text,
        with_crlf.problems,
    )
    assert [part.name for part in parsed.attachments] == [part.name for part in with_crlf.attachments]


@pytest.mark.parametrize(
    ("words", "charset", "declared"),
    [
        ("お問い合わせ", "iso2022_jp", "ISO-2022-JP"),
        ("お問い合わせ", "iso2022_jp", "utf-8"),
        ("お問い合わせ", "iso2022_jp", ""),
        ("您好，發票€𠀀", "gb18030", "GB2312"),
        ("Üdvözlettel: Győző", "utf-7", "UTF-7"),
        # ą is another letter in the charset named, and nothing else tells.
        ("Nie mogą dostać piłki", "cp1250", "iso-8859-2"),
        ("Nie mogą dostać piłki", "iso8859_2", "iso-8859-2"),
        ("číslo se shoduje, říká š", "iso8859_2", "iso-8859-2"),
        ("Tisztelt Győző, az űrhajó késik", "iso8859_2", "iso-8859-1"),
        ("„Kedves Győző” – köszönöm", "cp1250", "windows-1252"),
        ("Bien sûr, c’est réservé", "cp1252", "iso-8859-1"),
        ("põe a água", "cp1252", "iso-8859-1"),
        ("naïve az sûr", "cp1252", "iso-8859-1"),
    ],
)
def test_letters_of_the_charset_that_was_meant(words: str, charset: str, declared: str) -> None:
    kind = f"Content-Type: text/plain; charset={declared}" if declared else "Content-Type: text/plain"
    assert parse(mail(kind, body=words.encode(charset))).text == words


@pytest.mark.parametrize("end", [b"`\n", b" \n", b"\n"])
def test_files_pasted_into_the_text_whatever_became_of_the_last_space(end: bytes) -> None:
    parsed = parse(mail("From: a@b", body=b"Hello\n\nbegin 644 a.txt\n#0V%T\n" + end + b"end\nBye\n"))
    assert [(each.name, each.data) for each in parsed.attachments] == [("a.txt", b"Cat")]
    assert parsed.text.split() == ["Hello", "Bye"]

"""Whatever the bytes are, a mail comes out; what was well-formed comes out whole."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.mail.automatic import automatic_of
from hallom.mail.bounce import bounce_of
from hallom.mail.clean import clean
from hallom.mail.parse import ParsedMail
from hallom.mail.parse.reading import _parse
from hallom.mail.quoting import fold_html, fold_text
from hallom.mail.tests.corpus_makers import CORPUS, multipart, part

SAMPLES = [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]
PIECES = [
    b"\r\n", b"\n", b"\n\n", b"--b1", b"--b1--", b":", b";", b"=?utf-8?B?", b"?=", b'"', b"<", b">", b"(", b"\x00", b"\xff", b"=",
    b"Content-Type: multipart/mixed; boundary=b1\n", b"Content-Type: text/html\n", b"Content-Transfer-Encoding: base64\n",
    b"Content-Type: application/ms-tnef\n", b"Content-Type: message/rfc822\n", b"charset=utf-16", b"charset=utf-7",
    b"begin 644 a\n", b"end\n", b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"BEGIN:VEVENT\n", b"DTSTART:99999999T999999\n",
]  # fmt: skip


def check(raw: bytes) -> ParsedMail:
    """Past the net that `parse` spreads: nothing may need it."""
    parsed = _parse(raw)
    for text in (parsed.subject, parsed.text, parsed.html, *parsed.headers.values()):
        assert "\x00" not in text
        text.encode("utf-8")
    names = [each.name for each in parsed.attachments]
    assert len({name.lower() for name in names}) == len(names)
    assert all(name and "/" not in name and "\x00" not in name for name in names)
    automatic_of(parsed)
    bounce_of(parsed)
    fold = fold_text(parsed.text)
    assert fold.fresh + fold.folded == parsed.text
    cleaned = clean(parsed.html).html
    fold = fold_html(cleaned)
    assert fold.fresh + fold.folded == cleaned
    return parsed


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    check(raw)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=40))
@settings(max_examples=400, deadline=None)
def test_any_heap_of_what_mails_are_made_of(pieces: list[bytes]) -> None:
    check(b"From: a@b\n" + b"".join(pieces))


@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
@settings(max_examples=500, deadline=None)
def test_any_mail_with_something_broken_in_it(raw: bytes, chance: random.Random) -> None:
    mutated = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        at, act = chance.randrange(len(mutated) + 1), chance.randrange(4)
        if act == 0:
            mutated[at : at + chance.randint(1, 30)] = b""
        elif act == 1:
            mutated[at:at] = chance.choice(PIECES)
        elif act == 2:
            mutated[at : at + 1] = bytes((chance.randrange(256),))
        else:
            other = chance.randrange(len(mutated) + 1)
            mutated[at:at] = mutated[other : other + 200]
    check(bytes(mutated))


@given(
    st.lists(
        st.tuples(st.binary(min_size=1, max_size=3000), st.sampled_from(["pdf", "png", "zip"])),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_every_file_of_a_well_formed_mail_comes_out_as_it_was(
    files: list[tuple[bytes, str]], is_deeper: bool
) -> None:
    parts = [part(f'application/{kind}; name="f.{kind}"', data) for data, kind in files]
    words = b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xc5\x91szinte"
    raw = multipart(words, *parts)
    if is_deeper:
        raw = multipart(raw.partition(b"MIME-Version: 1.0\r\n")[2], boundary="outer")
    parsed = check(raw)
    assert [each.data for each in parsed.attachments] == [data for data, _ in files]
    assert parsed.text == "őszinte"
    assert parsed.problems == ()


@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16", "cp1250", "iso-8859-2", "koi8-r", "utf-7"]))
@settings(max_examples=200, deadline=None)
def test_any_text_in_any_charset_never_fails(text: str, charset: str) -> None:
    body = text.encode(charset, "replace")
    raw = (
        f"From: a@b\r\nContent-Type: text/plain; charset={charset}\r\n".encode()
        + b"Content-Transfer-Encoding: 8bit\r\n\r\n"
        + body
    )
    check(raw)

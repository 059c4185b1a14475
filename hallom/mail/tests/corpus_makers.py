"""Mails as they come, put together by the tests; what is fixed stands in ``corpus/``."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
MB = 1024 * 1024
HEAD = b"From: Anna Kov\xc3\xa1cs <anna@example.hu>\r\nTo: help@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def corpus(name: str) -> bytes:
    return (CORPUS / f"{name}.eml").read_bytes()


def mail(*fields: str, body: bytes = b"hello\r\n") -> bytes:
    return "".join(f"{field}\r\n" for field in fields).encode() + b"\r\n" + body


def part(content_type: str, data: bytes, *fields: str) -> bytes:
    """A well-formed part in base64."""
    lines = [f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + base64.encodebytes(data).replace(b"\n", b"\r\n")


def multipart(*parts: bytes, boundary: str = "=_b1", kind: str = "mixed") -> bytes:
    head = HEAD + f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    mark = f"--{boundary}".encode()
    return head + b"".join(mark + b"\r\n" + each + b"\r\n" for each in parts) + mark + b"--\r\n"


def nested(depth: int, tail: bytes = b"") -> bytes:
    start = HEAD + b"Content-Type: multipart/mixed; boundary=b0\n\n"
    part_of = b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n"
    pieces = [start, *(part_of % (level, level + 1) for level in range(depth))]
    return b"".join([*pieces, b"--b%d\n\nthe words inside\n" % depth, tail])


def tnef(*files: tuple[str, bytes], body: bytes = b"", rtf: bytes = b"") -> bytes:
    """winmail.dat as Outlook writes it: names in Windows-1250 and, as a property, in UTF-16."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += _attribute(1, 0x69007, struct.pack("<II", 1250, 0))
    if body:
        out += _attribute(1, 0x2800C, body + b"\0")
    if rtf:
        out += _attribute(
            1, 0x69003, struct.pack("<IHHII", 1, 0x102, 0x1009, 1, len(rtf)) + rtf + b"\0" * (-len(rtf) % 4)
        )
    for name, data in files:
        long_name = name.encode("utf-16-le") + b"\0\0"
        padded = long_name + b"\0" * (-len(long_name) % 4)
        out += _attribute(2, 0x69002, b"\0" * 14)
        out += _attribute(2, 0x18010, name.encode("cp1250", "replace")[:8] + b"\0")
        out += _attribute(2, 0x6800F, data)
        out += _attribute(2, 0x69005, struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(long_name)) + padded)
    return out


def uncompressed_rtf(rtf: bytes) -> bytes:
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


def growing_rtf(size: int) -> bytes:
    """Compressed RTF that says it becomes 4 GB, of signs that each copy 17 bytes of what was before."""
    out, write = bytearray(), 207
    for _ in range(size // 17):
        out.append(0xFF)
        for _ in range(8):
            out += (((write + 1) % 4096) * 16 + 15).to_bytes(2, "big")
            write = (write + 17) % 4096
    return struct.pack("<IIII", len(out) + 12, 0xFFFFFFFF, 0x75465A4C, 0) + bytes(out)


def archive_bomb() -> bytes:
    """Archives in archives: some kB that would become 100 GB."""
    inner = b"\0" * 10 * MB
    for copies in (1, 100, 100):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(copies):
                archive.writestr(f"{number}.zip", inner)
        inner = file.getvalue()
    return inner


def _attribute(level: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def hostile() -> dict[str, bytes]:
    """One mail for each way we know to make a reader work; up to 50 MB."""
    multi = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    zipped = HEAD + b"Content-Type: application/zip\nContent-Transfer-Encoding: "
    plain = HEAD + b"Content-Type: text/plain; charset=utf-8"
    return {
        "nested 5,000": nested(5000),
        "nested 100,000": nested(100_000, b"x\n" * 100_000),
        "a million parts": multi + b"--b\n\nhi\n" * 1_000_000,
        "lines that look like boundaries": multi + b"\n--bx" * 8_000_000,
        "endless parts without an end": multi + b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n" * 200_000,
        "header flood": b"X-A: b\n" * 3_000_000 + HEAD + b"\nhello",
        "one field of 20 MB": HEAD + b"Subject2: " + b"a" * 20 * MB + b"\n\nhello",
        "a broken header of 20 MB": HEAD + b"x\n" * 10 * MB + b"\n\nhello",
        "one line of 49 MB": HEAD + b"\n" + b"a" * 49 * MB,
        "base64 of 48 MB": zipped + b"base64\n\n" + base64.encodebytes(bytes(range(256)) * (35 * 4096)),
        "base64 of nothing but padding": zipped + b"base64\n\n" + b"=" * 20 * MB,
        "base64 in five million pieces": zipped + b"base64\n\n" + b"YQ==" * 5 * MB,
        "quoted-printable of 48 MB": zipped + b"quoted-printable\n\n" + b"=41" * 16 * MB,
        "text of 48 MB": plain + b"\nContent-Transfer-Encoding: quoted-printable\n\n" + b"=41" * 16 * MB,
        "HTML of emoji": HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + "<p>😀".encode() * 3 * MB,
        "HTML of 45 MB": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 9 * MB,
        "HTML 25,000 deep": HEAD + b"Content-Type: text/html\n\n" + b"<ul><li>" * 12_400,
        "a tag with 30,000 attributes": HEAD + b"Content-Type: text/html\n\n<p " + b"a b " * 15_000 + b">x",
        "encoded words without an end": b"Subject: " + b"=?u?q?" * 20_000 + b"\n\nx",
        "encoded words in a row": b"Subject: " + b"=?utf-8?q?a?= " * 9_000 + b"\n\nx",
        "a field of a million addresses": b"To: " + b"a@b, " * 1_000_000 + b"\n\nx",
        "quotes that never close": b'To: ' + b'"a\\"' * 30_000 + b"\n\nx",
        "comments that never close": b"To: " + b"(" * 120_000 + b"\n\nx",
        "brackets that never close": b"To: " + b"<" * 120_000 + b"\n\nx",
        "100,000 To fields": b"To: a@b\n" * 100_000 + b"\n\nx",
        "parameters that never close": HEAD + b"Content-Type: text/plain" + b';a="' * 20_000 + b"\n\nx",
        "a name in 40,000 pieces": HEAD + b"Content-Type: text/plain" + b";a*1*=" * 20_000 + b"\n\nx",
        "100,000 references": b"References: " + b"<a@b> " * 100_000 + b"\n\nx",
        "brackets instead of references": b"References: " + b"<" * 120_000 + b"\n\nx",
        "no brackets in references": b"References: " + b"a" * 120_000 + b"\n\nx",
        "a date of 100,000 numbers": b"Date: " + b"1 " * 100_000 + b"\n\nx",
        "punycode as a charset": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 200_000,
        "noise": HEAD + b"\n" + bytes(range(256)) * 4096,
        "uuencode that never ends": HEAD + b"\n" + b"begin 644 x\n" * 80_000 + b"M\n" * 200_000,
        "50,000 uuencoded files": HEAD + b"\n" + b"begin 644 x\n`\nend\n" * 50_000,
        "a calendar of quotes": HEAD + b"Content-Type: text/calendar\n\nBEGIN:VEVENT\n" + b'A;b="c:' * 100_000,
        "carriage returns only": b"a:b\r" * MB,
        "zeros": b"\0" * MB,
        "flowed quotes": plain + b"; format=flowed\n\n" + b"> \n" * 300_000,
        "flowed arrows": plain + b"; format=flowed\n\n" + b">" * MB,
        "a mail in a mail in a mail": (HEAD + b"Content-Type: message/rfc822\n\n") * 10_000,
        "winmail.dat of a million attributes": zipped.replace(b"zip", b"ms-tnef")
        + b"binary\n\n" + struct.pack("<IH", 0x223E9F78, 1) + _attribute(1, 0x2800C, b"") * 1_000_000,
        "archives in archives": zipped + b"base64\n\n" + base64.encodebytes(archive_bomb()),
        "eight winmail.dat that grow": multi + 8 * (
            b"--b\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(tnef(rtf=growing_rtf(MB)))),
        "CMS that never ends": zipped.replace(b"zip", b"pkcs7-mime") + b"binary\n\n" + b"\x30\x80" * MB,
    }  # fmt: skip

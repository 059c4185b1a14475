"""The content of an S/MIME message that is signed and not encrypted (RFC 5652 5), without judging the signature."""

from collections.abc import Iterator

SEQUENCE, OCTETS, CONSTRUCTED_OCTETS, OID, CONTEXT_0 = 0x30, 0x04, 0x24, 0x06, 0xA0
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")
AUTH_ENVELOPED_DATA = bytes.fromhex("2a864886f70d0109100117")
MAX_NESTING = 8
MAX_PIECES = 100_000


class BadCms(ValueError):
    pass


def content_of(raw: bytes) -> bytes | None:
    """The signed content; None if it is encrypted. BadCms for everything else."""
    data = memoryview(raw)
    outer = list(_elements(_single(data, SEQUENCE)))
    kind = _expect(outer, 0, OID)
    if kind in (ENVELOPED_DATA, AUTH_ENVELOPED_DATA):
        return None
    if kind != SIGNED_DATA:
        raise BadCms("neither signed nor encrypted")
    signed = list(_elements(_single(_expect(outer, 1, CONTEXT_0), SEQUENCE)))
    encapsulated = [value for tag, value in signed if tag == SEQUENCE]
    if not encapsulated:
        raise BadCms("signed nothing")
    content = list(_elements(encapsulated[0]))
    return _octets(_expect(content, 1, CONTEXT_0), depth=0)


def _expect(elements: list[tuple[int, memoryview]], number: int, tag: int) -> memoryview:
    if number >= len(elements) or elements[number][0] != tag:
        raise BadCms("not as expected")
    return elements[number][1]


def _single(data: memoryview, tag: int) -> memoryview:
    for found, value in _elements(data):
        if found == tag:
            return value
        break
    raise BadCms("not as expected")


def _octets(data: memoryview, *, depth: int) -> bytes:
    """A string may come in pieces, and those again."""
    if depth > MAX_NESTING:
        raise BadCms("too deep")
    pieces: list[bytes | memoryview] = []
    for tag, value in _elements(data):
        if tag == OCTETS:
            pieces.append(value)
        elif tag == CONSTRUCTED_OCTETS:
            pieces.append(_octets(value, depth=depth + 1))
    return b"".join(pieces)


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 0
    for _ in range(MAX_PIECES):
        if at + 2 > len(data) or bytes(data[at : at + 2]) == b"\0\0":
            return
        tag, start, end, after = _span(data, at, depth=0)
        yield tag, data[start:end]
        at = after


def _span(data: memoryview, at: int, *, depth: int) -> tuple[int, int, int, int]:
    """Tag, where the content starts and ends, where the next element starts."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F or depth > MAX_NESTING:
        raise BadCms("cut short")
    tag, size = data[at], data[at + 1]
    start = at + 2
    if size == 0x80:
        end = _end_of_contents(data, start, depth=depth)
        return tag, start, end, end + 2
    if size > 0x80:
        count = size - 0x80
        size = int.from_bytes(data[start : start + count], "big") if count <= 8 else len(data)
        start += count
    if start + size > len(data):
        raise BadCms("cut short")
    return tag, start, start + size, start + size


def _end_of_contents(data: memoryview, at: int, *, depth: int) -> int:
    for _ in range(MAX_PIECES):
        if bytes(data[at : at + 2]) == b"\0\0":
            return at
        at = _span(data, at, depth=depth + 1)[3]
    raise BadCms("too many pieces")

import struct
import zlib
from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image

from hallom.storage import blobs, preview
from hallom.storage.models import Blob, Scan
from hallom.storage.preview import NoPreview, smaller


def picture(
    kind: str = "PNG", size: tuple[int, int] = (1200, 800), mode: str = "RGB", **rest: object
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 120).save(out, kind, **rest)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("PNG", "LA"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("GIF", "P"), ("WEBP", "RGB"), ("BMP", "1")],
)  # fmt: skip
def test_a_picture_becomes_a_small_one(kind: str, mode: str) -> None:
    with Image.open(BytesIO(smaller(picture(kind, mode=mode)))) as small:
        assert (small.format, small.size) == ("WEBP", (480, 320))


def test_it_stands_upright_and_tells_no_place() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    small = smaller(picture("JPEG", exif=exif))
    with Image.open(BytesIO(small)) as shown:
        assert shown.size == (320, 480)
    assert b"taken at home" not in small


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:200],
        picture("JPEG")[:400],
        picture("GIF")[:40],
        png_claiming(60_000, 60_000),
        png_claiming(2**31 - 1, 2**31 - 1),
        picture("TIFF"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
)
def test_what_is_no_picture_or_a_bomb_has_no_preview(data: bytes) -> None:
    with pytest.raises(NoPreview):
        smaller(data)


@pytest.mark.django_db
def test_the_preview_is_kept_once(now: datetime) -> None:
    blob = blobs.keep(picture(), now=now)
    made = preview.make(blob, now=now)
    assert made is not None
    assert (made.scan, Blob.objects.get(pk=blob.pk).preview) == (Scan.CLEAN, made)
    assert preview.make(Blob.objects.get(pk=blob.pk), now=now) == made
    assert preview.make(blobs.keep(b"text", now=now), now=now) is None


@pytest.mark.django_db
def test_an_infected_picture_is_not_opened(now: datetime) -> None:
    blob = blobs.keep(picture(size=(900, 900)), now=now)
    blob.scan = Scan.INFECTED
    assert preview.make(blob, now=now) is None

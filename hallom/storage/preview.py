"""Small pictures of pictures, made in the worker."""

from __future__ import annotations

import warnings
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from hallom.storage import blobs
from hallom.storage.models import Blob, Scan

LONGEST_SIDE = 480
# A photograph of a telephone has 50 million; a bomb has billions. One takes 4 bytes while it is worked on.
MAX_PIXELS = 60_000_000
# Bytes that come in, before anything is unpacked.
MAX_BYTES = 30_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
QUALITY = 78


class NoPreview(Exception):
    """It is no picture we know, is broken, or would cost too much."""


def make(blob: Blob, *, now: datetime) -> Blob | None:
    """The preview, made and kept if there is none; None when there can be none."""
    if blob.preview_id or blob.scan == Scan.INFECTED:
        return blob.preview
    try:
        small = smaller(blobs.read(blob)) if blob.size <= MAX_BYTES else None
    except NoPreview:
        small = None
    if small is None:
        return None
    kept = blobs.keep(small, now=now)
    # Our own picture holds nothing of the file but its colours.
    kept.scan = Scan.CLEAN
    kept.save(update_fields=["scan"])
    Blob.objects.filter(pk=blob.pk).update(preview=kept)
    blob.preview = kept
    return kept


def smaller(data: bytes) -> bytes:
    """WebP of at most LONGEST_SIDE px, the right way up, without what a camera noted; raises NoPreview."""
    try:
        with warnings.catch_warnings():
            # Pillow warns where it should refuse.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _smaller(data)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise NoPreview(str(fault)) from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
    ) as fault:
        # Broken pictures raise whatever the reader of their format stumbles over.
        raise NoPreview(type(fault).__name__) from None


def _smaller(data: bytes) -> bytes:
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise NoPreview(f"{picture.width} x {picture.height}")
        # JPEG is unpacked at an eighth of its size where that is enough.
        picture.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
        picture.load()
        turned = ImageOps.exif_transpose(picture) or picture
        has_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
        small = turned.convert("RGBA" if has_alpha else "RGB")
        small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        out = BytesIO()
        small.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()

"""Giving out a stored file, so that whatever is in it stays a file. Who may have it has been asked before."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from hallom.storage import blobs
from hallom.storage.models import Blob, Scan
from hallom.storage.names import safe_name

# Pictures that browsers show without running anything in them; SVG is a document with scripts.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# Types a browser might take for a page, whatever the other headers say.
PLAIN_BYTES = "application/octet-stream"
NEUTRAL = frozenset({"application/pdf", "application/zip", "text/plain", "text/csv", "message/rfc822"})
POLICY = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class NotServed(Exception):
    """``code``: infected, or unscanned while a scanner is set up."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def response(
    blob: Blob, name: str, content_type: str, *, inline: bool = False, etag: str = ""
) -> HttpResponseBase:
    """The file, to be kept unless a picture is asked for inline; 304 when the browser has it. Raises NotServed, FileNotFoundError."""
    check(blob)
    if etag == etag_of(blob):
        return _guarded(HttpResponse(status=304), blob)
    kind = content_type.partition(";")[0].strip().lower()
    is_shown = inline and kind in SHOWN
    answer = FileResponse(
        blobs.opened(blob), content_type=kind if is_shown or kind in SHOWN | NEUTRAL else PLAIN_BYTES
    )
    answer["Content-Disposition"] = content_disposition_header(not is_shown, safe_name(name)) or "attachment"
    answer["Content-Length"] = str(blob.size)
    return _guarded(answer, blob)


def check(blob: Blob) -> None:
    """Raises NotServed."""
    if blob.scan == Scan.INFECTED:
        raise NotServed("infected")
    if blob.scan == Scan.UNSCANNED and settings.HALLOM_CLAMD:
        raise NotServed("unscanned")


def etag_of(blob: Blob) -> str:
    return f'"{blob.digest}"'


def _guarded(answer: HttpResponseBase, blob: Blob) -> HttpResponseBase:
    answer["Content-Security-Policy"] = POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Referrer-Policy"] = "no-referrer"
    # Kept by the browser, but asked for each time: the right to see it may be gone.
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = etag_of(blob)
    return answer

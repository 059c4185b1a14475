"""What happens to a file once it is stored: it is scanned, and a picture gets its preview. Both in the worker."""

from __future__ import annotations

from hallom.storage import scan
from hallom.storage.models import Blob, Scan
from hallom.storage.serving import SHOWN


def look_after(blob: Blob, content_type: str) -> None:
    """Order it, within the transaction that stores the file's row."""
    from hallom.storage.tasks import make_preview, scan_blob

    kind = content_type.partition(";")[0].strip().lower()
    if scan.is_on() and blob.scan == Scan.UNSCANNED:
        scan_blob.defer(blob=blob.pk)
    if kind in SHOWN and blob.preview_id is None:
        make_preview.defer(blob=blob.pk)

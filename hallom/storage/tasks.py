from __future__ import annotations

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from hallom.storage import preview, scan, unused
from hallom.storage.models import Blob, Scan

# So many are ordered again in one round when the scanner was away.
ROUND = 500
AWAY = RetryStrategy(max_attempts=8, exponential_wait=3, retry_exceptions=[scan.ScannerAway])


@app.task(name="storage.preview")
def make_preview(blob: int) -> None:
    found = Blob.objects.select_related("preview").filter(pk=blob).first()
    if found is not None:
        preview.make(found, now=timezone.now())


@app.task(name="storage.scan", retry=AWAY)
def scan_blob(blob: int) -> None:
    found = Blob.objects.filter(pk=blob).first()
    if found is not None and found.scan == Scan.UNSCANNED and scan.is_on():
        scan.scan(found)


@app.periodic(cron="*/10 * * * *")
@app.task(name="storage.scan_rest", queueing_lock="storage.scan_rest")
def scan_rest(timestamp: int) -> None:
    """Files that came before there was a scanner, or while it was away for long."""
    if scan.is_on():
        for blob in Blob.objects.filter(scan=Scan.UNSCANNED).order_by("-pk")[:ROUND]:
            scan.scan(blob)


@app.periodic(cron="57 3 * * *")
@app.task(name="storage.discard_unused", queueing_lock="storage.discard_unused")
def discard_unused(timestamp: int) -> None:
    """Each night, after the rooms have deleted what they need no more."""
    unused.discard(timezone.now())

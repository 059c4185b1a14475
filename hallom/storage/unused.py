"""Files that nothing points to any more: of a draft thrown away, of a picture taken out of a text."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, Model, OuterRef, QuerySet

from hallom.storage import blobs
from hallom.storage.models import Blob

log = structlog.get_logger(__name__)

# What was stored is pointed to by the row that comes next, at the latest when a long transaction ends.
KEPT = timedelta(days=1)
# Each is locked until its files are gone: short, as whoever gets the same bytes meanwhile waits.
BATCH = 100


def discard(now: datetime) -> int:
    """How many files were discarded."""
    rows = Blob.objects.filter(discarded_at=None, stored_at__lt=now - KEPT)
    discarded = discard_all(pointed_to_by_none(rows), now=now)
    log.info("unused_files_discarded", files=discarded)
    return discarded


def discard_all(rows: QuerySet[Blob], *, now: datetime) -> int:
    """How many of these were discarded; they are looked for anew under the lock of each batch."""
    rows = rows.order_by("pk")
    discarded = after = 0
    while keys := list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        discarded += _discard(rows, keys, now)
        after = keys[-1]
    return discarded


def pointed_to_by_none(rows: QuerySet[Blob], *, but: Collection[type[Model]] = ()) -> QuerySet[Blob]:
    """Those that nothing points to, in this version or the next; rows of the models in ``but`` do not count."""
    for relation in Blob._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.field.model not in but:
            pointing = relation.field.model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.exclude(Exists(pointing))
    return rows


@transaction.atomic
def _discard(rows: QuerySet[Blob], keys: list[int], now: datetime) -> int:
    # Asked again under the lock: the same bytes may have come once more.
    list(Blob.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    found = list(rows.filter(pk__in=keys))
    for blob in found:
        blobs.discard(blob, now=now)
    # Their previews, stored after them, are pointed to by nothing from now on.
    Blob.objects.filter(pk__in=[blob.pk for blob in found]).update(preview=None)
    return len(found)

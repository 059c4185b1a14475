"""Where tickets are shown now: for pages that name many, some of which were merged."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from hallom.tickets.models import Ticket

_ROOTS = """WITH RECURSIVE above (start, id, into_id) AS (
    SELECT id, id, merged_into_id FROM tickets_ticket WHERE id = ANY(%s)
    UNION SELECT a.start, t.id, t.merged_into_id FROM tickets_ticket t JOIN above a ON t.id = a.into_id)
    SELECT start, id FROM above WHERE into_id IS NULL"""


def shown(tickets: Iterable[Ticket]) -> dict[int, Ticket]:
    """``root()`` of each by its id, in two queries for all; none where nothing was merged. With the customers."""
    found = {ticket.pk: ticket for ticket in tickets}
    merged = [pk for pk, ticket in found.items() if ticket.merged_into_id is not None]
    if not merged:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_ROOTS, [merged])
        roots = dict(cursor.fetchall())
    rows = Ticket.objects.select_related("customer").in_bulk(set(roots.values()))
    return {**found, **{pk: rows[root] for pk, root in roots.items()}}

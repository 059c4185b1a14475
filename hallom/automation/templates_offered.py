"""Which text templates suit a ticket, and in which language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, Q

from hallom.automation.models import TextTemplate, TextVersion
from hallom.customers.folding import fold
from hallom.staff.models import User
from hallom.tickets.category_tree import above
from hallom.tickets.models import Ticket


def offered(user: User, ticket: Ticket, q: str) -> list[TextTemplate]:
    """Those the user may use, the ticket's category's first, then by how well the name fits ``q`` (accents do not matter)."""
    kinds = above(ticket.category)
    wanted = fold(q)
    ranked = [
        (_rank(template, kinds, wanted), fold(template.name), template)
        for template in usable(user, ticket)
        if not wanted or _fits(template, wanted)
    ]
    ranked.sort(key=lambda one: one[:2])
    return [template for _rank_of, _name, template in ranked]


def usable(user: User, ticket: Ticket) -> Iterable[TextTemplate]:
    teams = {*user.team_ids, *([ticket.team_id] if ticket.team_id else [])}
    rows = TextTemplate.objects.filter(Q(team=None) | Q(team__in=teams), is_active=True)
    return rows.prefetch_related(Prefetch("versions", TextVersion.objects.order_by("pk")))


def _fits(template: TextTemplate, wanted: str) -> bool:
    name = fold(template.name)
    return all(word in name for word in wanted.split())


def _rank(template: TextTemplate, kinds: Sequence[int], wanted: str) -> tuple[int, int]:
    nearness = kinds.index(template.category_id) if template.category_id in kinds else len(kinds)
    return nearness, 0 if fold(template.name).startswith(wanted) else 1

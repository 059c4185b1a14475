from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered

if TYPE_CHECKING:
    from hallom.tickets.models.relation import Merge
    from hallom.tickets.models.ticket import Ticket

_FAMILY = """WITH RECURSIVE family (id) AS (
    SELECT %s::bigint UNION SELECT t.id FROM tickets_ticket t JOIN family f ON t.merged_into_id = f.id)
    SELECT family.id, t.number FROM family JOIN tickets_ticket t ON t.id = family.id"""
_ROOT = """WITH RECURSIVE above (id, into_id) AS (
    SELECT id, merged_into_id FROM tickets_ticket WHERE id = %s
    UNION SELECT t.id, t.merged_into_id FROM tickets_ticket t JOIN above a ON t.id = a.into_id)
    SELECT id FROM above WHERE into_id IS NULL"""


# What a merge remembers of its source.
_FACTS = ("status", "status_name_id", "owner_id", "team_id", "customer_id", "priority")


class CannotMerge(Exception):
    """``code``: itself, merged (the ticket is part of another already), cycle, target_merged, removed (one of the two is
    spam or deleted), customer (of another customer), not_merged."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Mergeable(Remembered):
    """The trait of becoming part of another ticket, and of being let go again.

    Nothing is moved, and neither ticket's own row says anything new but ``merged_into``: what the target shows is its
    family's. So letting go leaves both as they were.
    """

    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="sources",
        verbose_name=_("merged into"),
    )

    class Meta:
        abstract = True

    def family_ids(self) -> list[int]:
        """Itself and all that were merged into it; costs nothing where the query of the ticket has said
        ``has_sources`` already."""
        return list(self.family_numbers())

    def family_numbers(self) -> dict[int, int]:
        """The same with the number of each. Asked once where a page has fetched the ticket: it lives no longer than
        the page."""
        if self.__dict__.get("has_sources") is False:
            return {self.pk: self._this.number}
        known: dict[int, int] | None = self.__dict__.get("family")
        if known is None:
            with connection.cursor() as cursor:
                cursor.execute(_FAMILY, [self.pk])
                known = dict(cursor.fetchall())
            if "has_sources" in self.__dict__:
                self.__dict__["family"] = known
        return known

    def root(self) -> Ticket:
        """The ticket that shows this one: itself, or what it was merged into in the end."""
        this = self._this
        if this.merged_into_id is None:
            return this
        return type(this)._default_manager.get(pk=self._walk(_ROOT)[0])

    @transaction.atomic
    def merge_into(
        self, target: Ticket, *, by: User | None, now: datetime, across_customers: bool = False
    ) -> Merge:
        """Become part of the target; raises CannotMerge. Both must stand for themselves, so no circle can arise."""
        from hallom.tickets.models.relation import Merge

        this = self._this
        if this.pk == target.pk:
            raise CannotMerge("itself")
        source_now, target_now = _locked(this, target)
        source_now.check_merge(target_now, across_customers=across_customers)
        type(this)._default_manager.filter(pk=this.pk).update(merged_into=target_now)
        this.merged_into = target
        target.__dict__["has_sources"] = True
        target.__dict__.pop("family", None)
        facts = {name: getattr(source_now, name) for name in _FACTS}
        merge = Merge.objects.create(source=this, target=target, by=by, at=now, before=facts)
        numbers: dict[str, Any] = {"source": this.number, "target": target.number}
        this.tell("ticket.merged", by=by, now=now, **numbers)
        target.tell("ticket.merged_here", by=by, now=now, **numbers)
        return merge

    @transaction.atomic
    def unmerge(self, *, by: User | None, now: datetime) -> None:
        """Stand for itself again; what was merged into this one stays with it. Raises CannotMerge."""
        from hallom.tickets.models.relation import Merge

        this = self._this
        target: Any = this.merged_into
        # The target is held too: what is written there at this moment may quote what goes.
        if target is None or _locked(this, target)[0].merged_into_id != target.pk:
            raise CannotMerge("not_merged")
        type(this)._default_manager.filter(pk=this.pk).update(merged_into=None)
        this.merged_into = None
        target.__dict__.pop("has_sources", None)
        target.__dict__.pop("family", None)
        Merge.objects.filter(source=this, undone_at=None).update(undone_by=by, undone_at=now)
        numbers: dict[str, Any] = {"source": this.number, "target": target.number}
        this.tell("ticket.unmerged", by=by, now=now, **numbers)
        target.tell("ticket.let_go", by=by, now=now, **numbers)

    def check_merge(self, target: Ticket, *, across_customers: bool = False) -> None:
        """Raises CannotMerge for what ``merge_into`` would refuse as things are now."""
        this = self._this
        if this.pk == target.pk:
            raise CannotMerge("itself")
        if this.merged_into_id is not None:
            raise CannotMerge("merged")
        if target.merged_into_id is not None:
            raise CannotMerge("cycle" if target.root().pk == this.pk else "target_merged")
        if any(one.spam_at or one.deleted_at for one in (this, target)):
            raise CannotMerge("removed")
        if this.customer_id not in (None, target.customer_id) and not across_customers:
            raise CannotMerge("customer")

    @property
    def _this(self) -> Ticket:
        this: Any = self
        return this  # type: ignore[no-any-return]

    def _walk(self, sql: str) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.pk])
            return [row[0] for row in cursor.fetchall()]


def _locked(source: Ticket, target: Ticket) -> tuple[Ticket, Ticket]:
    """Both rows as they are now, locked in one order, so that no two merges can cross."""
    rows = type(source)._default_manager.filter(pk__in=(source.pk, target.pk))
    found = {row.pk: row for row in rows.select_for_update().order_by("pk")}
    return found[source.pk], found[target.pk]

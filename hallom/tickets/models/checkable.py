from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered

if TYPE_CHECKING:
    from hallom.tickets.models.checklist import ChecklistItem

# A list longer than this is a document.
MOST_STEPS = 100
LONGEST_STEP = 200


class TooMany(ValueError):
    """A ticket has no more than MOST_STEPS steps."""


class Checkable(Remembered):
    """The trait of having steps that are ticked off one by one."""

    class Meta:
        abstract = True

    def add_step(self, text: str, *, by: User | None, now: datetime) -> ChecklistItem:
        return self.add_steps([text], by=by, now=now)[0]

    @transaction.atomic
    def add_steps(self, texts: Iterable[str], *, by: User | None, now: datetime) -> list[ChecklistItem]:
        """Put them after those that are there; raises TooMany, or ValueError for a step without words."""
        from hallom.tickets.models.checklist import ChecklistItem

        cleaned = [" ".join(text.split())[:LONGEST_STEP] for text in texts]
        if not all(cleaned):
            raise ValueError("a step needs words")
        there = ChecklistItem.objects.filter(ticket_id=self.pk)
        last = there.aggregate(last=Max("position"))["last"]
        start = 0 if last is None else last + 1
        if there.count() + len(cleaned) > MOST_STEPS:
            raise TooMany(self.pk)
        made = ChecklistItem.objects.bulk_create(
            ChecklistItem(ticket_id=self.pk, text=text, position=start + place)
            for place, text in enumerate(cleaned)
        )
        self.tell("ticket.steps_added", by=by, now=now, steps=cleaned)
        return made

    def tick_step(self, step: ChecklistItem, *, by: User | None, now: datetime) -> bool:
        """It is done; False if it was already, or is no step of this ticket."""
        return self._tick(step, by=by, now=now, done=True)

    def untick_step(self, step: ChecklistItem, *, by: User | None, now: datetime) -> bool:
        return self._tick(step, by=by, now=now, done=False)

    @transaction.atomic
    def remove_step(self, step: ChecklistItem, *, by: User | None, now: datetime) -> bool:
        from hallom.tickets.models.checklist import ChecklistItem

        gone, _kinds = ChecklistItem.objects.filter(pk=step.pk, ticket_id=self.pk).delete()
        if gone:
            self.tell("ticket.step_removed", by=by, now=now, step=step.text)
        return bool(gone)

    @transaction.atomic
    def _tick(self, step: ChecklistItem, *, by: User | None, now: datetime, done: bool) -> bool:
        from hallom.tickets.models.checklist import ChecklistItem

        rows = ChecklistItem.objects.filter(pk=step.pk, ticket_id=self.pk, done_at__isnull=done)
        if rows.update(done_at=now if done else None, done_by=by if done else None) != 1:
            return False
        step.done_at, step.done_by = (now, by) if done else (None, None)
        self.tell("ticket.step_ticked" if done else "ticket.step_unticked", by=by, now=now, step=step.text)
        return True

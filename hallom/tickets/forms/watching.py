from __future__ import annotations

from itertools import islice
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets import people
from hallom.tickets.models import Ticket

MOST_OFFERED = 8
LONGEST = 60


class WatcherForm(forms.Form):
    """A colleague who shall be told of the ticket: chosen among those a name may mean, or meant by it alone."""

    q = forms.CharField(required=False, max_length=LONGEST)
    colleague = forms.IntegerField(required=False)

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket, self.user = ticket, user

    @property
    def text(self) -> str:
        return str(self.data.get("q", ""))[:LONGEST].strip()

    def offered(self) -> list[User]:
        """Who may be meant, does not watch it yet and may see the ticket."""
        watching = {one.pk for one in self.ticket.watching()}
        fitting = (
            one for one in self._meant() if one.pk not in watching and can(one, "ticket.view", self.ticket)
        )
        return list(islice(fitting, MOST_OFFERED))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        chosen = given.get("colleague")
        found = User.objects.filter(pk=chosen, is_active=True).first() if chosen else self._only_one()
        if found is not None and not can(found, "ticket.view", self.ticket):
            self.add_error("q", _("%(name)s may not see this ticket.") % {"name": found.full_name})
        elif found is None and not self.errors:
            self.add_error("q", self._why_nobody())
        return given | {"colleague": found}

    def _why_nobody(self) -> str:
        if self.text and not self.offered():
            return _("No colleague who may see this ticket is called like this.")
        return _("Choose a colleague.")

    def _only_one(self) -> User | None:
        """Who may not see the ticket counts only if nobody else is meant: then it is said why he is not offered."""
        found = self.offered() or list(islice(self._meant(), 2))
        return found[0] if len(found) == 1 else None

    def _meant(self) -> Any:
        return people.matching(self.text, but=self.user, team=self.ticket.team_id) if self.text else iter(())

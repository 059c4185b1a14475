from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Role, Team, User
from hallom.tickets.forms.as_shown import AsShown
from hallom.tickets.models import Ticket
from hallom.tickets.models.assignable import UNCHANGED

WORKERS = (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER)


class AssignmentForm(AsShown):
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True), label=_("Team"), required=False)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False)
    note = forms.CharField(
        label=_("Note for the next colleague"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept as an internal note: what was done, what comes next."),
    )

    @classmethod
    def of(cls, ticket: Ticket, data: QueryDict | None = None) -> AssignmentForm:
        form = cls(data, initial={"team": ticket.team_id, "owner": ticket.owner_id})
        owner: Any = form.fields["owner"]
        owner.queryset = workers()
        owner.empty_label = _("nobody: the team's")
        team: Any = form.fields["team"]
        team.empty_label = _("no team")
        form.remember()
        return form

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        team, owner = cleaned.get("team"), cleaned.get("owner")
        if team and owner and not owner.memberships.filter(team=team).exists():
            self.add_error("owner", _("This colleague is not in the team."))
        return cleaned

    @transaction.atomic
    def keep(self, ticket: Ticket, *, by: User, now: datetime) -> None:
        given = self.altered()
        ticket.assign(given.get("owner", ticket.owner), by=by, now=now, team=given.get("team", UNCHANGED))
        if self.cleaned_data["note"]:
            ticket.add_note(self.cleaned_data["note"], by=by, now=now)


def workers() -> Any:
    """Whom a ticket may be given to."""
    return User.objects.filter(is_active=True, roles__role__in=WORKERS).distinct().order_by("full_name")

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Team, User
from hallom.staff.permissions import can
from hallom.tickets import saved_views
from hallom.tickets.models import SavedView
from hallom.ui.plain_fields import PlainInput, PlainSelect

MINE, EVERYBODYS = "me", "all"
TEAM = "team-"


class SavedViewForm(forms.Form):
    """A name for the filters of the page, and who shall see it."""

    name = forms.CharField(label=_("Name of the view"), max_length=60, widget=PlainInput(forms.TextInput()))
    whose = forms.ChoiceField(label=_("Shown to"), required=False, widget=PlainSelect)
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [(MINE, _("me"))]
        if can(user, "settings.tickets"):
            teams = Team.objects.filter(is_active=True)
            choices += [(f"{TEAM}{team.pk}", team.name) for team in teams] + [(EVERYBODYS, _("everybody"))]
        whose: Any = self.fields["whose"]
        whose.choices = choices

    def keep(self, *, by: User, now: datetime) -> SavedView:
        whose = self.cleaned_data["whose"]
        team = Team.objects.get(pk=whose.removeprefix(TEAM)) if whose.startswith(TEAM) else None
        filters = QueryDict(self.cleaned_data["query"]).dict()
        return saved_views.keep(
            self.cleaned_data["name"],
            {key: str(value) for key, value in filters.items()},
            by=by,
            now=now,
            team=team,
            shared=whose == EVERYBODYS,
        )

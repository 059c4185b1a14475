from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Membership, Role, Skill, Team, User, UserLanguage, UserSkill
from hallom.timeline.journal import record

if TYPE_CHECKING:
    Base = forms.ModelForm[User]
else:
    Base = forms.ModelForm

SPOKEN = [
    ("hu", _("Hungarian")),
    ("en", _("English")),
    ("pl", _("Polish")),
    ("de", _("German")),
    ("sk", _("Slovak")),
    ("ro", _("Romanian")),
    ("uk", _("Ukrainian")),
]
LEVELS = [
    ("", _("does not do this")),
    ("1", _("1 – learning")),
    ("2", _("2 – with help")),
    ("3", _("3 – alone")),
    ("4", _("4 – well")),
    ("5", _("5 – teaches others")),
]


class UserForm(Base):
    """A user as the administrator sees him. There is no password in it: nobody but the user ever knows one."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.filter(is_active=True),
        label=_("Teams"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    languages = forms.MultipleChoiceField(
        label=_("Serves customers in"), choices=SPOKEN, widget=forms.CheckboxSelectMultiple, required=False
    )

    class Meta:
        model = User
        fields = ["full_name", "username", "email", "language"]
        help_texts = {"username": _("For signing in; the e-mail address will do as well.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for skill in Skill.objects.all():
            name = f"skill-{skill.pk}"
            self.fields[name] = forms.ChoiceField(label=skill.name, choices=LEVELS, required=False)
        if self.instance.pk:
            self._show(self.instance)

    def skill_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("skill-")]

    @transaction.atomic
    def keep(self, *, by: User, now: datetime) -> User:
        user: User = self.save(commit=False)
        if user._state.adding:
            user.set_unusable_password()
        user.save()
        user.set_roles([Role(role) for role in self.cleaned_data["roles"]], by=by, now=now)
        _set_teams(user, {team.pk for team in self.cleaned_data["teams"]})
        _set_languages(user, set(self.cleaned_data["languages"]))
        _set_skills(user, self._levels())
        user.forget_rights()
        record("staff.changed", now=now, actor=by, data={"user": user.pk})
        return user

    def _show(self, user: User) -> None:
        self.fields["roles"].initial = list(user.roles.values_list("role", flat=True))
        self.fields["teams"].initial = list(user.teams.values_list("pk", flat=True))
        self.fields["languages"].initial = list(user.languages.values_list("language", flat=True))
        for skill, level in user.user_skills.values_list("skill_id", "level"):
            self.fields[f"skill-{skill}"].initial = str(level)

    def _levels(self) -> dict[int, int]:
        given = {name.removeprefix("skill-"): self.cleaned_data[name] for name in self.fields if "-" in name}
        return {int(skill): int(level) for skill, level in given.items() if level}


def _set_teams(user: User, wanted: set[int]) -> None:
    held = set(user.memberships.filter(team__is_active=True).values_list("team_id", flat=True))
    user.memberships.filter(team__in=held - wanted).delete()
    Membership.objects.bulk_create(Membership(user=user, team_id=team) for team in sorted(wanted - held))


def _set_languages(user: User, wanted: set[str]) -> None:
    held = set(user.languages.values_list("language", flat=True))
    user.languages.filter(language__in=held - wanted).delete()
    UserLanguage.objects.bulk_create(UserLanguage(user=user, language=code) for code in sorted(wanted - held))


def _set_skills(user: User, levels: dict[int, int]) -> None:
    user.user_skills.exclude(skill__in=levels).delete()
    for skill, level in levels.items():
        UserSkill.objects.update_or_create(user=user, skill_id=skill, defaults={"level": level})

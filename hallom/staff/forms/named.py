from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Membership, Skill, Team, User

if TYPE_CHECKING:
    TeamBase = forms.ModelForm[Team]
    SkillBase = forms.ModelForm[Skill]
else:
    TeamBase = SkillBase = forms.ModelForm


class TeamForm(TeamBase):
    members = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True),
        label=_("Members"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Team
        fields = ["name", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["members"].initial = self.instance.users.values_list("pk", flat=True)

    def save(self, commit: bool = True) -> Team:
        team: Team = super().save(commit)
        wanted = set(self.cleaned_data["members"].values_list("pk", flat=True))
        held = set(team.memberships.filter(user__is_active=True).values_list("user_id", flat=True))
        team.memberships.filter(user__in=held - wanted).delete()
        Membership.objects.bulk_create(Membership(team=team, user_id=user) for user in sorted(wanted - held))
        return team


class SkillForm(SkillBase):
    class Meta:
        model = Skill
        fields = ["name"]

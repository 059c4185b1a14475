from typing import TYPE_CHECKING

from django import forms

from hallom.staff.models import Theme, User

if TYPE_CHECKING:
    Base = forms.ModelForm[User]
else:
    Base = forms.ModelForm


class ProfileForm(Base):
    """What a user decides about himself; his name, roles and teams are the administrator's matter."""

    class Meta:
        model = User
        fields = ["language", "theme"]
        widgets = {"theme": forms.RadioSelect(choices=Theme.choices)}

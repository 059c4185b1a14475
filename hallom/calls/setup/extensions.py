"""Pages of the short numbers, of contacts outside of the house, and of how the switchboard sends callers on."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hallom.calls import toll_rules
from hallom.calls.models import Extension, Number, OutsideContact, Switchboard
from hallom.calls.setup.section import Section, save
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.switch.numbers import Sort, Unreadable, dialled

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class ExtensionForm(_ModelForm):
    class Meta:
        model = Extension
        fields = ["number", "user", "queue", "label", "department", "ring_seconds", "is_active"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        people = User.objects.filter(is_active=True).order_by("full_name")
        self.fields["user"] = forms.ModelChoiceField(
            people, label=gettext_lazy("Person"), required=False, initial=self.instance.user_id
        )

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"])
        found = dialled(number, toll_rules.plan(extensions=[number]))
        if not isinstance(found, Unreadable) and found.sort is Sort.EMERGENCY:
            raise ValidationError(_("This is an emergency number: it must always get through."))
        if Number.objects.filter(dialled=number).exists():
            raise ValidationError(_("Customers dial this number already."))
        return number


class OutsideContactForm(_ModelForm):
    class Meta:
        model = OutsideContact
        fields = ["name", "number", "label", "department", "is_active"]

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"])
        if not any(character.isdigit() for character in number):
            raise ValidationError(_("A number has digits."))
        return number


class SwitchboardForm(_ModelForm):
    class Meta:
        model = Switchboard
        fields = [
            "queue",
            "person_seconds",
            "outside_seconds",
            "queue_seconds",
            "return_seconds",
            "place_seconds",
            "hold_seconds",
            "places",
            "promise_minutes",
        ]


EXTENSIONS = Section(
    name="extensions",
    one=gettext_lazy("Extension"),
    many=gettext_lazy("Extensions"),
    new=gettext_lazy("New extension"),
    explanation=gettext_lazy("Short numbers of colleagues and queues, dialled within the house."),
    model=Extension,
    form=ExtensionForm,
    columns=[
        (gettext_lazy("Whose"), lambda extension: extension.user or extension.queue),
        (gettext_lazy("What is done there"), lambda extension: extension.label or "–"),
        (gettext_lazy("Department"), lambda extension: extension.department or "–"),
        (
            gettext_lazy("Rings for"),
            lambda extension: f"{extension.ring_seconds} s" if extension.ring_seconds else "–",
        ),
    ],
    related=("user", "queue"),
)
CONTACTS = Section(
    name="outside-contacts",
    one=gettext_lazy("Outside contact"),
    many=gettext_lazy("Outside contacts"),
    new=gettext_lazy("New outside contact"),
    explanation=gettext_lazy("Partners and branch offices to whom attendants send callers."),
    model=OutsideContact,
    form=OutsideContactForm,
    columns=[
        (gettext_lazy("Number"), lambda contact: contact.number),
        (gettext_lazy("Who they are"), lambda contact: contact.label or "–"),
        (gettext_lazy("Department"), lambda contact: contact.department or "–"),
    ],
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def switchboard(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    form = SwitchboardForm(request.POST or None, instance=Switchboard.of_house())
    if request.method == "POST" and form.is_valid():
        save(form, by=cast(User, request.user))
        messages.success(request, _("Saved."))
        return redirect("calls:switchboard-setup")
    return render(request, "calls/switchboard_setup.html", {"form": form})


URLS = [
    path("settings/switchboard/", switchboard, name="switchboard-setup"),
    *EXTENSIONS.urls(),
    *CONTACTS.urls(),
]

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hallom.customers.folding import fold
from hallom.customers.models import Customer, Organisation
from hallom.staff.models import User

if TYPE_CHECKING:
    Base = forms.ModelForm[Customer]
else:
    Base = forms.ModelForm

DATE_FORMAT = "%Y-%m-%d"


class CustomerForm(Base):
    organisation_name = forms.CharField(
        label=_("Organisation"),
        max_length=160,
        required=False,
        help_text=_("The firm or office the customer belongs to; a new name makes a new organisation."),
    )

    known_birth_date: date | None = None

    class Meta:
        model = Customer
        fields = ["name", "kind", "language", "birth_date", "since", "is_verified", "manner"]
        widgets = {
            "birth_date": forms.DateInput({"type": "date"}, DATE_FORMAT),
            "since": forms.DateInput({"type": "date"}, DATE_FORMAT),
            "manner": forms.Textarea({"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.organisation:
            self.fields["organisation_name"].initial = self.instance.organisation.name
        if self.instance.birth_date:
            self._hide_birth_date(self.instance.birth_date_masked())

    def keep(self, *, by: User, now: datetime) -> Customer:
        """Register the customer, or change the one the form was made for."""
        facts = {name: self.cleaned_data[name] for name in self._meta.fields or ()}
        facts["organisation"] = self._organisation()
        if not self.instance.pk:
            return Customer.register(by=by, now=now, **facts)
        # The form has already written into its instance; the verb must see the old values.
        customer = Customer.objects.get(pk=self.instance.pk)
        customer.change(by=by, now=now, **facts)
        return customer

    def _hide_birth_date(self, masked: str) -> None:
        """Whoever edits need not read it: a caller proves by it who he is, and it must not be read out to him."""
        self.known_birth_date = self.instance.birth_date
        self.initial["birth_date"] = None
        self.fields["birth_date"].help_text = _("Known: %(date)s. Fill in only to change it.") % {
            "date": masked
        }

    def clean_birth_date(self) -> date | None:
        given: date | None = self.cleaned_data["birth_date"]
        return given or self.known_birth_date

    def _organisation(self) -> Organisation | None:
        name = self.cleaned_data["organisation_name"].strip()
        if not name:
            return None
        known = Organisation.objects.filter(name_folded=fold(name)).first()
        return known or Organisation.objects.create(name=name)

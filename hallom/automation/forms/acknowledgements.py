from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hallom.automation.models import Acknowledgement, TextTemplate
from hallom.mail.models import Mailbox


class AcknowledgementsForm(forms.Form):
    """For each mailbox the text it answers a first mail with, or none."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        kept = dict(Acknowledgement.objects.filter(is_active=True).values_list("mailbox", "template"))
        self._mailboxes = list(Mailbox.objects.filter(is_active=True))
        for mailbox in self._mailboxes:
            self.fields[f"mailbox-{mailbox.pk}"] = forms.ModelChoiceField(
                TextTemplate.objects.filter(is_active=True),
                label=f"{mailbox.name} ({mailbox.address})",
                required=False,
                empty_label=_("no acknowledgement"),
                initial=kept.get(mailbox.pk),
            )

    @transaction.atomic
    def keep(self) -> None:
        for mailbox in self._mailboxes:
            template = self.cleaned_data[f"mailbox-{mailbox.pk}"]
            if template is None:
                Acknowledgement.objects.filter(mailbox=mailbox).delete()
            else:
                Acknowledgement.objects.update_or_create(
                    mailbox=mailbox, defaults={"template": template, "is_active": True}
                )

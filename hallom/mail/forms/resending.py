from __future__ import annotations

from typing import Any

from django import forms

from hallom.mail.models import OutgoingMail, RecipientState


class ResendForm(forms.Form):
    """One field for each recipient who has not got it, filled with the address that was tried."""

    def __init__(self, mail: OutgoingMail, data: Any = None) -> None:
        super().__init__(data, prefix=f"mail-{mail.pk}")
        for recipient in mail.recipients.all():
            if recipient.state != RecipientState.ACCEPTED:
                self.fields[str(recipient.pk)] = forms.EmailField(
                    label=recipient.name or recipient.address, initial=recipient.address, max_length=320
                )

    @property
    def corrected(self) -> dict[int, str]:
        return {int(key): address for key, address in self.cleaned_data.items()}

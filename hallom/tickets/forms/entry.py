from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models import Channel, Direction, Ticket


class EntryForm(forms.Form):
    """What is written under a ticket. ``kind`` has no default: a note must never become anything else by omission."""

    PUBLIC, NOTE = "public", "note"
    SAID = {
        "phone-out": (_("We said by telephone"), Channel.PHONE, Direction.OUT),
        "phone-in": (_("The customer said by telephone"), Channel.PHONE, Direction.IN),
        "person-out": (_("We said in person"), Channel.IN_PERSON, Direction.OUT),
        "person-in": (_("The customer said in person"), Channel.IN_PERSON, Direction.IN),
    }

    kind = forms.ChoiceField(choices=[(PUBLIC, _("Conversation")), (NOTE, _("Internal note"))])
    said = forms.ChoiceField(
        label=_("Who said it, and how"),
        required=False,
        choices=[(value, label) for value, (label, _channel, _direction) in SAID.items()],
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Nothing is written yet.")},
    )

    def keep(self, ticket: Ticket, *, by: User, now: datetime) -> None:
        body = self.cleaned_data["body"]
        if self.cleaned_data["kind"] == self.NOTE:
            ticket.add_note(body, by=by, now=now)
            return
        _label, channel, direction = self.SAID[self.cleaned_data["said"] or "phone-out"]
        speaker = ticket.customer if direction == Direction.IN else None
        ticket.add_message(body, channel=channel, direction=direction, by=by, customer=speaker, now=now)

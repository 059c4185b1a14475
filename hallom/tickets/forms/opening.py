from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.forms.assignment import workers
from hallom.tickets.forms.entry import EntryForm
from hallom.tickets.forms.facts import FactFields
from hallom.tickets.models import Ticket, TicketTemplate


class OpeningForm(FactFields):
    """A ticket opened by hand. The customer comes as an id, chosen from what a search offered."""

    customer = forms.ModelChoiceField(
        Customer.objects.all(), label=_("Customer"), required=False, widget=forms.HiddenInput
    )
    template = forms.ModelChoiceField(
        TicketTemplate.objects.filter(is_active=True).select_related("checklist"),
        required=False,
        widget=forms.HiddenInput,
    )
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True), label=_("Team"), required=False)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False)
    kind = forms.ChoiceField(
        label=_("Keep the text as"),
        required=False,
        choices=[
            (EntryForm.NOTE, _("internal note")),
            ("phone-in", _("what the customer said by telephone")),
            ("person-in", _("what the customer said in person")),
        ],
    )
    body = forms.CharField(
        label=_("What is it about?"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = workers()

    @staticmethod
    def start(query: QueryDict, user: User, now: datetime) -> dict[str, Any]:
        """What the form begins with: the customer of the page one comes from, oneself, one's own team; and what the
        template says, if one is chosen."""
        customer, template = query.get("customer", ""), query.get("template", "")
        chosen = TicketTemplate.objects.filter(pk=int(template), is_active=True) if _is_id(template) else ()
        return {
            "customer": customer if _is_id(customer) else None,
            "owner": user.pk,
            "team": next(iter(sorted(user.team_ids)), None),
            **(_filled_in(chosen[0], now) if chosen else {}),
        }

    def chosen_customer(self) -> Customer | None:
        key = str(self["customer"].value() or "")
        if not (key.isascii() and key.isdigit()):
            return None
        return Customer.objects.filter(pk=int(key)).first()

    @transaction.atomic
    def open(self, *, by: User, now: datetime) -> Ticket:
        given = self.cleaned_data
        ticket = Ticket.open(
            given["subject"],
            by=by,
            now=now,
            **{
                name: given[name]
                for name in ("customer", "owner", "team", "category", "priority", "deadline", "tags")
            },
        )
        if given["template"]:
            given["template"].put_steps(ticket, by=by, now=now)
        if given["body"]:
            self._keep_text(ticket, by, now)
        return ticket

    def _keep_text(self, ticket: Ticket, by: User, now: datetime) -> None:
        kind, body = self.cleaned_data["kind"], self.cleaned_data["body"]
        if kind in EntryForm.SAID:
            _label, channel, direction = EntryForm.SAID[kind]
            ticket.add_message(
                body, channel=channel, direction=direction, by=by, customer=ticket.customer, now=now
            )
        else:
            ticket.add_note(body, by=by, now=now)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _filled_in(template: TicketTemplate, now: datetime) -> dict[str, Any]:
    names = ("subject", "category", "priority", "tags")
    filled = {name: getattr(template, name) for name in names}
    if template.team_id:
        filled |= {"team": template.team_id, "owner": None}
    if template.due_hours:
        filled["deadline"] = now + timedelta(hours=template.due_hours)
    return {**filled, "template": template.pk, "body": template.note, "kind": EntryForm.NOTE}

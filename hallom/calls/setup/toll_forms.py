"""Forms of the toll policy: who may call out, where to, what is shown, what it costs, and a number to try."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from hallom.calls import price_list, toll_rules
from hallom.calls.models import AllowedNumber, KindOfNumber, TollPolicy, TollPrice, Trunk, WayOut
from hallom.calls.refusals import words
from hallom.staff.models import Role, Team, User
from hallom.switch.numbers import Sort, Unreadable, dialled

MOST_BEGINNINGS = 500
PROBLEMS = {
    "column_missing": _("These columns are missing from the first line: %(text)s."),
    "empty": _("There are no prices in the file."),
    "too_large": _("The file is larger than 4 MB."),
    "not_utf8": _("The file is not UTF-8. Please save it as “CSV UTF-8”."),
    "not_csv": _("This is no CSV file."),
    "too_many": _("There are more than 50,000 lines."),
    "no_prefix": _("“%(text)s” is no beginning of a number; it looks like +3630 or 1818."),
    "no_price": _("“%(text)s” is no price."),
    "price_out_of_bounds": _("The price %(text)s is negative or too high."),
    "no_currency": _("“%(text)s” is no currency; it has three letters, such as HUF."),
    "twice": _("%(text)s stands there twice."),
    "several_currencies": _("All prices must be in one currency: %(text)s."),
}
if TYPE_CHECKING:
    _PolicyForm = forms.ModelForm[TollPolicy]
    _NumberForm = forms.ModelForm[AllowedNumber]
else:
    _PolicyForm = _NumberForm = forms.ModelForm


class CountriesField(forms.CharField):
    """Two-letter codes, separated by anything."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        codes = [code.upper() for code in re.split(r"[\s,;]+", super().clean(value)) if code]
        unknown = [code for code in codes if code not in phonenumbers.SUPPORTED_REGIONS]
        if unknown:
            raise ValidationError(
                _("No country has the code %(codes)s."), params={"codes": ", ".join(unknown)}
            )
        return sorted(set(codes))


class BeginningsField(forms.CharField):
    """One beginning of a number a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = [line for line in re.split(r"[\n,;]+", super().clean(value)) if line.strip()]
        if len(lines) > MOST_BEGINNINGS:
            raise ValidationError(_("No more than 500 lines."))
        wrong = [line.strip() for line in lines if price_list.beginning(line) is None]
        if wrong:
            message = _("“%(text)s” is no beginning of a number; it looks like +3630 or 1818.")
            raise ValidationError(message, params={"text": wrong[0]})
        return list(dict.fromkeys(price_list.beginning(line) for line in lines))


def _ticks(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def _rows(label: Any, rows: Any) -> "forms.ModelMultipleChoiceField[Any]":
    return forms.ModelMultipleChoiceField(
        rows, label=label, required=False, widget=forms.CheckboxSelectMultiple
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading."""

    title: Any
    hint: Any
    fields: tuple[BoundField, ...]


class PolicyForm(_PolicyForm):
    roles = _ticks(_("Roles"), Role.choices)
    teams = _rows(_("Teams"), Team.objects.filter(is_active=True))
    users = _rows(_("Users"), User.objects.filter(is_active=True))
    countries = CountriesField(
        label=_("Countries"),
        required=False,
        help_text=_("Two letters each, such as HU, PL, DE. Empty: none."),
    )
    kinds = _ticks(_("Kinds of numbers"), KindOfNumber.choices)
    listed = BeginningsField(
        label=_("Also allowed"),
        required=False,
        help_text=_(
            "Beginnings of numbers, one a line: premium-rate and satellite numbers are allowed only here."
        ),
    )
    refused = BeginningsField(
        label=_("Never allowed"),
        required=False,
        help_text=_("Beginnings of numbers, one a line. Of two that fit, the longer one counts."),
    )
    caller_numbers = _rows(_("Numbers to show"), AllowedNumber.objects.filter(is_active=True))
    trunks = _rows(_("Trunks"), Trunk.objects.filter(is_active=True, is_outgoing=True))

    GROUPS = (
        (
            _("Whom it counts for"),
            _("A policy that names a user goes before his teams', and that before his roles'."),
            ("name", "rank", "is_active", "roles", "teams", "users"),
        ),
        (
            _("Where calls may go"),
            _("Whatever is not allowed here is refused. Emergency calls always get through."),
            ("countries", "kinds", "listed", "refused", "calendar", "joins_trunks"),
        ),
        (
            _("How much"),
            _("For each user by himself."),
            ("calls_most", "minutes_a_day", "money_a_day", "currency", "attempts_most", "attempts_seconds"),
        ),
        (
            _("Over which line"),
            _("The first number is shown unless another is chosen."),
            ("caller_numbers", "trunks"),
        ),
    )

    class Meta:
        model = TollPolicy
        fields = [
            "name",
            "rank",
            "is_active",
            "roles",
            "teams",
            "users",
            "countries",
            "kinds",
            "listed",
            "refused",
            "calendar",
            "joins_trunks",
            "calls_most",
            "minutes_a_day",
            "money_a_day",
            "currency",
            "attempts_most",
            "attempts_seconds",
            "caller_numbers",
            "trunks",
        ]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        held = {row.way: row for row in self.instance.ways.all()} if self.instance.pk else {}
        for way in WayOut:
            row = held.get(way)
            self.fields[f"open_{way}"] = forms.BooleanField(
                label=_("calls may go out this way"), required=False, initial=row is not None
            )
            self.fields[f"countries_{way}"] = CountriesField(
                label=_("only to these countries"),
                required=False,
                initial=row.countries if row else [],
                help_text=_("empty: all of the policy"),
            )
            kinds = _ticks(_("only these kinds of numbers"), KindOfNumber.choices)
            kinds.initial, kinds.help_text = (row.kinds if row else []), _("none chosen: all of the policy")
            self.fields[f"kinds_{way}"] = kinds

    def groups(self) -> Iterator[Group]:
        for title, hint, names in self.GROUPS:
            yield Group(title, hint, tuple(self[name] for name in names))
        for way in WayOut:
            yield Group(
                way.label, "", tuple(self[f"{part}_{way}"] for part in ("open", "countries", "kinds"))
            )

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise ValidationError(_("A currency has three letters, such as HUF."))
        return currency

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        others = TollPrice.objects.exclude(currency=cleaned.get("currency", ""))
        if cleaned.get("money_a_day") is not None and "currency" in cleaned and others.exists():
            self.add_error("currency", _("The price list is in another currency."))
        return cleaned

    @transaction.atomic
    def save(self, commit: bool = True) -> TollPolicy:
        policy = super().save(commit)
        for way in WayOut:
            if not self.cleaned_data[f"open_{way}"]:
                policy.ways.filter(way=way).delete()
                continue
            limits = {name: self.cleaned_data[f"{name}_{way}"] for name in ("countries", "kinds")}
            policy.ways.update_or_create(way=way, defaults=limits)
        return policy


class AllowedNumberForm(_NumberForm):
    number = forms.CharField(label=_("Number"), max_length=40, help_text=_("as in +36 1 555 0100"))

    class Meta:
        model = AllowedNumber
        fields = ["number", "name", "rank", "is_active"]

    def clean_number(self) -> str:
        destination = dialled(self.cleaned_data["number"], toll_rules.plan())
        if isinstance(destination, Unreadable):
            raise ValidationError(words(destination.code), code=destination.code)
        if destination.sort is not Sort.EXTERNAL or not destination.number.startswith("+"):
            raise ValidationError(_("Please write the whole number, with its area code."))
        return destination.number


class PricesForm(forms.Form):
    file = forms.FileField(
        label=_("Price list (CSV)"),
        help_text=_("Columns prefix, name, per_minute, currency. It replaces all prices there are."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> list[price_list.Price]:
        upload = self.cleaned_data["file"]
        try:
            # One byte more than allowed is enough to know.
            return price_list.read(upload.read(price_list.MOST_BYTES + 1))
        except price_list.BadPriceList as error:
            raise ValidationError([_told(problem) for problem in error.problems]) from None


def _told(problem: price_list.Problem) -> ValidationError:
    sentence = str(PROBLEMS[problem.code]) % {"text": problem.text[:40]}
    line = _("Line %(line)s: %(sentence)s")
    return ValidationError(line, code=problem.code, params={"line": problem.line, "sentence": sentence})


class TrialForm(forms.Form):
    """A number to try: nothing is dialled."""

    number = forms.CharField(
        label=_("Number"), max_length=200, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    user = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Who calls"))
    way = forms.ChoiceField(label=_("How"), choices=WayOut.choices)
    is_party_outside = forms.BooleanField(label=_("for a caller from outside"), required=False)

"""A mailbox in sections. Secrets are written and never shown again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from hallom.mail.models import Intake, Mailbox, Provider, Security
from hallom.tickets.category_tree import choices
from hallom.tickets.models import Category

if TYPE_CHECKING:
    Base = forms.ModelForm[Mailbox]
else:
    Base = forms.ModelForm

SECRETS = ("imap_password", "smtp_password", "oauth_secret")
# Some two hundred characters in any encoding; the longest secret a provider makes has 84.
LONGEST_SECRET = 400
TLS, STARTTLS = Security.TLS, Security.STARTTLS
PRESETS: dict[str, dict[str, Any]] = {
    Provider.MICROSOFT: {
        "provider": Provider.MICROSOFT,
        "imap_host": "outlook.office365.com", "imap_port": 993, "imap_security": TLS,
        "smtp_host": "smtp.office365.com", "smtp_port": 587, "smtp_security": STARTTLS,
        "has_plus_addresses": True,
    },
    Provider.GOOGLE: {
        "provider": Provider.GOOGLE,
        "imap_host": "imap.gmail.com", "imap_port": 993, "imap_security": TLS,
        "smtp_host": "smtp.gmail.com", "smtp_port": 587, "smtp_security": STARTTLS,
        "has_plus_addresses": True,
    },
    Provider.PASSWORD: {"provider": Provider.PASSWORD},
}  # fmt: skip
# As MailboxForm.clean() asks for them.
NEEDED_WHEN = {
    "oauth_client": _("needed for Microsoft and Google"),
    "imap_host": _("needed to fetch mail"),
}
OWN, IN, OUT, OAUTH = "own", "in", "out", "oauth"


@dataclass(frozen=True, slots=True)
class Section:
    title: Any
    hint: Any
    fields: tuple[str, ...]


SECTIONS = (
    Section(
        _("Mailbox"),
        "",
        ("name", "address", "display_name", "aliases", "language", "team", "category", "is_active", "is_default"),
    ),
    Section(_("Signing in"), _("Microsoft and Google take no password: register an application with them and enter what they give."),
            ("provider", "oauth_client", "oauth_secret", "oauth_tenant")),
    Section(
        _("Incoming mail"),
        "",
        ("intake", "imap_host", "imap_port", "imap_security", "imap_user", "imap_password", "imap_folder"),
    ),
    Section(
        _("Outgoing mail"),
        _("Empty user name and password mean those of incoming mail."),
        ("smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password"),
    ),
    Section(_("Tickets"), "", ("subject_tag", "follow_up_days", "has_plus_addresses")),
)  # fmt: skip


class SecretInput(forms.PasswordInput):
    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "new-password"}, render_value=False)


class MailboxForm(Base):
    imap_password = forms.CharField(
        label=_("IMAP password"), required=False, max_length=LONGEST_SECRET, widget=SecretInput()
    )
    smtp_password = forms.CharField(
        label=_("SMTP password"), required=False, max_length=LONGEST_SECRET, widget=SecretInput()
    )
    oauth_secret = forms.CharField(
        label=_("OAuth client secret"), required=False, max_length=LONGEST_SECRET, widget=SecretInput()
    )
    category = forms.TypedChoiceField(label=_("Category"), required=False, empty_value=None)

    class Meta:
        model = Mailbox
        fields = [
            name for section in SECTIONS for name in section.fields if name not in (*SECRETS, "category")
        ]
        widgets = {"aliases": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        category: Any = self.fields["category"]
        category.choices = choices(Category.objects.filter(is_active=True))
        self.initial["category"] = self.instance.category_id or ""
        for name, when in NEEDED_WHEN.items():
            self.fields[name].label_suffix = str(when)
        for name in SECRETS:
            kept = bool(getattr(self.instance, name))
            self.fields[name].help_text = _("Empty keeps the one we have.") if kept else ""

    @property
    def sections(self) -> Iterator[tuple[Section, list[forms.BoundField]]]:
        for section in SECTIONS:
            yield section, [self[name] for name in section.fields]

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        others = Mailbox.objects.exclude(pk=self.instance.pk).values_list("address", "aliases")
        if address.casefold() in _all_of(others):
            raise ValidationError(_("Another mailbox has this address."))
        return address

    def clean_aliases(self) -> str:
        lines = self.cleaned_data["aliases"].split()
        for line in lines:
            try:
                validate_email(line)
            except ValidationError:
                raise ValidationError(_("%(text)s is no e-mail address."), params={"text": line}) from None
        return "\n".join(dict.fromkeys(lines))

    def clean_category(self) -> Category | None:
        key = self.cleaned_data["category"]
        return Category.objects.filter(pk=key).first() if key else None

    def clean_imap_host(self) -> str:
        return _host(self.cleaned_data["imap_host"])

    def clean_smtp_host(self) -> str:
        return _host(self.cleaned_data["smtp_host"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("imap_port", "smtp_port"):
            if not 0 < (cleaned.get(name) or 1) < 65536:
                self.add_error(name, _("Ports go from 1 to 65535."))
        if (
            cleaned.get("intake") == Intake.IMAP
            and not cleaned.get("imap_host")
            and "imap_host" not in self.errors
        ):
            self.add_error("imap_host", _("Needed to fetch mail."))
        if cleaned.get("provider") != Provider.PASSWORD and not cleaned.get("oauth_client"):
            self.add_error("oauth_client", _("The provider gives it when you register an application."))
        if cleaned.get("is_default") and not cleaned.get("is_active"):
            self.add_error("is_default", _("A mailbox that is not in use sends nothing."))
        return cleaned

    def save(self, commit: bool = True) -> Mailbox:
        mailbox = self.instance
        mailbox.category = self.cleaned_data["category"]
        for name in SECRETS:
            if self.cleaned_data[name]:
                setattr(mailbox, name, self.cleaned_data[name])
        if {"provider", "oauth_client", "oauth_tenant", "address"} & set(self.changed_data):
            # What another application or account was granted is of no use for this one.
            mailbox.oauth_refresh_token = ""
        return super().save(commit)


def _all_of(rows: Any) -> set[str]:
    return {one.casefold() for address, aliases in rows for one in (address, *aliases.split())}


def _host(text: str) -> str:
    host = text.strip().removeprefix("imap://").removeprefix("smtp://").rstrip("/")
    if host and any(sign in host for sign in "/@ :\\") and not host.startswith("["):
        raise ValidationError(
            _("Only the server's name, such as mail.example.com; the port has a field of its own.")
        )
    return host

"""Texts in every language side by side: templates and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from hallom.automation.models import Signature, TextTemplate, TextVersion
from hallom.automation.variables import unknown
from hallom.staff.models import Team
from hallom.tickets.forms.in_languages import Texts

if TYPE_CHECKING:
    Base = forms.ModelForm[TextTemplate]
else:
    Base = forms.ModelForm


def _slip(html: str) -> str:
    """Variables that no ticket can ever fill."""
    slips = unknown(html)
    return _("There is no variable of this name: %(names)s") % {"names": ", ".join(slips)} if slips else ""


class TemplateForm(Base):
    class Meta:
        model = TextTemplate
        fields = ["name", "team", "category", "is_active"]

    def __init__(self, data: Any = None, *, instance: TextTemplate) -> None:
        super().__init__(data, instance=instance)
        kept = dict(instance.versions.values_list("language", "html")) if instance.pk else {}
        self.texts = Texts(kept, data, slip=_slip)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.texts.is_valid and not self.texts.given:
            raise forms.ValidationError(_("Write the text in one language at least."))
        if not self.texts.is_valid:
            raise forms.ValidationError(_("Please correct the texts."))
        return cleaned

    @transaction.atomic
    def keep(self) -> TextTemplate:
        template = self.save()
        given = self.texts.given
        template.versions.exclude(language__in=given).delete()
        for language, html in given.items():
            TextVersion.objects.update_or_create(
                template=template, language=language, defaults={"html": html}
            )
        return template


class SignatureForm:
    """The signatures of one team (or of everybody) in all languages; an emptied one is removed."""

    def __init__(self, team: Team | None, data: Any = None) -> None:
        self.team = team
        kept = dict(Signature.objects.filter(team=team).values_list("language", "html"))
        self.texts = Texts(kept, data, slip=_slip)

    def is_valid(self) -> bool:
        return self.texts.is_valid

    @transaction.atomic
    def keep(self) -> None:
        given = self.texts.given
        Signature.objects.filter(team=self.team).exclude(language__in=given).delete()
        for language, html in given.items():
            Signature.objects.update_or_create(team=self.team, language=language, defaults={"html": html})

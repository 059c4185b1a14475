"""Texts in every language side by side: templates and signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from hallom.automation.models import Signature, TextTemplate, TextVersion
from hallom.automation.variables import unknown
from hallom.staff.models import Language, Team
from hallom.tickets import written

if TYPE_CHECKING:
    Base = forms.ModelForm[TextTemplate]
else:
    Base = forms.ModelForm
# The customers' languages before the one only few of them write.
ORDER = (Language.HUNGARIAN, Language.POLISH, Language.ENGLISH)
LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Text:
    """One language's editor, as `ui/components/composer.html` wants it."""

    id: str
    name: str
    label: str
    lang: str
    html: str
    text: str
    errors: list[str]


class Texts:
    """The texts of a form by language, read from the editor or from the plain field it stands on."""

    def __init__(self, kept: Mapping[str, str], data: Any = None) -> None:
        self.errors: dict[str, list[str]] = {}
        self.html = {code: _posted(data, code) if data is not None else kept.get(code, "") for code in ORDER}
        if data is not None:
            self._check()

    def __iter__(self) -> Iterator[Text]:
        for code in ORDER:
            html = self.html[code]
            yield Text(
                id=f"text-{code}",
                name=f"html_{code}",
                label=str(Language(code).label),
                lang=str(code),
                html=html,
                text=written.text_of(html),
                errors=self.errors.get(code, []),
            )

    @property
    def is_valid(self) -> bool:
        return not self.errors

    @property
    def given(self) -> dict[str, str]:
        return {str(code): html for code, html in self.html.items() if html}

    def _check(self) -> None:
        for code, html in self.html.items():
            if len(html) > LONGEST:
                self.errors[code] = [_("The text is too long.")]
            elif slips := unknown(html):
                names = ", ".join(slips)
                self.errors[code] = [_("There is no variable of this name: %(names)s") % {"names": names}]


def _posted(data: Any, code: str) -> str:
    given = str(data.get(f"html_{code}", ""))[: LONGEST * 2]
    html = given if data.get(f"html_{code}_format") == "html" else written.html_of(given)
    clean = written.public(html)
    return "" if clean.is_empty else clean.html


class TemplateForm(Base):
    class Meta:
        model = TextTemplate
        fields = ["name", "team", "category", "is_active"]

    def __init__(self, data: Any = None, *, instance: TextTemplate) -> None:
        super().__init__(data, instance=instance)
        kept = dict(instance.versions.values_list("language", "html")) if instance.pk else {}
        self.texts = Texts(kept, data)

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
        self.texts = Texts(kept, data)

    def is_valid(self) -> bool:
        return self.texts.is_valid

    @transaction.atomic
    def keep(self) -> None:
        given = self.texts.given
        Signature.objects.filter(team=self.team).exclude(language__in=given).delete()
        for language, html in given.items():
            Signature.objects.update_or_create(team=self.team, language=language, defaults={"html": html})

"""An article with its title and text in every language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.knowledge import illustrations
from hallom.knowledge.models import Article, ArticleVersion
from hallom.staff.models import Team, User
from hallom.tickets.category_tree import above, choices
from hallom.tickets.forms.in_languages import ORDER, Text, Texts
from hallom.tickets.models import Category

if TYPE_CHECKING:
    Base = forms.ModelForm[Article]
else:
    Base = forms.ModelForm


@dataclass(frozen=True, slots=True)
class Version:
    """One language's part of the form."""

    title: forms.BoundField
    text: Text


class ArticleForm(Base):
    """``seen``: when the article was changed last, as far as whoever writes knows."""

    seen = forms.CharField(required=False)

    class Meta:
        model = Article
        fields = ["state", "audience", "category", "team"]

    def __init__(self, data: Any = None, *, instance: Article, user: User) -> None:
        super().__init__(data, instance=instance)
        self.user = user
        self.kept = {one.language: one for one in instance.versions.all()} if instance.pk else {}
        kept = {code: one.html for code, one in self.kept.items()}
        self.texts = Texts(kept, data, clean=illustrations.clean, upload_url=reverse("knowledge:upload"))
        for code in ORDER:
            known = self.kept.get(code)
            self.fields[f"title_{code}"] = forms.CharField(
                label=_("Title"),
                max_length=200,
                required=False,
                initial=known.title if known else "",
                widget=forms.TextInput(attrs={"lang": code}),
            )
        # What is out of use stays with the articles it was given to.
        category: Any = self.fields["category"]
        team: Any = self.fields["team"]
        team.empty_label = _("everybody's")
        team.queryset = Team.objects.filter(Q(is_active=True) | Q(pk=instance.team_id))
        category.choices = choices(
            Category.objects.filter(Q(is_active=True) | Q(pk__in=above(instance.category)))
        )

    @property
    def versions(self) -> list[Version]:
        return [Version(self[f"title_{code}"], self.texts.of(code)) for code in ORDER]

    @property
    def moment(self) -> str:
        """The article as it is now; whoever is shown the form has been told what happened to it until then."""
        return self.instance.changed_at.isoformat() if self.instance.pk else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = self.texts.given
        if self.instance.pk and cleaned.get("seen") != self.moment:
            self._say_who_changed_it()
        for code in ORDER:
            title = cleaned.get(f"title_{code}", "")
            if title and code not in given and code not in self.texts.errors:
                self.texts.errors[code] = [_("The text is missing.")]
            elif not title and code in given and f"title_{code}" not in self.errors:
                self.add_error(f"title_{code}", _("The title is missing."))
        if not self.texts.is_valid:
            raise forms.ValidationError(_("Please correct the texts."))
        if not given:
            raise forms.ValidationError(_("Write the text in one language at least."))
        if illustrations.foreign(self.instance, given.values(), by=self.user):
            raise forms.ValidationError(_("A picture belongs to another article: please insert it anew."))
        return cleaned

    def _say_who_changed_it(self) -> None:
        who = self.instance.changed_by
        words = _("%(name)s has changed this article meanwhile. Look at it before you save yours over it.")
        self.add_error(None, words % {"name": who.full_name if who else _("Somebody")})

    @transaction.atomic
    def keep(self, *, by: User, now: datetime) -> Article:
        """Only what is different is written, so that each language tells when it was really changed."""
        is_new = not self.instance.pk
        given = self.texts.given
        is_changed = is_new or any(name in self.Meta.fields for name in self.changed_data)
        if is_new:
            self.instance.changed_at, self.instance.changed_by = now, by
            self.instance.save()
        for code, version in self.kept.items():
            if code not in given:
                version.delete()
                is_changed = True
        for code, html in given.items():
            version = self.kept.get(code) or ArticleVersion(article=self.instance, language=code)
            is_changed |= version.write(self.cleaned_data[f"title_{code}"], html, by=by, now=now)
        illustrations.adopt(self.instance, given.values(), by=by)
        if is_changed:
            self.instance.changed_at, self.instance.changed_by = now, by
            self.instance.save()
            self.instance.tell("added" if is_new else "changed", by=by, now=now)
        return self.instance

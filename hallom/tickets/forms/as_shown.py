"""What a form had shown when somebody began to fill it in: saving changes what the person has changed and nothing else."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

SHOWN = "shown"


class AsShown(forms.Form):
    """A form over something that others may change meanwhile. ``initial`` is how it stands now.

    A value that was left as it was shown is not touched. One that was changed here and elsewhere is not overwritten at
    once: the field says what it has become, and saving again keeps one's own.
    """

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def remember(self) -> None:
        """To be called once all fields and choices are there."""
        self.initial[SHOWN] = json.dumps(self._standing())

    def altered(self) -> dict[str, Any]:
        """The cleaned values that the person has changed; all of them, if the form does not say what it had shown."""
        values = {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}
        values.pop(SHOWN, None)
        shown = self._shown()
        if shown is None:
            return values
        return {name: value for name, value in values.items() if self._posted(name) != shown.get(name)}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        shown, standing = self._shown(), self._standing()
        if shown is None:
            return cleaned
        met = [
            name
            for name in standing
            if standing[name] not in (shown.get(name), self._posted(name))
            and self._posted(name) != shown.get(name)
        ]
        for name in met:
            said = self._in_words(name, standing[name])
            self.add_error(
                name, _("Changed meanwhile to: %(value)s. Save again to keep yours.") % {"value": said}
            )
        if met:
            told = {**shown, **{name: standing[name] for name in met}}
            # A copy keeps the lists of fields with several values.
            again: Any = copy(self.data)
            again[SHOWN] = json.dumps(told)
            self.data = again
        return cleaned

    def _shown(self) -> dict[str, list[str]] | None:
        try:
            given = json.loads(self.data.get(SHOWN) or "null")
        except ValueError:
            return None
        return given if isinstance(given, dict) else None

    def _standing(self) -> dict[str, list[str]]:
        return {field.name: _drawn(field) for field in self._asked()}

    def _posted(self, name: str) -> list[str]:
        field = self[name]
        raw = field.field.widget.value_from_datadict(self.data, self.files, field.html_name)
        return _texts(raw)

    def _asked(self) -> list[BoundField]:
        return [field for field in self if field.name != SHOWN]

    def _in_words(self, name: str, texts: list[str]) -> str:
        choices = {str(key): str(label) for key, label in getattr(self.fields[name], "choices", ())}
        return ", ".join(choices.get(text, text.replace("T", " ")) for text in texts) or "–"


def _drawn(field: BoundField) -> list[str]:
    """What its input holds on a fresh page."""
    drawn = _texts(field.field.widget.format_value(field.field.prepare_value(field.initial)))
    choices = getattr(field.field, "choices", None)
    if choices is None:
        return drawn
    # What is not offered any more, as a category out of use, is not shown and so not altered either.
    offered = {str(key) for key, _label in choices}
    return [text for text in drawn if text in offered]


def _texts(raw: Any) -> list[str]:
    given = raw if isinstance(raw, list | tuple) else [raw]
    texts = ("" if one is None else str(one).replace("\r\n", "\n").strip() for one in given)
    return [text for text in texts if text]

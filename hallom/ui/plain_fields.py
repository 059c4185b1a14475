"""Form fields without the template language, for pages that show a dozen of them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.forms.widgets import Input
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


class PlainInput(forms.Widget):
    """What a field's input is, without Django's three templates for each."""

    def __init__(self, given: Input) -> None:
        super().__init__(given.attrs)
        self._given = given

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        shown = self._given.format_value(value)
        rest = self.build_attrs(self.attrs, attrs)
        if shown is not None and shown != "":
            rest = {"value": shown, **rest}
        return format_html('<input type="{}" name="{}"{}>', self._given.input_type, name, flatatt(rest))


class PlainSelect(forms.Select):
    """A select without Django's two templates an option, which made a quarter of the page of calls."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join("", '<option value="{}"{}>{}</option>', _rows(self.choices, chosen))
        rest = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, rest, options)


def _rows(choices: Iterable[Any], chosen: str) -> Iterable[tuple[Any, str, Any]]:
    for key, label in choices:
        yield key, mark_safe(" selected") if str(key) == chosen else "", label

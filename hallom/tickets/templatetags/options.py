"""The choices of a select, without the template language: a hundred of them were a tenth of a page. `{% load options %}`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def options(choices: Iterable[Any]) -> SafeString:
    """Of pairs of value and label, or of filters' choices, which know whether they are chosen."""
    return mark_safe("".join(map(_option, choices)))


def _option(choice: Any) -> str:
    if isinstance(choice, tuple):
        value, label = choice
        return f'<option value="{escape(str(value))}">{escape(str(label))}</option>'
    chosen = " selected" if choice.is_chosen else ""
    return f'<option value="{escape(choice.value)}"{chosen}>{escape(choice.label)}</option>'

"""Why a macro was not carried out, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from hallom.automation.macros import CannotCarryOut

WORDS: dict[str, Any] = {
    "gone": _("something the macro needs has been removed"),
    "missing": _("the answer has gaps: %(detail)s"),
    "nobody": _("there is nobody to write to"),
    "unsent": _("the answer cannot be sent"),
    "transition": _("this status is not possible from where the ticket stands"),
    "fields": _("required fields are empty"),
    "value": _("the field does not take this value: %(detail)s"),
}


def in_words(problem: CannotCarryOut) -> str:
    return str(WORDS[problem.code]) % {"detail": problem.detail}

"""A macro and its steps as one form that also works without a script: each button sends all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hallom.automation.forms.steps import FORMS, StepForm
from hallom.automation.macro_steps import MOST_STEPS, ONCE, WrongStep, checked
from hallom.automation.models import Macro

if TYPE_CHECKING:
    Base = forms.ModelForm[Macro]
else:
    Base = forms.ModelForm

PROBLEMS = {
    "twice": gettext_lazy("Step %(number)d: this can stand in a macro only once."),
    "too_many": gettext_lazy("A macro has 20 steps at most."),
}


class MacroForm(Base):
    class Meta:
        model = Macro
        fields = ["name", "team", "position", "is_active"]


class MacroEditor:
    def __init__(self, macro: Macro, data: Any = None) -> None:
        self.macro = macro
        self.form = MacroForm(data, instance=macro)
        self.focus = -1
        self.problem = ""
        if data is None:
            self.steps = [_unbound(step["do"], FORMS[step["do"]].initial_of(step)) for step in macro.steps]
        else:
            kinds = [kind for kind in data.getlist("do") if kind in FORMS][: MOST_STEPS + 1]
            self.steps = [FORMS[kind](data, prefix=f"s{number}") for number, kind in enumerate(kinds)]
        self._number()

    @property
    def addable(self) -> list[tuple[str, Any]]:
        present = {step.kind for step in self.steps}
        return [(kind, form.label) for kind, form in FORMS.items() if kind not in ONCE or kind not in present]

    def is_valid(self) -> bool:
        # All of them, so that every error is shown at once.
        fine = [self.form.is_valid(), *(step.is_valid() for step in self.steps)]
        if not all(fine):
            return False
        try:
            self.macro.steps = checked([step.step() for step in self.steps])
        except WrongStep as wrong:
            words = PROBLEMS.get(wrong.code, _("Step %(number)d is incomplete."))
            self.problem = str(words) % {"number": wrong.number}
            return False
        if not self.macro.steps:
            self.problem = _("Add a step: what shall the macro do?")
        return bool(self.macro.steps)

    def rearrange(self, act: str, added: str) -> None:
        """``act`` is add, up-2, down-2 or remove-2. Nothing is checked, nothing lost, and the focus stays where one works."""
        kept = [(step.kind, {name: step[name].value() for name in step.fields}) for step in self.steps]
        name, _dash, number = act.partition("-")
        place = int(number) if number.isascii() and number.isdigit() and int(number) < len(kept) else -1
        if name == "add" and added in FORMS and len(kept) < MOST_STEPS:
            kept.append((added, {}))
            self.focus = len(kept) - 1
        elif name == "remove" and place >= 0:
            kept.pop(place)
            self.focus = min(place, len(kept) - 1)
        elif name in ("up", "down") and place >= 0:
            to = max(0, min(place + (-1 if name == "up" else 1), len(kept) - 1))
            kept.insert(to, kept.pop(place))
            self.focus = to
        self.steps = [_unbound(kind, values) for kind, values in kept]
        self._number()
        shown = {name: self.form[name].value() for name in self.form.fields}
        self.form = MacroForm(instance=self.macro, initial=shown)

    def keep(self) -> Macro:
        return self.form.save()

    def _number(self) -> None:
        for number, step in enumerate(self.steps):
            step.prefix = f"s{number}"


def _unbound(kind: str, initial: dict[str, Any]) -> StepForm:
    return FORMS[kind](initial=initial)

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models import Category

if TYPE_CHECKING:
    Base = forms.ModelForm[Category]
else:
    Base = forms.ModelForm


# Nobody chooses from a deeper tree, and filters look so far.
MOST_LEVELS = 3


class CategoryForm(Base):
    class Meta:
        model = Category
        fields = ["name", "parent", "position", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent: Any = self.fields["parent"]
        parent.queryset = Category.objects.exclude(pk__in=_below(self.instance))

    def clean_parent(self) -> Category | None:
        parent: Category | None = self.cleaned_data["parent"]
        if _levels_above(parent) + len(_levels(self.instance)) > MOST_LEVELS:
            raise forms.ValidationError(_("Categories go three levels deep at most."))
        return parent


def _below(category: Category) -> set[int]:
    """The category itself and all under it: none of them can be its parent."""
    return {pk for level in _levels(category) for pk in level}


def _levels(category: Category) -> list[set[int]]:
    """The category and, level by level, what is under it; a new one stands for itself."""
    levels = [{category.pk} if category.pk else set[int]()]
    found = set(levels[0])
    while under := set(Category.objects.filter(parent__in=levels[-1]).values_list("pk", flat=True)) - found:
        found |= under
        levels.append(under)
    return levels


def _levels_above(category: Category | None) -> int:
    count = 0
    while category is not None and count < MOST_LEVELS:
        category, count = category.parent, count + 1
    return count

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models import Category

if TYPE_CHECKING:
    Base = forms.ModelForm[Category]
else:
    Base = forms.ModelForm


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
        if parent is not None and parent.parent_id and parent.parent and parent.parent.parent_id:
            raise forms.ValidationError(_("Categories go three levels deep at most."))
        return parent


def _below(category: Category) -> set[int]:
    """The category itself and all under it: none of them can be its parent."""
    found: set[int] = {category.pk} if category.pk else set()
    level = set(found)
    while level:
        level = set(Category.objects.filter(parent__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found

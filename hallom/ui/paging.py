from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core import paginator

if TYPE_CHECKING:
    Paginator = paginator.Paginator[Any]
else:
    Paginator = paginator.Paginator

# Counting 200,000 rows costs more than showing 50 of them; nobody turns to page 100.
MOST_COUNTED = 5_000


class BoundedPaginator(Paginator):
    """Pages through the first MOST_COUNTED rows of a query; ``is_bounded`` says that there are more."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @property
    def is_bounded(self) -> bool:
        return self._counted > MOST_COUNTED


def numbers_near(page: Any) -> list[int | None]:
    """The first and the last page and those beside this one; None stands for the ones between."""
    last, here = page.paginator.num_pages, page.number
    shown = sorted({1, last, *range(max(here - 1, 1), min(here + 1, last) + 1)})
    near: list[int | None] = []
    for number in shown:
        if near and near[-1] != number - 1:
            near.append(None)
        near.append(number)
    return near

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

"""Prepared rows together with the rows they point to and with what is counted beside them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.models.query import get_related_populators

from hallom.timeline.prepared import PreparedModels

M = TypeVar("M", bound=Model)
# The types are of a newer Django, which wants one argument more.
_populators: Callable[..., list[Any]] = get_related_populators


class JoinedModels(PreparedModels[M]):
    """For queries with ``select_related`` and annotations, which come back as on the rows of any query."""

    @cached_property
    def _build(self) -> Callable[[tuple[Any, ...]], M]:
        compiler = self._prepared[0]
        own: list[int] = compiler.klass_info["select_fields"]
        start, end = own[0], own[-1] + 1
        names = [column[0].target.attname for column in compiler.select[start:end]]
        joined = _populators(compiler.klass_info, compiler.select, connection.alias)
        beside = dict(compiler.annotation_col_map)

        def build(row: tuple[Any, ...]) -> M:
            found = self._model.from_db(connection.alias, names, row[start:end])
            for each in joined:
                each.populate(row, found)
            for name, place in beside.items():
                setattr(found, name, row[place])
            return found

        return build

    def objects(self, *keys: int | str) -> list[M]:
        return [self._build(row) for row in self(*keys)]

    def first(self, *keys: int | str) -> M | None:
        return next(iter(self.objects(*keys)), None)

"""Each index costs every write of its row: none stands beside another that begins alike."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model, UniqueConstraint

pytestmark = pytest.mark.django_db

# Of two plain b-trees whatever the shorter finds is found by the one that begins with the same columns.
BEGUN_BY_ANOTHER = """
SELECT short.indexrelid::regclass::text, long.indexrelid::regclass::text
FROM pg_index AS short
JOIN pg_index AS long ON short.indrelid = long.indrelid AND short.indexrelid <> long.indexrelid
JOIN pg_class AS one ON one.oid = short.indexrelid
JOIN pg_class AS other ON other.oid = long.indexrelid AND other.relam = one.relam
JOIN pg_am ON pg_am.oid = one.relam AND pg_am.amname = 'btree'
WHERE short.indrelid = %s::regclass AND NOT short.indisunique
  AND short.indpred IS NULL AND long.indpred IS NULL AND short.indexprs IS NULL AND long.indexprs IS NULL
  AND starts_with(long.indkey::text || ' ', short.indkey::text || ' ')
  AND starts_with(long.indclass::text || ' ', short.indclass::text || ' ')
"""


def models() -> Iterator[type[Model]]:
    """Those of the house; tables between two others are made by Django, which knows no other way."""
    for model in apps.get_models():
        if model.__module__.startswith("hallom.") and not model._meta.proxy:
            yield model


def test_no_index_is_begun_by_another() -> None:
    found = []
    with connection.cursor() as cursor:
        for model in models():
            cursor.execute(BEGUN_BY_ANOTHER, [model._meta.db_table])
            found += [f"{short} is begun by {long}" for short, long in cursor.fetchall()]
    assert not found, "\n".join(found)


def test_a_reference_without_an_index_of_its_own_is_found_by_the_one_that_begins_with_it() -> None:
    looked_at = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for model in models():
            for column in begun(model):
                cursor.execute(f'EXPLAIN SELECT 1 FROM "{model._meta.db_table}" WHERE "{column}" = %s', ["1"])
                plan = "\n".join(line for (line,) in cursor.fetchall())
                assert "Index" in plan, plan
                looked_at += 1
    assert looked_at > 20


def begun(model: type[Model]) -> Iterator[str]:
    firsts = [one.fields[0] for one in model._meta.indexes if one.fields and one.condition is None]
    firsts += [
        one.fields[0]
        for one in model._meta.constraints
        if isinstance(one, UniqueConstraint) and one.fields and one.condition is None
    ]
    for field in model._meta.local_fields:
        if isinstance(field, ForeignKey) and not field.db_index and field.name in firsts:
            yield field.column

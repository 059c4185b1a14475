"""After a test that commits, the tables are as the migrations have left them."""

from functools import cache

from django.db import connection, transaction
from psycopg import sql

# Filled by the migrations themselves; no test writes into them.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty() -> None:
    """Django's own way truncates every table and then makes rights and content types anew: a second for each test."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_which_hold_rows(connection.settings_dict["NAME"]))
        written = [table for (table,) in cursor.fetchall()]
        if written:
            # All of them are emptied: neither foreign keys nor the audit's triggers have anything to say.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in written:
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


@cache
def _which_hold_rows(_database: str) -> str:
    names = [name for name in connection.introspection.table_names() if name not in KEPT]
    each = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    parts = [each.format(sql.Literal(name), sql.Identifier(name)) for name in names]
    return sql.SQL(" UNION ALL ").join(parts).as_string()

"""Whether the tables are as this version wants them, told without loading Django: a start is quick when they are."""

from __future__ import annotations

import contextlib
import hashlib
from importlib.metadata import PackageNotFoundError, version

import psycopg
from psycopg import sql

from hallom.config import environment

# Packages that bring tables of their own.
PACKAGES = (
    "django",
    "django-allauth",
    "django-axes",
    "django-pghistory",
    "django-pgtrigger",
    "procrastinate",
)
MARK = "Hallom tables "


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted((environment.ROOT / "hallom").glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            digest.update(f"{package} {version(package)}".encode())
    return digest.hexdigest()[:32]


def current(address: str) -> str | None:
    """The fingerprint noted in the database itself, so that a restored backup brings its own."""
    with psycopg.connect(address, connect_timeout=10) as connection:
        row = connection.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')").fetchone()
    comment = row[0] if row else None
    return comment.removeprefix(MARK) if comment and comment.startswith(MARK) else None


def knows_nobody(address: str) -> bool:
    """Nobody has been entered yet, as before the very first start, or one that was stopped half-way."""
    with psycopg.connect(address, connect_timeout=10) as connection:
        row = connection.execute("SELECT NOT EXISTS (SELECT FROM staff_user)").fetchone()
    return bool(row and row[0])


def note() -> None:
    """Called with Django loaded, after its migrations."""
    from django.db import ProgrammingError, connection

    comment = sql.SQL("COMMENT ON SCHEMA public IS {}").format(sql.Literal(MARK + fingerprint()))
    # In a database that belongs to someone else the comment is refused: every start then looks for migrations.
    with contextlib.suppress(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(comment.as_string())

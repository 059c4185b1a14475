"""Whether the tables are as this version wants them, told without loading Django: a start is quick when they are."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
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
# What `hallom migrate` says before its migrations and, as Django has it, with each.
TO_APPLY, APPLIED = "Migrations to apply: ", "  Applying "
# Fewer are done in a moment.
MANY = 20


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


class HowFar:
    """Reads along what `hallom migrate` says, and says when a quarter of many migrations is applied."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._total = self._applied = 0

    def hear(self, line: str) -> None:
        if line.startswith(TO_APPLY):
            self._total = int(line.removeprefix(TO_APPLY))
        elif line.startswith(APPLIED):
            before, self._applied = self._applied, self._applied + 1
            for quarter in (1, 2, 3):
                if self._total >= MANY and before * 4 < quarter * self._total <= self._applied * 4:
                    self._say(f"{quarter * 25} %")


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

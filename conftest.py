"""Tests share one private PostgreSQL under var/test; each test run has databases of its own there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from psycopg import sql

from hallom.config import postgres
from tests import emptying, tables

pytest_plugins = ["hallom.staff.tests.cast", "hallom.ui.tests.chromium"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright's event loop stays in the process: asyncio tests can run only in another one."""
    for item in items:
        names = vars(getattr(item, "module", pytest)).values()
        if any(str(getattr(value, "__module__", "")).startswith("playwright.") for value in names):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def _source_language() -> None:
    # A page asked for in Hungarian leaves its language behind in the thread.
    translation.activate("en")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if settings.HALLOM_OWN_POSTGRES:
        postgres.ensure_running(settings.HALLOM_DATA / "postgres", chosen=os.environ.get("HALLOM_PG_BIN", ""))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Tests get copies of what migrations have made."""
    name = connection.settings_dict["TEST"]["NAME"]
    with django_db_blocker.unblock():
        with tables.alone():
            _copy(_template(), name)
        connection.settings_dict["NAME"] = name
        TransactionTestCase._fixture_teardown = lambda _case: emptying.empty()  # type: ignore[attr-defined]
        yield
        connection.close()
        _drop(name)


def _template() -> str:
    name = tables.template()
    if _rows("SELECT 1 FROM pg_database WHERE datname = %s", name):
        return name
    for (old,) in _rows("SELECT datname FROM pg_database WHERE datname LIKE %s", tables.TEMPLATES + "%"):
        _drop(old)
    draft = f"{name}_draft"
    _drop(draft)
    connection.settings_dict["TEST"]["NAME"] = draft
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    _rows("ALTER DATABASE {} RENAME TO {}", draft, name)
    return name


def _copy(template: str, name: str) -> None:
    _drop(name)
    _rows("CREATE DATABASE {} TEMPLATE {}", name, template)


def _drop(name: str) -> None:
    _rows("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _rows(statement: str, *values: str) -> list[Any]:
    """Run it in the server's own database, where nothing holds the one that is worked on."""
    given = {**connection.get_connection_params(), "dbname": "postgres"}
    given = {
        key: value for key, value in given.items() if key in ("host", "port", "user", "password", "dbname")
    }
    with psycopg.connect(**given, autocommit=True) as server:
        if "{}" in statement:
            server.execute(sql.SQL(statement).format(*map(sql.Identifier, values)))
            return []
        return server.execute(statement.encode(), values).fetchall()

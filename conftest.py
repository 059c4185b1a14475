"""Tests share one private PostgreSQL under var/test; each test run has databases of its own there."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

from hallom.config import postgres

pytest_plugins = ["hallom.staff.tests.cast"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if settings.HALLOM_OWN_POSTGRES:
        postgres.ensure_running(settings.HALLOM_DATA / "postgres", chosen=os.environ.get("HALLOM_PG_BIN", ""))

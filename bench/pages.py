"""What the web process spends on a page of the demo organisation: CPU and queries of desk, ticket, calls and lists."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl

WARM_UP, ROUNDS = 5, 40
HOST = {"host": "localhost"}
# An agent of the demo organisation sees hardly any call; the list is measured full, as a supervisor sees it.
BY_SUPERVISOR = {"calls"}
CPU_MS, QUERIES = 25, 15


def run() -> list[dict[str, Any]]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    django.setup()
    with _demo_database():
        return [figure for name, path in _paths().items() for figure in _figures(name, path)]


@contextmanager
def _demo_database() -> Iterator[None]:
    """A database of its own with the demo organisation in it, gone afterwards."""
    from django.conf import settings
    from django.db import connection, transaction
    from django.utils import timezone

    from hallom.config import postgres

    if settings.HALLOM_OWN_POSTGRES:
        postgres.ensure_running(settings.HALLOM_DATA / "postgres")
    lived_in = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with transaction.atomic():
            for room in settings.ROOMS:
                if find_spec(f"hallom.{room}.demo"):
                    import_module(f"hallom.{room}.demo").load(timezone.now())
        yield
    finally:
        connection.creation.destroy_test_db(lived_in, verbosity=0)


def _paths() -> dict[str, str]:
    from hallom.customers.models import Customer
    from hallom.tickets.models import Ticket

    customer = Customer.objects.order_by("pk")[0]
    ticket = Ticket.objects.filter(customer=customer).order_by("pk")[0]
    return {
        "desk": "/",
        "ticket": ticket.get_absolute_url(),
        "ticket list": "/tickets/?status=all",
        "customer": customer.get_absolute_url(),
        "calls": "/calls/",
    }


def _figures(name: str, path: str) -> list[dict[str, Any]]:
    role = "supervisor" if name in BY_SUPERVISOR else "agent"
    get = _visitor(path, role)
    for _round in range(WARM_UP):
        get()
    began = time.process_time()
    for _round in range(ROUNDS):
        get()
    spent = (time.process_time() - began) / ROUNDS * 1000
    how = f"{verb(path)} {path} by {role} of the demo organisation, whole page, mean of {ROUNDS}"
    return [
        {"name": f"page {name}: CPU", "value": spent, "unit": "ms", "target": CPU_MS, "how": how},
        {"name": f"page {name}: queries", "value": _queries(get), "unit": "", "target": QUERIES, "how": how},
    ]


def _visitor(path: str, role: str, *, who: str = "") -> Callable[[], None]:
    """The first with the role, or the one with the user name."""
    from django.test import Client

    from hallom.staff.models import User

    client = Client(headers=HOST)
    client.force_login(
        User.objects.get(username=who) if who else User.objects.filter(roles__role=role).order_by("pk")[0],
        "hallom.staff.backends.StaffBackend",
    )

    def get() -> None:
        response = ask(client, path)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
        b"".join(response) if response.streaming else response.content

    return get


def ask(client: Any, path: str) -> Any:
    """What is typed goes by POST, as the page's own form sends it."""
    page, _sign, query = path.partition("?")
    return client.post(page, dict(parse_qsl(query))) if verb(path) == "POST" else client.get(path)


def verb(path: str) -> str:
    """Of a path whose query begins with what is typed, if anything is typed there."""
    return "POST" if "?q=" in path else "GET"


def _queries(get: Callable[[], None]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        get()
    return len(queries)

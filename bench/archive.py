"""Pages of a house that has been at work for years: 200,000 tickets with 1,000,000 messages beside the demo organisation.

`fill()` loads the archive with a dozen statements, in a minute or two; triggers and foreign keys are off meanwhile, as every
row is made from rows that are there.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import HTTPCookieProcessor, build_opener

from bench import pages

TICKETS, MESSAGES, CUSTOMERS = 200_000, 1_000_000, 50_000
# Of the tickets, the newest are still open: some have an owner, the rest are a backlog of the teams.
OPEN, OWNED = 12_000, 3_000
CPU_MS, QUERIES, WORKER_MB = 25, 15, 150
# What a worker has been asked before its memory is measured.
REQUESTS = 300
# fmt: off
WORDS = [
    "számla", "internet", "modem", "csere", "késik", "díjcsomag", "szerződés", "átírás", "hiba",
    "technikus", "időpont", "visszahívás", "csomag", "kézbesítés", "jóváírás", "router", "telefon",
    "előfizetés", "felmondás", "reklamáció", "lassú", "szakadozik", "bekötés", "költözés",
]
# fmt: on


def run() -> list[dict[str, Any]]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    django.setup()
    with pages._demo_database():
        began = time.monotonic()
        fill()
        seconds = time.monotonic() - began
        rows = [
            _figure(
                "archive: loading",
                seconds,
                "s",
                300,
                f"{TICKETS} tickets, {MESSAGES} messages, {CUSTOMERS} customers",
            )
        ]
        for name, path in _paths().items():
            rows.extend(_page(name, path))
        rows.append(_worker_memory(list(_paths().values())))
        return rows


def fill(tickets: int = TICKETS, messages: int = MESSAGES, customers: int = CUSTOMERS) -> None:
    """Customers with an e-mail address each, tickets, messages and the timeline's events of them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        values: dict[str, Any] = {
            "customers": customers,
            "tickets": tickets,
            "messages": messages,
            "open": OPEN,
            "owned": OWNED,
            "words": WORDS,
        }
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")


STATEMENTS = (
    """CREATE TEMP TABLE people AS
       SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM staff_user WHERE is_active""",
    """CREATE TEMP TABLE teams AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM staff_team""",
    """INSERT INTO customers_customer (code, kind, language, manner, name, name_folded, is_verified, created_at)
       SELECT 'A-' || n, 'person', 'hu', '', 'Archív Ügyfél ' || n, 'archiv ugyfel ' || n, false, now() - interval '3 years'
       FROM generate_series(1, %(customers)s) n""",
    """CREATE TEMP TABLE clients AS
       SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM customers_customer WHERE code LIKE 'A-%%'""",
    "CREATE UNIQUE INDEX ON clients (place)",
    """INSERT INTO customers_contactpoint
         (customer_id, kind, value, label, is_preferred, normalised, bounce_reason, reversed_digits)
       SELECT id, 'email', 'ugyfel' || place || '@pelda.hu', '', false, 'ugyfel' || place || '@pelda.hu', '', ''
       FROM clients""",
    """CREATE TEMP TABLE made AS
       SELECT n, n > %(tickets)s - %(open)s AS is_open, n > %(tickets)s - %(owned)s AS is_owned,
              now() - (%(tickets)s - n) * interval '7 minutes' AS at
       FROM generate_series(1, %(tickets)s) n""",
    """INSERT INTO tickets_ticket
         (number, subject, customer_id, owner_id, team_id, status, priority, deadline, channel, tags, fields,
          created_at, updated_at, closed_at, waiting_since)
       SELECT 1000000 + n,
              (%(words)s::text[])[1 + n %% 24] || ' ' || (%(words)s::text[])[1 + (n / 24) %% 24] || ' ' || n,
              (SELECT id FROM clients WHERE place = n %% %(customers)s),
              CASE WHEN is_owned OR NOT is_open
                   THEN (SELECT id FROM people WHERE place = n %% (SELECT count(*) FROM people)) END,
              (SELECT id FROM teams WHERE place = n %% (SELECT count(*) FROM teams)),
              CASE WHEN NOT is_open THEN 'closed' ELSE (ARRAY['new', 'open', 'open', 'pending'])[1 + n %% 4] END,
              1 + (n %% 7 = 0)::int + 1, CASE WHEN n %% 5 < 3 THEN at + interval '2 days' END, 'email',
              ARRAY[(%(words)s::text[])[1 + n %% 24]], '{}', at, at + interval '1 day',
              CASE WHEN NOT is_open THEN at + interval '1 day' END, CASE WHEN is_open AND n %% 3 = 0 THEN at END
       FROM made""",
    """CREATE TEMP TABLE kept AS SELECT number - 1000001 AS place, id, customer_id, created_at, owner_id
       FROM tickets_ticket WHERE number > 1000000""",
    "CREATE UNIQUE INDEX ON kept (place)",
    """INSERT INTO tickets_message
         (ticket_id, customer_id, author_id, channel, direction, body, call, at, subject, from_name, from_address,
          "to", cc, bcc, html, quoted, quoted_html, remote_images, trackers, is_automatic, delivery)
       SELECT k.id, k.customer_id, CASE WHEN m %% 2 = 0 THEN k.owner_id END, 'email',
              CASE WHEN m %% 2 = 1 THEN 'in' ELSE 'out' END,
              repeat((%(words)s::text[])[1 + m %% 24] || ' ' || (%(words)s::text[])[1 + (m / 7) %% 24] || ' ', 20),
              '', k.created_at + (m / %(tickets)s) * interval '3 hours', 'Archív', '', '', '[]', '[]', '[]',
              '', '', '', 0, 0, false, CASE WHEN m %% 2 = 0 THEN 'sent' ELSE '' END
       FROM generate_series(1, %(messages)s) m JOIN kept k ON k.place = m %% %(tickets)s""",
    """INSERT INTO timeline_event (kind, at, actor_id, customer_id, ticket_id, call, data, topics, relayed_at)
       SELECT 'ticket.message_received', m.at, m.author_id, m.customer_id, m.ticket_id, '',
              jsonb_build_object('contact', 'email', 'direction', m.direction, 'message', m.id), '{}', m.at
       FROM tickets_message m JOIN kept k ON k.id = m.ticket_id""",
)


LISTS = {
    "work list": "/",
    "team's work list": "/?tab=team",
    "ticket list": "/tickets/",
    "ticket list, everything": "/tickets/?status=all",
    "counts of saved views": "/tickets/views/counts/?q=",
}


def _paths() -> dict[str, str]:
    from hallom.tickets.models import Ticket

    newest = Ticket.objects.filter(number__gt=1_000_000, owner__isnull=False).order_by("-number")[0]
    return {"ticket": newest.get_absolute_url(), **LISTS}


def _page(name: str, path: str) -> Iterator[dict[str, Any]]:
    get = pages._visitor(path, "agent")
    for _round in range(pages.WARM_UP):
        get()
    clock, began = time.perf_counter(), time.process_time()
    for _round in range(pages.ROUNDS):
        get()
    spent = (time.process_time() - began) / pages.ROUNDS * 1000
    waited = (time.perf_counter() - clock) / pages.ROUNDS * 1000
    how = f"{pages.verb(path)} {path} by an agent, {TICKETS} tickets, {MESSAGES} messages, mean of {pages.ROUNDS}"
    yield _figure(f"archive, {name}: CPU", spent, "ms", CPU_MS, how)
    yield _figure(f"archive, {name}: time", waited, "ms", None, f"{how}, the database's time included")
    yield _figure(f"archive, {name}: queries", pages._queries(get), "", QUERIES, how)


def _worker_memory(paths: list[str]) -> dict[str, Any]:
    """The resident set of one web worker after it has shown these pages many times; those that are asked for by GET."""
    paths = [path for path in paths if pages.verb(path) == "GET"]
    with _web_server() as (address, server):
        browser = build_opener(HTTPCookieProcessor())
        _log_in(browser, address)
        for turn in range(REQUESTS):
            browser.open(address + quote(paths[turn % len(paths)], safe="/?=&"), timeout=30).read()
        megabytes = max(worker.memory_info().rss for worker in server.children()) / 1e6
    how = f"resident set of the gunicorn worker after {REQUESTS} pages"
    return _figure("web worker: memory", megabytes, "MB", WORKER_MB, how)


@contextmanager
def _web_server() -> Iterator[tuple[str, Any]]:
    import psutil
    from django.db import connection

    given = connection.settings_dict
    url = f"postgresql://{given['USER']}@/{given['NAME']}?host={quote(str(given['HOST']), safe='')}"
    reader, writer = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "HALLOM_WEB_PORT": str(port),
        "HALLOM_READY_FD": str(writer),
    }
    command = [sys.executable, "-m", "hallom.config.cli", "web"]
    process = subprocess.Popen(command, env=environment, pass_fds=[writer], cwd=Path(__file__).parent.parent)
    os.close(writer)
    try:
        with os.fdopen(reader) as ready:
            if not ready.readline():
                raise RuntimeError("the web server did not start")
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _log_in(browser: Any, address: str) -> None:
    from django.utils import timezone

    from hallom.staff import login_link
    from hallom.staff.models import User

    agent = User.objects.filter(roles__role="agent").order_by("pk")[0]
    token = login_link.make(agent, timezone.now())
    page = browser.open(f"{address}/login/{token}/", timeout=30).read().decode()
    field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if field:
        browser.open(
            f"{address}/login/{token}/", f"csrfmiddlewaretoken={field[1]}".encode(), timeout=30
        ).read()


def _figure(name: str, value: float, unit: str, target: float | None, how: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "target": target, "how": how}

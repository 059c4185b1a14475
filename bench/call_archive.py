"""The list of calls of a house that has telephoned for years: 1,000,000 calls beside the demo organisation.

Half of the calls an agent had; every tenth was handed to a colleague, and some were recorded. `fill()` takes a minute or two;
triggers and foreign keys are off meanwhile, as every row is made from rows that are there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from bench import pages

CALLS, AGENTS = 1_000_000, 100
CPU_MS, QUERIES, DATABASE_MS = 25, 15, 50


def run() -> list[dict[str, Any]]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    django.setup()
    with pages._demo_database():
        fill()
        return [row for name, (who, path) in paths().items() for row in _page(name, who, path)]


def fill(calls: int = CALLS, agents: int = AGENTS) -> None:
    """Agents of the archive are named `archive-1`…; the last of them never had a call."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in STATEMENTS:
            cursor.execute(statement, {"calls": calls, "agents": agents})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")


STATEMENTS = (
    """INSERT INTO staff_user (username, password, is_superuser, email, is_staff, is_active, date_joined,
         full_name, language, theme, session_epoch)
       SELECT 'archive-' || n, '!', false, '', false, true, now(), 'Archív Ágnes ' || n, 'hu', 'light', 0
       FROM generate_series(1, %(agents)s) n""",
    """INSERT INTO staff_rolegrant (user_id, role, granted_at) SELECT id, 'agent', now() FROM staff_user WHERE username LIKE 'archive-%%'""",
    """CREATE TEMP TABLE people AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM staff_user
       WHERE username LIKE 'archive-%%' AND username <> 'archive-' || %(agents)s""",
    "CREATE TEMP TABLE lines AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM calls_queue",
    "CREATE TEMP TABLE clients AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM customers_customer",
    """CREATE TEMP TABLE made AS
       SELECT n, 'A' || lpad(n::text, 25, '0') AS id, now() - (%(calls)s - n) * interval '90 seconds' AS at,
              (SELECT id FROM people WHERE place = n %% (%(agents)s - 1)) AS agent,
              (SELECT id FROM people WHERE place = (n * 7 + 3) %% (%(agents)s - 1)) AS second,
              n %% 2 = 0 AS is_answered, n %% 20 = 0 AS is_handed_on
       FROM generate_series(1, %(calls)s) n""",
    """INSERT INTO calls_call (id, direction, dialled, caller, caller_name, caller_reversed, peer, outcome, arrived_at,
         answered_at, bridged_at, ended_at, ended_by, cause, queue_id, agent_id, wait_seconds, talk_seconds, hold_seconds,
         state, transfers, returns, customer_id)
       SELECT id, CASE WHEN n %% 10 = 2 THEN 'outgoing' ELSE 'incoming' END, '+3615550100',
              '+3630' || lpad((n %% 700000 + 1000000)::text, 7, '0'), '',
              reverse('3630' || lpad((n %% 700000 + 1000000)::text, 7, '0')), 'outside',
              CASE WHEN is_answered THEN 'answered' WHEN n %% 5000 = 1 THEN 'failed' ELSE 'abandoned' END,
              at, at + interval '2 seconds', CASE WHEN is_answered THEN at + interval '40 seconds' END,
              at + interval '200 seconds', 'customer', 'normal', (SELECT id FROM lines WHERE place = n %% (SELECT count(*) FROM lines)),
              CASE WHEN is_handed_on THEN second WHEN is_answered THEN agent END,
              38, CASE WHEN is_answered THEN 160 ELSE 0 END, 0, 'ended', is_handed_on::int, 0,
              CASE WHEN n %% 3 = 0 THEN (SELECT id FROM clients WHERE place = n %% (SELECT count(*) FROM clients)) END
       FROM made""",
    """INSERT INTO calls_leg (id, call_id, agent_id, worker, role, number, arrived_at, opened_at, answered_at, ended_at, ended_by,
         cause, talk_seconds, hold_seconds)
       SELECT m.id || '-' || leg, m.id, CASE leg WHEN 2 THEN m.agent WHEN 3 THEN m.second END, 'media-0',
              CASE leg WHEN 1 THEN 'customer' ELSE 'agent' END, '', m.at, m.at, m.at + interval '40 seconds',
              m.at + interval '200 seconds', 'customer', 'normal', 160, 0
       FROM made m CROSS JOIN generate_series(1, 3) leg
       WHERE leg = 1 OR (leg = 2 AND m.is_answered) OR (leg = 3 AND m.is_handed_on)""",
    """INSERT INTO calls_recording (call_id, path, worker, started_at, stopped_at, seconds, pauses)
       SELECT id, id || '.wav', 'media-0', at, at + interval '200 seconds', 160, '[]' FROM made WHERE n %% 10 = 0""",
)


def paths() -> dict[str, tuple[str, str]]:
    """Who asks for which page."""
    from hallom.staff.models import User

    asked = User.objects.get(username="archive-7").pk
    return {
        "an agent's": ("archive-7", "/calls/"),
        "an agent's, older": ("archive-7", _older("archive-7")),
        "of an agent without calls": (f"archive-{AGENTS}", "/calls/"),
        "everybody's": ("", "/calls/"),
        "of an agent": ("", f"/calls/?agent={asked}"),
        "of a number": ("", "/calls/?q=301000123"),
        "of a name": ("", "/calls/?q=Kovács"),
        "failed": ("", "/calls/?outcome=failed"),
        "that came back": ("", "/calls/?sent=returned"),
        "handed on, of a queue": ("", "/calls/?sent=transferred&queue=1"),
        "longer than an hour": ("", "/calls/?longer=3600"),
    }


def _older(who: str) -> str:
    from hallom.calls.models import Call

    middle = Call.objects.filter(agent__username=who).order_by("arrived_at")[CALLS // AGENTS // 8]
    return f"/calls/?after={middle.arrived_at.isoformat().replace('+', '%2B')}|{middle.pk}"


def _page(name: str, who: str, path: str) -> Iterator[dict[str, Any]]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    get = pages._visitor(path, "supervisor", who=who)
    for _round in range(pages.WARM_UP):
        get()
    began = time.process_time()
    for _round in range(pages.ROUNDS):
        get()
    spent = (time.process_time() - began) / pages.ROUNDS * 1000
    with CaptureQueriesContext(connection) as queries:
        get()
    database = 1000 * sum(float(query["time"]) for query in queries)
    how = f"{pages.verb(path)} {path}, {CALLS} calls"
    for what, value, unit, target in (
        ("CPU", spent, "ms", CPU_MS), ("database", database, "ms", DATABASE_MS), ("queries", len(queries), "", QUERIES),
    ):  # fmt: skip
        yield {"name": f"calls {name}: {what}", "value": value, "unit": unit, "target": target, "how": how}

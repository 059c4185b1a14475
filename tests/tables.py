"""All migrations take most of a minute: they run once for each state of the code, for databases and for whole houses."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from hallom.config import postgres, schema

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "test"
CLUSTERS = "telephony-"
TEMPLATES = "hallom_template_"
STOP_SECONDS = 30.0


def template() -> str:
    """Name of the database that holds the tables of this state of the code, in the server that tests share."""
    return TEMPLATES + schema.fingerprint()


@contextmanager
def alone(*, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "template.lock", "w") as file:
        fcntl.flock(file, how)
        yield


def give(house: Path) -> None:
    """A cluster with all tables for a house that has none yet; the first to ask makes what the others copy."""
    kept = KEPT / f"{CLUSTERS}{schema.fingerprint()}"
    if not kept.exists():
        with alone():
            if not kept.exists():
                _make(kept)
    with alone(how=fcntl.LOCK_SH):
        shutil.copytree(kept, house / "postgres", ignore=shutil.ignore_patterns("socket"))


def _make(kept: Path) -> None:
    for old in KEPT.glob(f"{CLUSTERS}*"):
        shutil.rmtree(old, ignore_errors=True)
    draft = KEPT / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    postgres.ensure_running(draft / "postgres", chosen=os.environ.get("HALLOM_PG_BIN", ""))
    try:
        _fill(draft)
    finally:
        _end(draft / "postgres")
    (draft / "postgres").rename(kept)
    shutil.rmtree(draft)


def _fill(draft: Path) -> None:
    shared, server = KEPT / "postgres", draft / "postgres"
    if not postgres.answers(shared, template()):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HALLOM_")}
        environment |= {"HALLOM_DATA": str(draft), "DJANGO_SETTINGS_MODULE": "hallom.config.settings"}
        subprocess.run([sys.executable, "-m", "hallom.config.cli", "migrate"], env=environment, check=True)
        return
    binaries = postgres.find(os.environ.get("HALLOM_PG_BIN", ""))
    archive = draft / "tables"
    _run(
        binaries.path("pg_dump"),
        "--format=custom",
        f"--file={archive}",
        postgres.conninfo(shared, template()),
    )
    _run(
        binaries.path("pg_restore"), "--exit-on-error", f"--dbname={postgres.conninfo(server)}", str(archive)
    )
    with psycopg.connect(postgres.conninfo(server)) as connection:
        connection.execute(f"COMMENT ON SCHEMA public IS '{schema.MARK}{schema.fingerprint()}'".encode())


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _end(server: Path) -> None:
    """Fast shutdown, waited for: the folder of a server that runs cannot be copied."""
    process = psutil.Process(postgres.running_pid(server) or 0)
    process.send_signal(signal.SIGINT)
    process.wait(STOP_SECONDS)

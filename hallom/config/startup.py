"""`hallom run`: everything from an empty folder to the address to open, step by step, then keeping it alive."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg

from hallom.config import environment, logs, postgres, processes, schema, status
from hallom.config.supervisor import AlreadyRunning, NotReady, Supervisor
from hallom.config.watchdog import Watchdog

READY_SECONDS = 90.0
LEFTOVER_SECONDS = 15.0
# Bytes: a failure may tell a whole statement of SQL.
LONGEST_LINE = 1 << 20
PRIVATE = ("files", "log", "recordings", "run", "secret", "sounds")
MANIFEST = environment.ROOT / "build" / "static" / "staticfiles.json"
NOT_BUILT = (
    "Styles and scripts of the pages are not built yet: run `make build` first, or `make run`, which builds and "
    "starts."
)


class StepFailed(Exception):
    """A step of the start could not be done; the message says what to do."""


def run() -> int:
    try:
        settings = environment.read()
    except environment.EnvError as error:
        print(f"{error}\nAll settings are explained in docs/administrators/settings.md.", file=sys.stderr)
        return 2
    if not MANIFEST.is_file() and not settings["HALLOM_DEBUG"]:
        print(NOT_BUILT, file=sys.stderr)
        return 1
    data = environment.data_folder()
    os.environ["HALLOM_PROCESS"] = "supervisor"
    watchdog = Watchdog.taken()
    try:
        data.mkdir(parents=True, exist_ok=True)
        logs.configure(data / "log", level=settings["HALLOM_LOG_LEVEL"])
        print(f"Hallom {version('hallom')}, data in {data}", flush=True)
        return asyncio.run(_run(settings, data, watchdog))
    except AlreadyRunning:
        print("Hallom is already running on this data folder: `hallom status` shows it.", file=sys.stderr)
    except StepFailed as error:
        print(f"\n{error}", file=sys.stderr)
    except OSError as error:
        print(f"\n{_no_way_in(data, error)}", file=sys.stderr)
    return 1


def _no_way_in(data: Path, error: OSError) -> str:
    return (
        f"{error.filename or data}: {error.strerror}.\nHallom keeps everything in {data}: see that the disk has room "
        "and that the folder belongs to whoever starts Hallom, or choose another: HALLOM_DATA=/path/to/folder"
    )


async def _run(settings: Mapping[str, Any], data: Path, watchdog: Watchdog | None) -> int:
    house = Supervisor(data)
    alive = asyncio.create_task(watchdog.keep_telling()) if watchdog else None
    _close(data)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        starting = asyncio.create_task(_start(house, settings))
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with suppress(asyncio.CancelledError):
                await starting
        else:
            starting.result()
        await stopped
    finally:
        print("\nStopping …", flush=True)
        await house.stop()
        if alive is not None:
            alive.cancel()
        print("Stopped.", flush=True)
    return 0


def _close(data: Path) -> None:
    """Folders that an earlier version left open to others on this machine."""
    data.chmod(0o700)
    for folder in data.iterdir():
        if folder.name in PRIVATE and folder.is_dir():
            folder.chmod(0o700)


def _let_through(data: Path, who: postgres.Identity) -> None:
    """PostgreSQL under a user of its own has to get to its folder, but need not see what else there is."""
    if who.user is not None:
        data.chmod(0o711)


async def _start(house: Supervisor, settings: Mapping[str, Any]) -> None:
    media = processes.telephone_media(settings["HALLOM_MEDIA_WORKERS"] or min(os.cpu_count() or 1, 8))
    programs = processes.rest(settings, media)
    began = time.monotonic()
    with _step("Ports") as done:
        await _check_ports(house, programs)
        _check_certificate(settings)
        done("free")
    for program in media:
        house.start(program)
    if not settings["DATABASE_URL"]:
        with _step("Database") as done:
            done(await _start_database(house, settings))
    with _step("Tables") as done:
        done(await _make_tables(house, settings))
    if settings["HALLOM_DEMO"] and schema.knows_nobody(_address(house, settings)):
        with _step("Demo") as done:
            await _command(house, "demo")
            done("an organisation to try it with")
    for program in programs:
        house.start(program)
    house.complete = True
    links = asyncio.create_task(_command(house, "links", "--start"))
    with _step("Processes") as done:
        await _wait_ready(house)
        done(", ".join(house.children))
    with _step("Log-in links") as done:
        told = await links
        is_told = "/login/" in told
        done("each opens once, within 24 hours" if is_told else "none; `hallom links` prints some")
    print(told.rstrip())
    print(f"\nReady after {time.monotonic() - began:.1f} s. Stop with Ctrl-C.", flush=True)


@contextmanager
def _step(name: str) -> Iterator[Callable[[str], None]]:
    began = time.monotonic()
    print(f"  {name:<14} … ", end="", flush=True)
    result = ""

    def done(text: str) -> None:
        nonlocal result
        result = text

    try:
        yield done
    except StepFailed:
        print("failed", flush=True)
        raise
    print(f"{result}  ({time.monotonic() - began:.1f} s)", flush=True)


async def _check_ports(house: Supervisor, programs: list[processes.Program]) -> None:
    deadline = time.monotonic() + (LEFTOVER_SECONDS if house.leftovers else 0)
    wanted: dict[tuple[int, str], processes.Port] = {}
    for program in programs:
        for port in program.ports:
            if (other := wanted.setdefault((port.number, port.protocol), port)) is not port:
                raise StepFailed(_wanted_twice(port, other))
            while not _is_free(port):
                if time.monotonic() > deadline:
                    raise StepFailed(_taken(port))
                await asyncio.sleep(0.1)


def _check_certificate(settings: Mapping[str, Any]) -> None:
    """Whoever named one means telephones to be encrypted: better no start than one without."""
    certificate, key = settings["HALLOM_SIP_TLS_CERT"], settings["HALLOM_SIP_TLS_KEY"]
    if not certificate and not key:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key or None)
    except OSError as error:
        raise StepFailed(
            f"The certificate cannot be used: {error.strerror or error}. HALLOM_SIP_TLS_CERT and HALLOM_SIP_TLS_KEY "
            "name a certificate and its key, both PEM files that whoever starts Hallom may read."
        ) from None


def _is_free(port: processes.Port) -> bool:
    try:
        return port.is_free()
    except OSError as error:
        raise StepFailed(
            f"Hallom cannot listen on port {port}: {error.strerror}. Set {port.setting} or the host it goes with "
            "to something this machine has (docs/administrators/settings.md)."
        ) from None


def _taken(port: processes.Port) -> str:
    return (
        f"Port {port} is taken{_owner(port)}.\n"
        f"Stop that program, or choose another port: {port.setting}={port.number - port.distance + 1000} hallom run"
    ) + _whys(port)


def _wanted_twice(port: processes.Port, other: processes.Port) -> str:
    return (
        f"Port {port} is wanted twice, by {other.setting} and by {port.setting}: choose another for one of them."
    ) + _whys(port, other)


def _whys(*ports: processes.Port) -> str:
    """Of those that are not written in their setting."""
    return "".join(f"\n{port.why}" for port in ports if port.why)


def _owner(port: processes.Port) -> str:
    kind = "udp" if port.protocol == "UDP" else "tcp"
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind):
            listens = kind == "udp" or connection.status == psutil.CONN_LISTEN
            if listens and connection.laddr and connection.laddr.port == port.number and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return " by another program"


async def _start_database(house: Supervisor, settings: Mapping[str, Any]) -> str:
    folder = house.data / "postgres"
    try:
        binaries, who = postgres.find(settings["HALLOM_PG_BIN"]), postgres.identity()
        await _wait_for_old_server(folder)
        _let_through(house.data, who)
        postgres.prepare(folder, binaries, who)
        house.start(processes.database(folder, binaries, who), answers=_answers(folder))
        await house.wait_ready("postgres", seconds=READY_SECONDS)
    except postgres.PostgresError as error:
        raise StepFailed(str(error)) from None
    except NotReady as failed:
        raise StepFailed(_not_ready(failed)) from None
    postgres.ensure_database(folder)
    return str(binaries)


async def _wait_for_old_server(folder: Path) -> None:
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while (pid := postgres.running_pid(folder)) and time.monotonic() < deadline:
        with suppress(psutil.Error):
            # After a power cut the number in the file may belong to any other program by now.
            if psutil.Process(pid).name() != "postgres":
                return
        await asyncio.sleep(0.1)


def _answers(folder: Path) -> Callable[[], Awaitable[bool]]:
    async def answers() -> bool:
        try:
            connection = await psycopg.AsyncConnection.connect(postgres.conninfo(folder, "postgres"))
        except psycopg.OperationalError:
            return False
        await connection.close()
        return True

    return answers


def _address(house: Supervisor, settings: Mapping[str, Any]) -> str:
    return str(settings["DATABASE_URL"] or postgres.conninfo(house.data / "postgres"))


async def _make_tables(house: Supervisor, settings: Mapping[str, Any]) -> str:
    wanted = schema.fingerprint()
    try:
        if schema.current(_address(house, settings)) == wanted:
            return "up to date"
    except psycopg.OperationalError as error:
        raise StepFailed(f"The database cannot be reached: {error}\nIs DATABASE_URL right?") from None
    # A slow machine takes minutes over the very first start.
    await _command(house, "migrate", heard=schema.HowFar(_still).hear)
    return "brought up to date"


def _still(how_far: str) -> None:
    print(f"{how_far} … ", end="", flush=True)


def _unheard(_line: str) -> None:
    pass


async def _command(
    house: Supervisor, name: str, *arguments: str, heard: Callable[[str], None] = _unheard
) -> str:
    """What it printed; ``heard`` gets each line as it comes. Raises StepFailed."""
    process = await asyncio.create_subprocess_exec(
        *processes.own(name, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**house.environment, "HALLOM_PROCESS": name},
        start_new_session=True,
        limit=LONGEST_LINE,
    )
    try:
        output, errors = await asyncio.gather(_lines(process.stdout, heard), _lines(process.stderr))
        await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode:
        lines = (errors or output).strip().splitlines()[-15:]
        raise StepFailed(
            "\n".join(lines) + f"\n`hallom {name}` failed; its log is {house.data}/log/{name}.log."
        )
    return output


async def _lines(stream: asyncio.StreamReader | None, heard: Callable[[str], None] = _unheard) -> str:
    told = []
    while stream is not None and (line := await stream.readline()):
        told.append(line.decode(errors="replace"))
        heard(told[-1].rstrip("\n"))
    return "".join(told)


async def _wait_ready(house: Supervisor) -> None:
    try:
        await house.wait_ready(*house.children, seconds=READY_SECONDS)
    except NotReady as failed:
        raise StepFailed(_not_ready(failed)) from None


def _not_ready(failed: NotReady) -> str:
    child = failed.child
    lines: list[str] = []
    with suppress(OSError):
        lines = child.output_file.read_text(errors="replace").splitlines()[-12:]
    log_file = child.output_file.with_suffix(".log")
    return "\n".join(
        [
            f"`{child.program.name}` did not become ready. The last it said:",
            *lines,
            f"More is in {log_file}. To try it alone: hallom {' '.join(child.program.command[3:])}",
        ]
    )


def run_command(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="hallom run")
    parser.parse_args(arguments)
    return run()


def status_command(arguments: Sequence[str]) -> int:
    """Exit code 0: everything is ready; 1: something is not; 3: nothing runs."""
    parser = argparse.ArgumentParser(prog="hallom status", description=status_command.__doc__)
    parser.add_argument("--json", action="store_true", help="for programs")
    as_json = parser.parse_args(arguments).json
    now = status.read(environment.data_folder())
    if now is None:
        print("{}" if as_json else "Hallom is not running on this data folder.")
        return 3
    print(json.dumps(now.as_dict(), indent=1) if as_json else now.as_table(time.time()))
    return 0 if now.ready else 1

"""The command `hallom switch`: the telephone exchange with this installation's settings."""

import asyncio
import contextlib
import gc
import hashlib
import hmac
import os
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

import uvloop
from django.apps import apps
from django.conf import settings
from psycopg.conninfo import make_conninfo

from hallom import pulse
from hallom.calls import kept_setup, key_file, sealed_keys
from hallom.calls.account_book import AccountBook, lines_out, trunks
from hallom.calls.directory import Directory
from hallom.sip.settings import EndpointSettings
from hallom.switch.aio.shell import Setup, Shell, ShellSettings
from hallom.switch.aio.transports import TransportSettings
from hallom.switch.config import Config

REALM = "hallom"
TLS_PORT_DISTANCE = 1


def prepare() -> None:
    """What a switch that stands by may do before its turn comes: load settings, and the models `load` needs."""
    import django

    django.setup()
    import_module("hallom.calls.snapshot")


def main(_arguments: Sequence[str]) -> int:
    """Runs until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    with contextlib.suppress(PermissionError):
        # Everybody who calls waits for it; after the media workers, which have -10.
        os.nice(-5)
    # Of what a restart reads most stays: `Shell` freezes it, and sets the thresholds, once it is ready.
    gc.disable()
    uvloop.run(_serve())
    return 0


async def _serve() -> None:
    key = key_file.phone_key()
    seal, unseal = partial(sealed_keys.seal, key), partial(sealed_keys.unseal, key)
    reopen = partial(unseal, seconds=sealed_keys.KEPT_SECONDS)
    beating = asyncio.create_task(pulse.keep_beating())
    try:
        shell = Shell(shell_settings(), load, recall, unseal=unseal, seal=seal, reopen=reopen)
        await shell.serve(_say_ready)
    finally:
        beating.cancel()


def load() -> Setup:
    """Blocks; called in a thread, whose database connection must not linger."""
    # Models take a second to import. A switch that comes back in the middle of conversations starts without them.
    import django

    if not apps.ready:
        django.setup()
    from django.db import connection, connections

    from hallom.calls import snapshot

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            as_of = float((cursor.fetchone() or (0.0,))[0])
        directory, config = snapshot.load_directory(), snapshot.load()
    finally:
        connections.close_all()
    kept_setup.write(_kept(), config, directory)
    return _setup(config, directory, as_of=as_of)


def recall() -> Setup | None:
    """The set-up as it was when the switch last ran. Blocks."""
    kept = kept_setup.read(_kept())
    return None if kept is None else _setup(*kept)


def _setup(config: Config, directory: Directory, *, as_of: float = 0.0) -> Setup:
    return Setup(
        config,
        AccountBook(directory, key_file.phone_key()),
        trunks(directory),
        lines_out(directory),
        networks=tuple(network for line in directory.lines for network in line.networks),
        as_of=as_of,
    )


def _kept() -> Path:
    return Path(settings.HALLOM_DATA) / "run" / "setup.pickle"


def shell_settings() -> ShellSettings:
    data = Path(settings.HALLOM_DATA)
    return ShellSettings(
        database=database(),
        run_folder=data / "run",
        transports=_transports(),
        endpoint=EndpointSettings(
            settings.HALLOM_SIP_HOST,
            # A nonce from before a restart is told stale, so the phone tries again with its password unasked.
            hmac.digest(key_file.phone_key(), b"sip nonces", hashlib.sha256),
            port=settings.HALLOM_SIP_PORT,
            ws_port=settings.HALLOM_SIP_WS_PORT,
            tls_port=settings.HALLOM_SIP_PORT + TLS_PORT_DISTANCE,
            realm=REALM,
        ),
        media_sockets={
            f"media-{number}": data / "run" / f"media-{number}.sock"
            for number in range(settings.HALLOM_MEDIA_WORKERS)
        },
    )


def database() -> str:
    """The connection string behind Django's settings."""
    given = settings.DATABASES["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    values = {name: given[key] for name, key in names.items() if given.get(key)}
    return make_conninfo(**values, **given.get("OPTIONS", {}))


def _transports() -> TransportSettings:
    public = getattr(settings, "HALLOM_PUBLIC_URL", "")
    certificate, key = settings.HALLOM_SIP_TLS_CERT, settings.HALLOM_SIP_TLS_KEY
    return TransportSettings(
        host=settings.HALLOM_SIP_HOST,
        sip_port=settings.HALLOM_SIP_PORT,
        ws_host=settings.HALLOM_HOST,
        ws_port=settings.HALLOM_SIP_WS_PORT,
        tls_port=settings.HALLOM_SIP_PORT + TLS_PORT_DISTANCE,
        certificate=Path(certificate) if certificate else None,
        key=Path(key) if key else None,
        origins=frozenset({public.rstrip("/")} if public else ()),
    )


def _say_ready(ports: dict[str, int]) -> None:
    gc.enable()
    pulse.tell_ready(**ports)

"""Which processes make up Hallom, in which order they start, and on which ports they listen."""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hallom.config import postgres


@dataclass(frozen=True, slots=True)
class Port:
    """`distance` from the number its setting gives, and `why`. One that `may_lack` its address is done without where there is none."""

    number: int
    setting: str
    host: str
    protocol: str = "TCP"
    distance: int = 0
    why: str = ""
    may_lack: bool = False

    def is_free(self) -> bool:
        kind = socket.SOCK_DGRAM if self.protocol == "UDP" else socket.SOCK_STREAM
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if self.protocol == "TCP":
                # Connections of the last run that linger in TIME_WAIT are no obstacle to a server.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.number))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return False
                if not (self.may_lack and error.errno == errno.EADDRNOTAVAIL):
                    raise
        return True

    def __str__(self) -> str:
        return f"{self.number} ({self.protocol}) on {self.host}"


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process. `has_standby`: once it is ready, another is loaded, to take over when this one dies."""

    name: str
    command: tuple[str, ...]
    after: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    stop_order: int = 0
    stop_signal: signal.Signals = signal.SIGTERM
    has_standby: bool = False
    identity: postgres.Identity = field(default_factory=postgres.Identity)


def own(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "hallom.config.cli", *arguments)


def database(data: Path, binaries: postgres.Binaries, who: postgres.Identity) -> Program:
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave by themselves.
    return Program(
        "postgres",
        tuple(postgres.command(data, binaries, who)),
        stop_order=2,
        stop_signal=signal.SIGINT,
        identity=who,
    )


def telephone_media(workers: int) -> list[Program]:
    """Media workers need nothing else, and outlive the switch so that no conversation falls silent."""
    return [
        Program(f"media-{number}", own("media", "--worker", str(number)), stop_order=1)
        for number in range(workers)
    ]


def rest(settings: Mapping[str, Any], media: list[Program]) -> list[Program]:
    """What needs the tables."""
    host, sip_host = settings["HALLOM_HOST"], settings["HALLOM_SIP_HOST"]
    sip = settings["HALLOM_SIP_PORT"]
    switch_ports = [
        Port(sip, "HALLOM_SIP_PORT", sip_host, "UDP"),
        Port(sip, "HALLOM_SIP_PORT", sip_host),
        Port(settings["HALLOM_SIP_WS_PORT"], "HALLOM_SIP_WS_PORT", host),
    ]
    if settings["HALLOM_SIP_TLS_CERT"]:
        switch_ports.append(
            _after(sip, 1, sip_host, "TCP", "SIP over TLS takes the port after HALLOM_SIP_PORT.")
        )
    web = Port(settings["HALLOM_WEB_PORT"], "HALLOM_WEB_PORT", host)
    live = Port(settings["HALLOM_LIVE_PORT"], "HALLOM_LIVE_PORT", host)
    mail = settings["HALLOM_MAIL_PORT"]
    mail_ports = (Port(mail, "HALLOM_MAIL_PORT", settings["HALLOM_MAIL_HOST"]),) if mail else ()
    demo = [_practice_line(sip)] if settings.get("HALLOM_DEMO") else []
    return [
        Program("web", own("web"), ports=(web,)),
        Program(
            "switch",
            own("switch"),
            after=tuple(each.name for each in media),
            ports=tuple(switch_ports),
            has_standby=True,
        ),
        Program("live", own("live"), ports=(live,)),
        Program("relay", own("relay")),
        Program("worker", own("worker")),
        Program("mailer", own("mailer"), ports=mail_ports),
        *demo,
    ]


def _after(sip: int, distance: int, host: str, protocol: str, why: str) -> Port:
    return Port(sip + distance, "HALLOM_SIP_PORT", host, protocol, distance=distance, why=why)


def _practice_line(sip: int) -> Program:
    from hallom.calls import practice_address

    why = "The demo's telephone company takes the fifth port after HALLOM_SIP_PORT."
    port = _after(sip, practice_address.PORT_DISTANCE, practice_address.HOST, "UDP", why)
    return Program("practice-line", own("practice-line"), ports=(replace(port, may_lack=True),))

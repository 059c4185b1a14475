"""Whom the SIP side lets in: trunks by their networks, desk phones and browsers by their secrets."""

import ipaddress
import math
from dataclasses import dataclass, field, replace

from hallom.calls.directory import PRACTICE_AGENT, Directory, Line, aor_of
from hallom.sip import credentials
from hallom.sip.accounts import Peer, Secret
from hallom.sip.credentials import Credentials
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.target import Target
from hallom.sip.trunk import Trunk
from hallom.switch.line_out import LineOut

PRACTICE = "practice"
# Anybody can send from any address: those known are forgotten before they are many.
HOSTS_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class AccountBook:
    """Pure look-ups; made anew with each load of the set-up."""

    directory: Directory
    phone_key: bytes = field(repr=False)
    _trunks: dict[str, Peer | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        """A trunk's calls need no digest; whoever registers here has to prove who it is, wherever it stands."""
        if (
            request.method == "REGISTER"
            or flow.is_websocket
            or "authorization" in request.headers
            or "proxy-authorization" in request.headers
        ):
            return None
        if flow.host not in self._trunks:
            if len(self._trunks) >= HOSTS_REMEMBERED:
                self._trunks.clear()
            self._trunks[flow.host] = self._trunk_at(flow.host)
        return self._trunks[flow.host]

    def _trunk_at(self, host: str) -> Peer | None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        for line in self.directory.lines:
            if any(address in network for network in line.networks):
                return Peer("trunk", line.name)
        return None

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        device = self.directory.devices.get(username)
        if device is not None:
            if device.realm != realm:
                return None
            return Secret(device.ha1_md5, device.ha1_sha256, device.aor, math.inf)
        epochs = {**self.directory.epochs, PRACTICE_AGENT: 0}
        secret = credentials.secret_of(self.phone_key, username, realm, now, epochs=epochs)
        if secret is not None and secret.aor == aor_of(PRACTICE_AGENT):
            return replace(secret, aor=PRACTICE)
        return secret


def trunks(directory: Directory) -> tuple[Trunk, ...]:
    """Those we register with, but for one whose server cannot be found now."""
    return tuple(_trunk(line) for line in directory.lines if line.registers and _can_be_reached(line))


def _can_be_reached(line: Line) -> bool:
    """A datagram socket would look the name up by itself, and stop all calls meanwhile."""
    return line.transport != "udp" or line.address != ""


def _trunk(line: Line) -> Trunk:
    is_stream = line.transport != "udp"
    uri = f"sip:{line.host}:{line.port}" + (f";transport={line.transport}" if is_stream else "")
    return Trunk(
        name=line.name,
        registrar=Target(uri, flow=None if is_stream else Flow("udp", line.address, line.port)),
        aor=f"sip:{line.username}@{line.host}",
        credentials=Credentials(line.username, line.secret),
        expires=line.expires_seconds,
    )


def lines_out(directory: Directory) -> tuple[LineOut, ...]:
    """Those that calls go out over; a name that cannot be found now is none until it can."""
    lines = (line for line in directory.lines if line.is_outgoing and _can_be_reached(line))
    return tuple(_line_out(line) for line in sorted(lines, key=lambda line: (line.rank, line.name)))


def _line_out(line: Line) -> LineOut:
    is_stream = line.transport != "udp"
    return LineOut(
        line.name,
        line.host,
        f"sip:{line.host}:{line.port}" + (f";transport={line.transport}" if is_stream else ""),
        flow=None if is_stream else Flow("udp", line.address, line.port),
        credentials=Credentials(line.username, line.secret) if line.username else None,
        calls_most=line.calls_most,
        is_probed=line.is_probed,
        registers=line.registers,
    )

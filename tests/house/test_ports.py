import asyncio
import socket
from types import SimpleNamespace

import pytest

from hallom.config import environment, processes
from hallom.config.processes import Port
from hallom.config.startup import StepFailed, _check_ports, _taken


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")])
def test_a_taken_port_is_named_with_its_owner_and_its_setting(kind: socket.SocketKind, protocol: str) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if protocol == "TCP":
            other.listen()
        port = Port(other.getsockname()[1], "HALLOM_SIP_PORT", "127.0.0.1", protocol)
        assert not port.is_free()
        told = _taken(port)
    assert f"Port {port.number} ({protocol})" in told
    assert "HALLOM_SIP_PORT=" in told
    assert "(process " in told
    assert port.is_free()


def test_a_port_that_two_of_our_own_want_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLOM_SIP_PORT", "15060")
    monkeypatch.setenv("HALLOM_WEB_PORT", "15061")
    monkeypatch.setenv("HALLOM_SIP_TLS_CERT", "/etc/hallom/certificate.pem")
    programs = processes.rest(environment.read(), [])
    with pytest.raises(StepFailed, match="HALLOM_WEB_PORT and by HALLOM_SIP_PORT") as told:
        asyncio.run(_check_ports(SimpleNamespace(leftovers=[]), programs))
    assert "SIP over TLS takes the port after HALLOM_SIP_PORT" in str(told.value)

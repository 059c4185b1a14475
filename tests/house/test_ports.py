import socket

import pytest

from hallom.config.processes import Port
from hallom.config.startup import _taken


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

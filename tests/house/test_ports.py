import asyncio
import socket
from types import SimpleNamespace

import pytest
from environs import EnvError

from hallom.calls import practice_address
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


def test_the_telephone_company_of_the_demo_is_told_of_like_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HALLOM_DEMO", "1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((practice_address.HOST, 0))
        taken = other.getsockname()[1]
        monkeypatch.setenv("HALLOM_SIP_PORT", str(taken - 5))
        line = next(one for one in processes.rest(environment.read(), []) if one.name == "practice-line")
        with pytest.raises(StepFailed) as told:
            asyncio.run(_check_ports(SimpleNamespace(leftovers=[]), [line]))
    assert f"Port {taken} (UDP) on 127.0.0.2 is taken" in str(told.value)
    assert f"HALLOM_SIP_PORT={taken - 5 + 1000} hallom run" in str(told.value)
    assert "The demo's telephone company takes the fifth port" in str(told.value)
    asyncio.run(_check_ports(SimpleNamespace(leftovers=[]), [line]))


def test_where_the_machine_has_no_second_loopback_the_demo_does_without_it() -> None:
    nowhere = Port(15065, "HALLOM_SIP_PORT", "192.0.2.1", "UDP", may_lack=True)
    assert nowhere.is_free()
    with pytest.raises(OSError, match="assign"):
        Port(15065, "HALLOM_SIP_PORT", "192.0.2.1", "UDP").is_free()


def test_the_last_port_is_far_enough_from_the_end_for_those_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLOM_SIP_PORT", "65531")
    with pytest.raises(EnvError, match="HALLOM_SIP_PORT"):
        environment.read()

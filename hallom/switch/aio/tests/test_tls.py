"""With a certificate in the settings telephones register over TLS and browsers over WSS, nobody in clear."""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.typing import Origin, Subprotocol

from hallom.calls import switch_process
from hallom.sip.credentials import Credentials
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import BindingChanged, TrunkChanged
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target
from hallom.sip.tests.harness import Book
from hallom.sip.trunk import Trunk
from hallom.switch.aio.streams import Arrival
from hallom.switch.aio.transports import Transports

HOST = "127.0.0.1"
SIP = [Subprotocol("sip")]
OPTIONS = (
    b"OPTIONS sip:hallom@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKtls;rport\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: tls\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)
Read = Callable[[], Awaitable[bytes]]
Write = Callable[[bytes], Awaitable[None]]


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Signed by itself, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hallom test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


class Exchange:
    """The transports as the settings want them, with an endpoint that answers."""

    def __init__(self, settings: Any) -> None:
        self.endpoint = Endpoint(
            EndpointSettings(HOST, b"secret"), Book(users={"7": ("rosebud", "agent-7")}, valid_until=4e9)
        )
        self.events: list[Any] = []
        # Any free ports: what is tried here is the certificate, not the numbers.
        wanted = replace(switch_process.shell_settings().transports, sip_port=0, ws_port=0, tls_port=0)
        self.transports = Transports(wanted, self.received, self.gone, time.monotonic)

    @property
    def ports(self) -> dict[str, int]:
        return self.transports.ports

    def received(self, messages: list[Arrival]) -> None:
        for data, flow, _ in messages:
            self.endpoint.receive(data, flow, time.time())
        while (event := self.endpoint.next_event()) is not None:
            self.events.append(event)
        for flow, data in self.endpoint.outgoing():
            self.transports.send(flow, data)

    def gone(self, flow: Flow) -> None:
        self.endpoint.flow_closed(flow, time.time())

    def registered(self) -> list[str]:
        return [event.binding.flow.transport for event in self.events if isinstance(event, BindingChanged)]


@pytest.fixture
def trusting(tmp_path: Path, settings: Any) -> ssl.SSLContext:
    """Sets the certificate; the context of a client that trusts it."""
    certificate, key = make_certificate(tmp_path)
    settings.HALLOM_DATA = tmp_path
    settings.HALLOM_SIP_HOST = settings.HALLOM_HOST = HOST
    settings.HALLOM_SIP_TLS_CERT, settings.HALLOM_SIP_TLS_KEY = str(certificate), str(key)
    return ssl.create_default_context(cafile=str(certificate))


@contextlib.asynccontextmanager
async def open_exchange(settings: Any) -> AsyncIterator[Exchange]:
    exchange = Exchange(settings)
    await exchange.transports.listen()
    try:
        async with asyncio.timeout(10):
            yield exchange
    finally:
        await exchange.transports.close()


async def register(flow: Flow, read: Read, write: Write) -> None:
    """Until the exchange has taken the digest, or for ever."""
    phone = Endpoint(EndpointSettings(HOST, b"phone"), Book())
    line = Trunk(
        name="exchange",
        registrar=Target(f"sip:{HOST}:{flow.port};transport={flow.transport}", flow),
        aor=f"sip:agent-7@{HOST}",
        credentials=Credentials("7", "rosebud"),
        user="agent-7",
    )
    phone.register_trunk(line, time.time())
    while True:
        for _, data in phone.outgoing():
            await write(data)
        phone.receive(await read(), flow, time.time())
        while (event := phone.next_event()) is not None:
            if isinstance(event, TrunkChanged) and event.registered:
                return


async def test_a_telephone_registers_over_tls(trusting: ssl.SSLContext, settings: Any) -> None:
    async with open_exchange(settings) as exchange:
        port = exchange.ports["tls"]
        reader, writer = await asyncio.open_connection(HOST, port, ssl=trusting)
        assert writer.get_extra_info("ssl_object").version() in ("TLSv1.2", "TLSv1.3")

        async def write(data: bytes) -> None:
            writer.write(data)

        await register(Flow("tls", HOST, port, 1), lambda: reader.read(65_536), write)
        assert exchange.registered() == ["tls"]
        writer.write(OPTIONS)
        assert (await reader.readuntil(b"\r\n")).startswith(b"SIP/2.0 200")
        writer.close()


async def test_a_browser_registers_over_wss(trusting: ssl.SSLContext, settings: Any) -> None:
    async with open_exchange(settings) as exchange:
        port = exchange.ports["wss"]
        url, origin = f"wss://{HOST}:{port}/", Origin(f"https://{HOST}")
        async with connect(url, subprotocols=SIP, origin=origin, ssl=trusting) as browser:
            assert browser.subprotocol == "sip"

            async def read() -> bytes:
                return await browser.recv(decode=False)

            async def write(data: bytes) -> None:
                await browser.send(data.decode())

            await register(Flow("wss", HOST, port, 1), read, write)
        assert exchange.registered()[0] == "wss"


async def test_over_wss_pages_of_others_are_turned_away_too(trusting: ssl.SSLContext, settings: Any) -> None:
    async with open_exchange(settings) as exchange:
        url, origin = f"wss://{HOST}:{exchange.ports['wss']}/", Origin("https://elsewhere.example")
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, subprotocols=SIP, origin=origin, ssl=trusting)
        assert refused.value.response.status_code == 403


async def test_in_clear_nothing_is_understood_on_these_ports(trusting: ssl.SSLContext, settings: Any) -> None:
    async with open_exchange(settings) as exchange:
        with pytest.raises((InvalidMessage, OSError, EOFError)):
            await connect(f"ws://{HOST}:{exchange.ports['wss']}/", subprotocols=SIP)
        reader, writer = await asyncio.open_connection(HOST, exchange.ports["tls"])
        writer.write(OPTIONS)
        with contextlib.suppress(ConnectionResetError):
            assert b"SIP/2.0" not in await reader.read()
        writer.close()
        assert exchange.events == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_old_tls_is_refused(trusting: ssl.SSLContext, settings: Any) -> None:
    trusting.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    trusting.maximum_version = ssl.TLSVersion.TLSv1_1
    async with open_exchange(settings) as exchange:
        with pytest.raises((ssl.SSLError, OSError)):
            await asyncio.open_connection(HOST, exchange.ports["tls"], ssl=trusting)

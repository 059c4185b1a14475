import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from hallom.sip.flow import Flow
from hallom.switch.aio.limits import Limits
from hallom.switch.aio.streams import Arrival
from hallom.switch.aio.transports import Transports, TransportSettings

OPTIONS = b"OPTIONS sip:hallom SIP/2.0\r\nContent-Length: 0\r\n\r\n"
SIP = [Subprotocol("sip")]


class Heard:
    def __init__(self) -> None:
        self.messages: list[tuple[bytes, Flow]] = []
        self.moments: list[float | None] = []
        self.closed: list[Flow] = []
        self.news = asyncio.Event()

    def received(self, messages: list[Arrival]) -> None:
        self.messages += [(data, flow) for data, flow, _ in messages]
        self.moments += [came_at for _, _, came_at in messages]
        self.news.set()

    def gone(self, flow: Flow) -> None:
        self.closed.append(flow)
        self.news.set()

    async def wait(self) -> None:
        async with asyncio.timeout(5):
            await self.news.wait()
        self.news.clear()


@contextlib.asynccontextmanager
async def listening(limits: Limits | None = None) -> AsyncIterator[tuple[Transports, Heard]]:
    heard = Heard()
    settings = TransportSettings("127.0.0.1", 0, "127.0.0.1", 0, limits=limits or Limits())
    transports = Transports(settings, heard.received, heard.gone, asyncio.get_running_loop().time)
    await transports.listen()
    try:
        yield transports, heard
    finally:
        await transports.close()


def datagram_socket() -> socket.socket:
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.setblocking(False)
    peer.bind(("127.0.0.1", 0))
    return peer


async def test_a_datagram_comes_in_and_an_answer_goes_back() -> None:
    async with listening() as (transports, heard):
        with datagram_socket() as peer:
            peer.sendto(OPTIONS, ("127.0.0.1", transports.ports["udp"]))
            await heard.wait()
            data, flow = heard.messages[0]
            assert (data, flow) == (OPTIONS, Flow("udp", *peer.getsockname()))
            transports.send(flow, b"SIP/2.0 200 OK\r\n\r\n")
            assert await asyncio.get_running_loop().sock_recv(peer, 100) == b"SIP/2.0 200 OK\r\n\r\n"


async def test_a_datagram_says_when_it_came_however_late_it_is_read() -> None:
    async with listening() as (transports, heard):
        with datagram_socket() as peer:
            before = time.time()
            peer.sendto(OPTIONS, ("127.0.0.1", transports.ports["udp"]))
            after = time.time()
            # The loop is busy meanwhile.
            while time.time() < after + 0.05:
                pass
            await heard.wait()
            came_at = heard.moments[0]
            assert came_at is not None
            assert before - 0.01 < came_at < after + 0.02


async def test_datagrams_over_the_rate_are_dropped() -> None:
    async with listening(Limits(rate=0.001, burst=3)) as (transports, heard):
        with datagram_socket() as peer:
            for _ in range(10):
                peer.sendto(OPTIONS, ("127.0.0.1", transports.ports["udp"]))
            await heard.wait()
            await asyncio.sleep(0)
            assert len(heard.messages) == 3
            assert transports.rate.refused == 7


async def test_a_tcp_connection_is_a_flow_with_a_number_until_it_closes() -> None:
    async with listening() as (transports, heard):
        reader, writer = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        writer.write(OPTIONS)
        await heard.wait()
        data, flow = heard.messages[0]
        assert data == OPTIONS
        assert flow.transport == "tcp"
        assert flow.connection > 0
        transports.send(flow, b"answer")
        assert await reader.readexactly(6) == b"answer"
        writer.close()
        await heard.wait()
        assert heard.closed == [flow]


async def test_a_stream_over_the_rate_or_past_understanding_is_closed() -> None:
    async with listening(Limits(rate=0.001, burst=1)) as (transports, heard):
        reader, writer = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        writer.write(OPTIONS)
        await heard.wait()
        writer.write(OPTIONS)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
    async with listening() as (transports, heard):
        reader, writer = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        writer.write(b"nonsense")
        await heard.wait()
        transports.hang_up(heard.messages[0][1])
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_a_connection_over_the_limit_is_closed() -> None:
    async with listening(Limits(connections_per_source=1)) as (transports, heard):
        _, first = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        first.write(OPTIONS)
        await heard.wait()
        reader, second = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        first.close()
        second.close()


async def test_a_connection_that_says_nothing_is_closed_long_before_an_idle_one() -> None:
    async with listening(Limits(first_message_seconds=0.2, idle_seconds=60.0)) as (transports, heard):
        _, used = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        used.write(OPTIONS)
        await heard.wait()
        reader, writer = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        await heard.wait()
        assert len(heard.closed) == 1
        assert heard.closed[0] != heard.messages[0][1]
        used.close()
        writer.close()


async def test_a_connection_that_falls_silent_is_closed() -> None:
    async with listening(Limits(first_message_seconds=0.02, idle_seconds=0.2)) as (transports, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", transports.ports["tcp"])
        writer.write(OPTIONS)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_peers_that_cannot_be_reached_are_not_remembered() -> None:
    async with listening() as (transports, heard):
        for port in range(1, 6):
            transports.send(Flow("tcp", "127.0.0.1", port), OPTIONS)
            await heard.wait()
        assert len(heard.closed) == 5
        assert len(transports.tcp._dialled) == 1


async def test_a_message_to_a_new_tcp_peer_opens_a_connection_once() -> None:
    arrived: list[bytes] = []
    both = asyncio.Event()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.readexactly(6))
        both.set()
        writer.close()

    async with listening() as (transports, _), await asyncio.start_server(peer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        transports.send(Flow("tcp", "127.0.0.1", port), b"one")
        transports.send(Flow("tcp", "127.0.0.1", port), b"two")
        async with asyncio.timeout(5):
            await both.wait()
        assert arrived == [b"onetwo"]


async def test_a_tcp_peer_that_is_not_there_counts_as_a_closed_flow() -> None:
    async with listening() as (transports, heard):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            flow = Flow("tcp", "127.0.0.1", free.getsockname()[1])
        transports.send(flow, b"one")
        await heard.wait()
        assert heard.closed == [flow]


async def test_a_browser_speaks_sip_in_text_frames() -> None:
    async with listening() as (transports, heard):
        url = f"ws://127.0.0.1:{transports.ports['ws']}"
        async with connect(url, subprotocols=SIP, origin=Origin("http://127.0.0.1:8000")) as browser:
            assert browser.subprotocol == "sip"
            await browser.send(OPTIONS.decode())
            await heard.wait()
            data, flow = heard.messages[0]
            assert (data, flow.transport) == (OPTIONS, "ws")
            transports.send(flow, b"SIP/2.0 200 OK\r\n\r\n")
            assert await browser.recv() == "SIP/2.0 200 OK\r\n\r\n"
        await heard.wait()
        assert heard.closed == [flow]


async def test_pages_of_others_and_other_protocols_are_turned_away() -> None:
    async with listening() as (transports, _):
        url = f"ws://127.0.0.1:{transports.ports['ws']}"
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, subprotocols=SIP, origin=Origin("https://elsewhere.example"))
        assert refused.value.response.status_code == 403
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
        assert refused.value.response.status_code == 400


async def test_sending_to_a_websocket_that_has_gone_counts_as_a_closed_flow() -> None:
    async with listening() as (transports, heard):
        flow = Flow("ws", "127.0.0.1", 9, 12345)
        transports.send(flow, b"one")
        assert heard.closed == [flow]

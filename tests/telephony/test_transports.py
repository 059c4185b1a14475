"""SIP over TCP and over WebSocket reaches the same switch; what is set up while it runs counts."""

import asyncio
import socket

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.telephony.house import House, until
from tests.telephony.phone import Phone

OPTIONS = (
    "OPTIONS sip:hallom@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1:9;branch=z9hG4bK{transport};rport\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: {transport}\r\nCSeq: 1 OPTIONS\r\n"
    "Content-Length: 0\r\n\r\n"
)


def test_tcp_is_answered_on_its_connection(house: House) -> None:
    async def talk() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.sip_port)
        message = OPTIONS.format(transport="TCP").encode()
        writer.write(message[:40])
        await writer.drain()
        writer.write(message[40:])
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return answer

    assert asyncio.run(asyncio.wait_for(talk(), 10)).startswith(b"SIP/2.0 200")


def test_a_browser_is_answered_and_a_stranger_s_page_is_not(house: House) -> None:
    url = f"ws://127.0.0.1:{house.ws_port}/"

    async def talk(origin: str) -> str:
        async with connect(url, subprotocols=[Subprotocol("sip")], origin=Origin(origin)) as browser:
            await browser.send(OPTIONS.format(transport="WS"))
            return str(await browser.recv())

    assert asyncio.run(asyncio.wait_for(talk("http://127.0.0.1:8000"), 10)).startswith("SIP/2.0 ")
    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(asyncio.wait_for(talk("https://elsewhere.example"), 10))
    assert refused.value.response.status_code == 403


def test_a_number_set_up_while_the_switch_runs_can_be_called(house: House) -> None:
    number = "+3619990000"
    with Phone(house.sip_port) as phone:
        assert phone.call(number).wait_over().status == 404
        house.query(
            "INSERT INTO calls_number (number, dialled, name, language, queue_id, is_recorded, is_active) "
            "SELECT %s, %s, '', 'en', min(id), true, true FROM calls_queue",
            number,
            number,
        )
        house.query("NOTIFY switch_config")

        def reached() -> bool:
            call = phone.call(number)
            until(lambda: call.is_up or call.is_over, what="an answer")
            return call.is_up

        until(reached, what="the new number")


def test_nonsense_disturbs_nobody(house: House) -> None:
    before = (house.data / "log" / "switch.log").read_text().count("Traceback")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for data in (b"\0" * 100, b"INVITE\r\n\r\n", b"\xff" * 1400, b"SIP/2.0 999 x\r\n\r\n", b"x" * 60_000):
            noise.sendto(data, ("127.0.0.1", house.sip_port))
    with Phone(house.sip_port) as phone:
        assert phone.call("+36999999").wait_over().status == 404
    assert (house.data / "log" / "switch.log").read_text().count("Traceback") == before

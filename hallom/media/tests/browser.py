"""A WebRTC peer in Python: the controlling ICE side, DTLS client, SRTP; what a browser does, without one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random

import numpy as np
from OpenSSL import SSL

from hallom.media import g711, rtp, stun
from hallom.media.aio import certificate
from hallom.media.aio.srtp import Session
from hallom.media.aio.webrtc import CIPHERS, SRTP_PROFILE, srtp_session
from hallom.media.g711 import Law
from hallom.media.tests.endpoint import loudest

FRAME = g711.FRAME_SAMPLES


class Browser(asyncio.DatagramProtocol):
    """Checks, shakes hands, then speaks a tone and keeps what it hears."""

    def __init__(self, frequency: float) -> None:
        self.ufrag, self.password = "wxyz", os.urandom(12).hex()
        self.frequency = frequency
        self.heard: list[rtp.Packet] = []
        self.reports: list[bytes] = []
        self.mapped: tuple[str, int] | None = None
        self.keeps_consent = True
        self.is_speaking = True
        self.is_spoken = False
        self._certificate = certificate.make()
        context = SSL.Context(SSL.DTLS_METHOD)
        context.use_privatekey(self._certificate.key)
        context.use_certificate(self._certificate.certificate)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.set_cipher_list(CIPHERS)
        context.set_tlsext_use_srtp(SRTP_PROFILE)
        self._connection = SSL.Connection(context)
        self._connection.set_connect_state()
        self.session: Session | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._transport: asyncio.DatagramTransport
        self._remote: dict[str, object] = {}

    @classmethod
    async def open(cls, frequency: float) -> Browser:
        loop = asyncio.get_running_loop()
        _, browser = await loop.create_datagram_endpoint(lambda: cls(frequency), local_addr=("127.0.0.1", 0))
        return browser

    @property
    def description(self) -> dict[str, str]:
        """Arguments of `leg.connect`."""
        return {"ufrag": self.ufrag, "pwd": self.password, "fingerprint": self._certificate.fingerprint}

    @property
    def remote_fingerprint(self) -> str:
        shown = self._connection.get_peer_certificate(as_cryptography=True)
        assert shown is not None
        return certificate.fingerprint_of(shown)

    def connect(self, remote: dict[str, object]) -> None:
        """Begins to talk to the leg that `leg.open` described."""
        self._remote = remote
        self._tasks = [asyncio.ensure_future(self._check()), asyncio.ensure_future(self._speak())]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        traffic = rtp.traffic_of(data)
        if traffic is rtp.Traffic.STUN:
            self.mapped = stun.mapped_address(data)
            self._shake_hands()
        elif traffic is rtp.Traffic.DTLS:
            self._connection.bio_write(data)
            self._shake_hands()
        elif self.session is not None and traffic is rtp.Traffic.RTP:
            packet = rtp.parse(self.session.unprotect(data))
            assert packet is not None
            self.heard.append(packet)
        elif self.session is not None:
            self.reports.append(self.session.unprotect_rtcp(data))

    def send(self, data: bytes) -> None:
        self._transport.sendto(data, ("127.0.0.1", self._remote["port"]))

    def _shake_hands(self) -> None:
        if self.session is not None:
            return
        with contextlib.suppress(SSL.WantReadError):
            self._connection.do_handshake()
            self.session = srtp_session(self._connection, is_server=False)
        with contextlib.suppress(SSL.WantReadError):
            self.send(self._connection.bio_read(4000))

    async def _check(self) -> None:
        while True:
            if self.keeps_consent:
                name = f"{self._remote['ufrag']}:{self.ufrag}"
                password = str(self._remote["pwd"])
                self.send(stun.request(os.urandom(12), name, password, use_candidate=True))
            await asyncio.sleep(0.5)

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        sequence, timestamp, ssrc = random.getrandbits(16), random.getrandbits(32), random.getrandbits(32)
        while True:
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))
            angle = (timestamp + np.arange(FRAME)) * 2 * np.pi * self.frequency / g711.RATE
            payload = g711.encode((8000 * np.sin(angle)).astype(np.int16), Law.PCMU)
            sequence, timestamp = (sequence + 1) % 65536, (timestamp + FRAME) % 2**32
            if self.session is not None and self.is_speaking:
                self.is_spoken = True
                packet = rtp.pack(rtp.Packet(0, False, sequence, timestamp, ssrc, payload))
                self.send(self.session.protect(packet))

    def hears(self) -> list[float]:
        if len(self.heard) < 25:
            return []
        payload = b"".join(packet.payload for packet in self.heard[-25:])
        return [round(frequency, -1) for frequency in loudest(g711.decode(payload, Law.PCMU))]

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._transport.close()

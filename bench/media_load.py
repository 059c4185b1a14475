"""Telephones and browsers for `bench.media`: speaks on every leg it is told of and counts what it hears."""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

from OpenSSL import SSL

from hallom.media import rtp, stun
from hallom.media.aio import certificate
from hallom.media.aio.srtp import Session
from hallom.media.aio.webrtc import CIPHERS, SRTP_PROFILE, srtp_sessions

SLOTS = 20
"""Legs speak at different moments of the 20 ms, as in life."""
HANDSHAKE_SECONDS = 20.0
PAYLOAD = bytes(0x80 | (index * 7) % 128 for index in range(160))


@dataclass(slots=True)
class Peer:
    """One telephone or browser."""

    leg: dict[str, Any]
    endpoint: socket.socket
    number: int
    outbound: Session | None = None
    sequence: int = 0

    def speak(self) -> None:
        self.sequence += 1
        packet = rtp.pack(
            rtp.Packet(0, False, self.sequence % 65536, self.sequence * 160, self.number + 1, PAYLOAD)
        )
        self.endpoint.send(packet if self.outbound is None else self.outbound.protect(packet))

    def hear(self) -> int:
        count = 0
        while True:
            try:
                data = self.endpoint.recv(2048)
            except OSError:
                return count
            count += rtp.traffic_of(data) is rtp.Traffic.RTP


def main() -> None:
    legs = json.loads(sys.stdin.readline())
    shown = certificate.make()
    peers = [_open(leg, number) for number, leg in enumerate(legs)]
    _tell([_description(peer, shown) for peer in peers])
    sys.stdin.readline()
    for peer in peers:
        if peer.leg["kind"] == "webrtc":
            _shake_hands(peer, shown)
            # In life handshakes are minutes apart; the first packet ends this one before the next begins.
            peer.speak()
        peer.endpoint.setblocking(False)
    _tell("up")
    _converse(peers)


def _tell(message: Any) -> None:
    print(json.dumps(message), flush=True)


def _open(leg: dict[str, Any], number: int) -> Peer:
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.bind(("127.0.0.1", 0))
    endpoint.connect((leg["host"], leg["port"]))
    endpoint.settimeout(1.0)
    return Peer(leg, endpoint, number)


def _description(peer: Peer, shown: certificate.DtlsCertificate) -> dict[str, Any]:
    if peer.leg["kind"] == "webrtc":
        return {"ufrag": "load", "pwd": "load", "fingerprint": shown.fingerprint}
    host, port = peer.endpoint.getsockname()
    return {"host": host, "port": port}


def _shake_hands(peer: Peer, shown: certificate.DtlsCertificate) -> None:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_privatekey(shown.key)
    context.use_certificate(shown.certificate)
    context.set_cipher_list(CIPHERS)
    context.set_tlsext_use_srtp(SRTP_PROFILE)
    connection = SSL.Connection(context)
    connection.set_connect_state()
    name = f"{peer.leg['ufrag']}:load"
    peer.endpoint.send(stun.request(os.urandom(12), name, peer.leg["pwd"], use_candidate=True))
    end = time.monotonic() + HANDSHAKE_SECONDS
    while peer.outbound is None:
        data = peer.endpoint.recv(2048)
        if time.monotonic() > end:
            raise TimeoutError("no DTLS handshake")
        if rtp.traffic_of(data) is rtp.Traffic.DTLS:
            connection.bio_write(data)
        try:
            connection.do_handshake()
            peer.outbound = srtp_sessions(connection, is_server=False)[1]
        except SSL.WantReadError:
            pass
        _flush(connection, peer)


def _flush(connection: SSL.Connection, peer: Peer) -> None:
    try:
        peer.endpoint.send(connection.bio_read(4000))
    except SSL.WantReadError:
        return


def _converse(peers: list[Peer]) -> None:
    """Speaks and hears; tells the counts for each line on standard input, and ends with the one that says stop."""
    slots = [peers[slot::SLOTS] for slot in range(SLOTS)]
    heard = spoken = slot = 0
    due = time.monotonic()
    while True:
        for peer in slots[slot]:
            heard += peer.hear()
            peer.speak()
            spoken += 1
        slot = (slot + 1) % SLOTS
        due += 0.02 / SLOTS
        if select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
            is_last = json.loads(sys.stdin.readline()) == "stop"
            _tell({"heard": heard, "spoken": spoken})
            if is_last:
                return


if __name__ == "__main__":
    main()

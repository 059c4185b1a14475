"""Telephones and browsers for `bench.media`: speaks on every leg it is told of, and tells what of the answers is missing.

Each stream's numbers say what did not come; what its own ports dropped and how late it spoke tell whose fault it was.
"""

from __future__ import annotations

import json
import math
import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from OpenSSL import SSL

from hallom.media import rtp, stun
from hallom.media.aio import certificate
from hallom.media.aio.batch import Outbox, RingOutbox, SingleOutbox, open_ring
from hallom.media.aio.guard import drops
from hallom.media.aio.ports import SO_TIMESTAMPNS, PortWatch
from hallom.media.aio.ring import Ring
from hallom.media.aio.srtp import Session, pointers
from hallom.media.aio.webrtc import CIPHERS, SRTP_PROFILE, srtp_session
from hallom.media.aio.worker import go_first
from hallom.media.g711 import RATE, Law
from hallom.media.latch import Address
from hallom.media.packets import PACKET_BYTES, OutgoingStream, PacketMatrix
from hallom.media.quality import ReceiverStatistics

SLOTS = 20
"""Legs speak at different moments of the 20 ms, as in life."""
HANDSHAKE_SECONDS = 20.0
TOO_LATE_SECONDS = 0.1
"""A packet so long on the way is of no use to a telephone any more."""
PAYLOAD = bytes(0x80 | (index * 7) % 128 for index in range(160))


class Peer:
    """One telephone or browser."""

    def __init__(self, leg: dict[str, Any], number: int) -> None:
        self.leg = leg
        self.worker: Address = (leg["host"], leg["port"])
        self.endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.endpoint.bind(("127.0.0.1", 0))
        self.endpoint.settimeout(1.0)
        self.endpoint.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.session: Session | None = None
        self.stream = OutgoingStream(number + 1, 1, 160)
        self.heard = ReceiverStatistics()
        self.quickest = math.inf
        self.too_late = 0

    def hear(self, data: bytes, source: Address, arrival: float) -> None:
        if source == self.worker and rtp.traffic_of(data) is rtp.Traffic.RTP:
            _, _, sequence, timestamp, ssrc = rtp.HEADER.unpack_from(data)
            self.heard.update(ssrc, sequence, timestamp, arrival)
            way = arrival - timestamp / RATE
            self.quickest = min(self.quickest, way)
            self.too_late += way - self.quickest > TOO_LATE_SECONDS


@dataclass(slots=True)
class Turn:
    """Those who speak at the same moment."""

    packets: PacketMatrix
    outbox: Outbox
    protected: list[tuple[int, Session, Any]]

    def speak(self) -> None:
        packets = self.packets
        packets.fill(np.frombuffer(PAYLOAD, np.uint8))
        for row, session, packet in self.protected:
            packets.lengths[row] = session.protect_in_place(packet, PACKET_BYTES)
        if self.outbox.send():
            raise OSError("a packet of the telephones could not be sent")


def main() -> None:
    legs = json.loads(sys.stdin.readline())
    shown = certificate.make()
    peers = [Peer(leg, number) for number, leg in enumerate(legs)]
    _tell([_description(peer, shown) for peer in peers])
    sys.stdin.readline()
    ring, _ = open_ring()
    for peer in peers:
        if peer.leg["kind"] == "webrtc":
            _shake_hands(peer, shown)
            # In life handshakes are minutes apart; the first packet ends this one before the next begins.
            first = _turn([peer], ring)
            first.speak()
            first.packets.settle(0)
        peer.endpoint.setblocking(False)
    # As the worker does: telephones that speak late would be heard with gaps that are none of the worker's.
    go_first()
    _tell("up")
    _converse(peers, ring)


def _tell(message: Any) -> None:
    print(json.dumps(message), flush=True)


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
    check = stun.request(os.urandom(12), name, peer.leg["pwd"], use_candidate=True)
    peer.endpoint.sendto(check, peer.worker)
    end = time.monotonic() + HANDSHAKE_SECONDS
    while peer.session is None:
        data = peer.endpoint.recv(2048)
        if time.monotonic() > end:
            raise TimeoutError("no DTLS handshake")
        if rtp.traffic_of(data) is rtp.Traffic.DTLS:
            connection.bio_write(data)
        try:
            connection.do_handshake()
            peer.session = srtp_session(connection, is_server=False)
        except SSL.WantReadError:
            pass
        _flush(connection, peer)


def _flush(connection: SSL.Connection, peer: Peer) -> None:
    try:
        peer.endpoint.sendto(connection.bio_read(4000), peer.worker)
    except SSL.WantReadError:
        return


def _turn(peers: list[Peer], ring: Ring | None) -> Turn:
    packets = PacketMatrix([peer.stream for peer in peers], [Law.PCMU] * len(peers))
    places = pointers(packets.bytes)
    protected = [
        (row, peer.session, places[row]) for row, peer in enumerate(peers) if peer.session is not None
    ]
    ways = [(peer.endpoint, peer.worker) for peer in peers]
    outbox: Outbox = SingleOutbox(packets, ways) if ring is None else RingOutbox(ring, packets, ways)
    return Turn(packets, outbox, protected)


def _converse(peers: list[Peer], ring: Ring | None) -> None:
    """Speaks and hears; tells the counts for each line on standard input, and ends with the one that says stop."""
    turns = [_turn(peers[slot::SLOTS], ring) for slot in range(SLOTS)]
    watch = PortWatch()
    for peer in peers:
        watch.add(peer.endpoint, peer.hear)
    # What came during the handshakes would make the first words late, and the worker keep a deeper buffer for it.
    while watch.drain():
        pass
    slot = 0
    latest, due = 0.0, time.monotonic()
    while True:
        turns[slot].speak()
        latest = max(latest, time.monotonic() - due)
        watch.drain()
        slot = (slot + 1) % SLOTS
        due += 0.02 / SLOTS
        if select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
            is_last = json.loads(sys.stdin.readline()) == "stop"
            _tell(_counts(peers) | {"latest_ms": 1000 * latest})
            latest = 0.0
            if is_last:
                return


def _counts(peers: list[Peer]) -> dict[str, int]:
    """`dropped` is how many of the missing came as far as our own ports."""
    return {
        "heard": sum(peer.heard.received for peer in peers),
        "missing": sum(peer.heard.lost for peer in peers),
        "too_late": sum(peer.too_late for peer in peers),
        "dropped": sum(drops(peer.endpoint) for peer in peers),
    }


if __name__ == "__main__":
    main()

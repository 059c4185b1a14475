"""A WebRTC leg: ICE-lite, DTLS as the passive side, SRTP (RFC 8445 2.5, RFC 5763, RFC 5764, RFC 7675)."""

from __future__ import annotations

import secrets
import socket
from typing import Any

from OpenSSL import SSL
from pylibsrtp import Error as SrtpError

from hallom.media import rtp, stun
from hallom.media.aio.certificate import DtlsCertificate, fingerprint_of
from hallom.media.aio.leg import USUAL_BYTES, Leg, Surroundings, Usual
from hallom.media.aio.srtp import Session
from hallom.media.dtls import MTU, datagrams
from hallom.media.latch import Address
from hallom.media.protocol import ConnectLeg, RequestError

CONSENT_SECONDS = 30.0
"""Without a checked STUN request for so long the browser no longer wants our packets (RFC 7675 5.1)."""
SRTP_PROFILE = b"SRTP_AES128_CM_SHA1_80"
SRTP_KEY, SRTP_SALT = 16, 14
TAG_BYTES = 10
"""What that profile puts behind a packet."""
DTLS_BYTES = 16384
CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384"


class Dtls:
    """What all WebRTC legs of a worker share: the certificate and the DTLS context made with it."""

    def __init__(self, certificate: DtlsCertificate) -> None:
        self.fingerprint = certificate.fingerprint
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.use_privatekey(certificate.key)
        self.context.use_certificate(certificate.certificate)
        # Self-signed certificates are the rule here: the fingerprint from the signalling is what is checked.
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _accept_any)
        self.context.set_cipher_list(CIPHERS)
        self.context.set_tlsext_use_srtp(SRTP_PROFILE)


def _accept_any(*_: object) -> bool:
    return True


def srtp_session(connection: SSL.Connection, *, is_server: bool) -> Session:
    """Keyed by the finished handshake (RFC 5764 4.2)."""
    material = connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (SRTP_KEY + SRTP_SALT))
    salts = material[2 * SRTP_KEY :]
    client = material[:SRTP_KEY] + salts[:SRTP_SALT]
    server = material[SRTP_KEY : 2 * SRTP_KEY] + salts[SRTP_SALT:]
    theirs, ours = (client, server) if is_server else (server, client)
    return Session(theirs, ours)


class WebRtcLeg(Leg):
    """Audio to and from a browser."""

    __slots__ = (
        "_announced", "_connection", "_consented_at", "_dtls", "_has_consent", "_is_shaken", "_nominated", "_password",
        "_session", "_ufrag",
    )  # fmt: skip
    kind = "webrtc"
    is_protected = True

    def __init__(
        self, name: str, media: socket.socket, control: socket.socket, around: Surroundings, dtls: Dtls
    ) -> None:
        super().__init__(name, media, control, around)
        self._ufrag = secrets.token_hex(4)
        self._password = secrets.token_hex(16)
        self._dtls = dtls
        self._connection: SSL.Connection | None = None
        self._is_shaken = False
        self._session: Session | None = None
        self._nominated: Address | None = None
        self._announced: str | None = None
        self._consented_at = 0.0
        self._has_consent = False

    def describe(self) -> dict[str, Any]:
        ice = {"ufrag": self._ufrag, "pwd": self._password, "fingerprint": self._dtls.fingerprint}
        return super().describe() | ice

    def _check(self, peer: ConnectLeg) -> None:
        if peer.fingerprint is None:
            raise RequestError("a webrtc leg needs ufrag, pwd and fingerprint")

    def _take_address(self, peer: ConnectLeg) -> None:
        # A reloaded page comes with another certificate: its old session is of no use any more.
        if self._announced not in (None, peer.fingerprint):
            self._forget_session()
        elif self._is_shaken and self._session is None:
            self._make_keys()
        self._announced = peer.fingerprint

    @property
    def needs_attention(self) -> bool:
        """Whether a handshake is under way, so that waiting packets are fetched between ticks too."""
        return self._session is None

    @property
    def target(self) -> Address | None:
        wanted = self._session is not None and self.connected is not None and self.connected.receives
        return self._nominated if wanted and self._has_consent else None

    @property
    def is_awaited(self) -> bool:
        return not self.is_up

    def protect(self, packet: Any, size: int) -> int:
        if self._session is None:
            raise SrtpError("no keys yet")
        return self._session.protect_in_place(packet, size)

    def receive(self, data: bytes, source: Address, arrival: float) -> None:
        traffic = rtp.traffic_of(data)
        if traffic is rtp.Traffic.RTP:
            self._receive_audio(data, arrival)
        elif traffic is rtp.Traffic.RTCP:
            self._receive_reports(data, arrival)
        elif traffic is rtp.Traffic.STUN:
            self._receive_check(data, source, arrival)
        elif traffic is rtp.Traffic.DTLS and source == self._nominated:
            self._receive_handshake(data)
        else:
            self._around.counters["stranger"] += 1

    def receive_control(self, data: bytes, source: Address, arrival: float) -> None:
        # Browsers multiplex RTCP; whatever comes here is not theirs.
        self._around.counters["stranger"] += 1

    def _set_guard(self) -> None:
        if self._nominated is None:
            self._guard.open()
        else:
            self._guard.let_through((self._nominated,), self._ufrag)

    def usual(self) -> Usual | None:
        ssrc = self.source.ssrc
        if self._session is None or ssrc is None:
            return None
        return None, USUAL_BYTES + TAG_BYTES, self.heard_law, ssrc

    def open_usual(self, packet: Any, size: int) -> bool:
        try:
            if self._session is None:
                raise SrtpError("no keys any more")
            self._session.unprotect_in_place(packet, size)
        except SrtpError:
            self._around.counters["srtp_refused"] += 1
            return False
        self._connection = None
        return True

    def _receive_audio(self, data: bytes, arrival: float) -> None:
        if self._session is None:
            self._around.counters["early_rtp"] += 1
            return
        try:
            plain = self._session.unprotect(data)
        except SrtpError:
            self._around.counters["srtp_refused"] += 1
            return
        # The browser has our last flight, or it could not encrypt: the 100 KiB of the handshake may go.
        self._connection = None
        if self._hear_usual(plain, arrival):
            return
        packet = rtp.parse(plain)
        if packet is None:
            self._around.counters["malformed_rtp"] += 1
            return
        self._hear(packet, arrival)

    def _receive_reports(self, data: bytes, arrival: float) -> None:
        if self._session is None:
            return
        try:
            self._hear_reports(self._session.unprotect_rtcp(data), arrival)
        except SrtpError:
            self._around.counters["srtp_refused"] += 1

    def _receive_check(self, data: bytes, source: Address, arrival: float) -> None:
        try:
            request = stun.parse_request(data, self._ufrag, self._password)
        except stun.StunError:
            self._around.counters["malformed_stun"] += 1
            return
        if self.connected is not None and request.remote_ufrag != self.connected.ufrag:
            self._around.counters["stranger"] += 1
            return
        if request.use_candidate or self._nominated is None:
            self._nominate(source)
        self._consented_at = arrival
        if not self._has_consent:
            self._has_consent = True
            self._around.changed()
        self._send(self.media, stun.success(request, source[0], source[1], self._password), source)

    def _nominate(self, source: Address) -> None:
        if source != self._nominated:
            self._nominated = source
            self._guard.open()
            self._around.changed()

    def _receive_handshake(self, data: bytes) -> None:
        connection = self._connection
        if connection is None:
            if self._session is not None:
                # A farewell, or a repetition that came late; a new page is announced by leg.connect first.
                return
            connection = self._connection = SSL.Connection(self._dtls.context)
            connection.set_ciphertext_mtu(MTU)
            connection.set_accept_state()
        connection.bio_write(data)
        try:
            self._advance(connection)
        except (SSL.WantReadError, SSL.ZeroReturnError):
            pass
        except SSL.Error:
            self._around.counters["dtls_failed"] += 1
            self._forget_unfinished()
        self._flush(connection)

    def _advance(self, connection: SSL.Connection) -> None:
        if self._is_shaken:
            connection.recv(DTLS_BYTES)
            return
        connection.do_handshake()
        self._is_shaken = True
        if self.connected is not None:
            self._make_keys()

    def _make_keys(self) -> None:
        if self._connection is None or not self._is_peer():
            self._around.counters["wrong_fingerprint"] += 1
            self._forget_session()
            return
        if self._connection.get_selected_srtp_profile() != SRTP_PROFILE:
            self._around.counters["dtls_failed"] += 1
            self._forget_session()
            return
        self._session = srtp_session(self._connection, is_server=True)
        self._around.changed()
        if not self.is_up:
            self._come_up()

    def _is_peer(self) -> bool:
        """Whether the certificate shown is the one that the signalling announced."""
        shown = self._connection.get_peer_certificate(as_cryptography=True) if self._connection else None
        expected = self.connected.fingerprint if self.connected else None
        return shown is not None and fingerprint_of(shown) == expected

    def _forget_unfinished(self) -> None:
        if not self._is_shaken:
            self._connection = None

    def _forget_session(self) -> None:
        self._connection = self._session = self._nominated = None
        self._is_shaken = self._has_consent = self.is_up = False
        self._guard.open()
        self._around.changed()

    def _flush(self, connection: SSL.Connection) -> None:
        try:
            flight = connection.bio_read(DTLS_BYTES)
        except SSL.Error:
            return
        for datagram in datagrams(flight):
            if self._nominated is not None:
                self._send(self.media, datagram, self._nominated)

    def check_consent(self, now: float) -> None:
        """Stops sending to a browser that no longer asks for it."""
        if self._has_consent and now - self._consented_at > CONSENT_SECONDS:
            self._has_consent = False
            self._around.changed()

    def send_control(self, data: bytes) -> None:
        if self._session is not None and self._nominated is not None and self._has_consent:
            self._send(self.media, self._session.protect_rtcp(data), self._nominated)

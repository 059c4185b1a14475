"""Session descriptions for legs: what we answer, what we offer, and what a worker must know of the peer."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from hallom.media.protocol import MAXIMUM_ICE_WORD
from hallom.sip.sdp import PCMA, PCMU, PLAIN, Ice, SdpError, Session, answer_to, offer_of
from hallom.sip.sdp import WEBRTC as WEBRTC_PROTOCOL
from hallom.sip.sdp import parse as parse_sdp
from hallom.switch.leg import RTP, WEBRTC, Leg

# What an ordinary European telephone prefers, and the payload type most of them use for keys.
CODECS = (PCMA, PCMU)
TELEPHONE_EVENT = 101

_FINGERPRINT = re.compile(r"sha-256 +(?:[0-9a-f]{2}:){31}[0-9a-f]{2}", re.I)

_is_address = lru_cache(maxsize=4096)(ipaddress.ip_address)
# One description is looked at by the decision, the answer and the worker's request in turn.
_parse = lru_cache(maxsize=512)(parse_sdp)


def is_usable(sdp: str | None) -> bool:
    """Whether a worker could talk to whoever sent this."""
    try:
        session = _parse(sdp or "")
        _is_address(session.host)
    except (SdpError, ValueError):
        return False
    if not set(session.codecs) & set(CODECS) or session.port == 0:
        return False
    return session.protocol in PLAIN or (session.is_webrtc and _is_secured(session))


def suits(leg: Leg, sdp: str | None) -> bool:
    """Whether the worker that has this leg could talk to whoever sent this: of the same kind, and by the same IP."""
    if not is_usable(sdp) or kind_of(sdp or "") != leg.kind:
        return False
    ours = str((leg.media or {}).get("host", ""))
    # The addresses of a browser are found out by ICE; the one in its description is a placeholder (RFC 8839 4.2.1.1).
    return leg.kind == WEBRTC or not ours or (":" in ours) == (":" in _parse(sdp or "").host)


def _is_secured(session: Session) -> bool:
    ice = session.ice
    if ice is None or max(len(ice.ufrag), len(ice.pwd)) > MAXIMUM_ICE_WORD:
        return False
    return _FINGERPRINT.fullmatch(session.fingerprint) is not None


def kind_of(sdp: str) -> str:
    """Raises SdpError."""
    return WEBRTC if _parse(sdp).is_webrtc else RTP


def wants_to_hear(sdp: str) -> bool:
    """False when the peer has put us on hold; raises SdpError."""
    return _parse(sdp).receives


def offer(leg: Leg) -> str:
    return str(offer_of(_local(leg)))


def answer(leg: Leg) -> str:
    """To what the peer sent last; raises SdpError."""
    return str(answer_to(_parse(leg.sdp), _local(leg)))


def connection(sdp: str) -> dict[str, Any]:
    """The arguments of `leg.connect`; raises SdpError."""
    session = _parse(sdp)
    codec = next(codec for codec in session.codecs if codec in CODECS)
    plain: dict[str, Any] = {
        "host": session.host,
        "port": session.port,
        "codec": codec,
        "dtmf": session.telephone_event,
        "sends": session.sends,
        "receives": session.receives,
    }
    if session.ice is None or not session.is_webrtc:
        return plain
    return plain | {"ufrag": session.ice.ufrag, "pwd": session.ice.pwd, "fingerprint": session.fingerprint}


def _local(leg: Leg) -> Session:
    media: Mapping[str, Any] = leg.media or {}
    plain = Session(
        str(media.get("host", "0.0.0.0")),
        int(media.get("port", 0)),
        codecs=CODECS,
        telephone_event=TELEPHONE_EVENT,
        id=int(media.get("ssrc", 1)) or 1,
        version=leg.sdp_version,
    )
    if leg.kind == RTP:
        return plain
    return _secured(plain, media)


def _secured(plain: Session, media: Mapping[str, Any]) -> Session:
    return replace(
        plain,
        protocol=WEBRTC_PROTOCOL,
        ice=Ice(str(media.get("ufrag", "")), str(media.get("pwd", "")), lite=True),
        fingerprint=f"sha-256 {media.get('fingerprint', '')}",
        rtcp_mux=True,
    )

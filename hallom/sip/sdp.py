"""Session descriptions as values: one audio stream out of whatever a peer offers (RFC 8866, RFC 3264, RFC 8829)."""

from dataclasses import dataclass, field, replace

from hallom.sip.candidate import Candidate
from hallom.sip.sdp_lines import SdpError, Section, read

PCMU, PCMA = 0, 8
# RTP has seven bits for it.
HIGHEST_TYPE = 127
ENCODINGS = {PCMU: "PCMU/8000", PCMA: "PCMA/8000"}
RTP = "RTP/AVP"
WEBRTC = "UDP/TLS/RTP/SAVPF"
SECURE = (WEBRTC, "RTP/SAVPF", "UDP/TLS/RTP/SAVP")
PLAIN = (RTP, "RTP/AVPF")
# What one side may do when the other says what it does (RFC 3264 6.1).
MIRROR = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
# A browser drops a track that belongs to no stream; every description of ours names the same one.
STREAM = "hallom audio"
NOWHERE = ("0.0.0.0", "::")

__all__ = ["Candidate", "Ice", "OtherMedia", "SdpError", "Session", "answer_to", "offer_of", "parse"]


@dataclass(frozen=True, slots=True)
class Ice:
    """The credentials of ICE, and whether the side is lite (RFC 8839)."""

    ufrag: str
    pwd: str
    lite: bool = False


@dataclass(frozen=True, slots=True)
class OtherMedia:
    """A media line that is not ours to use, kept so that an answer has as many lines as its offer."""

    kind: str
    protocol: str
    formats: tuple[str, ...]
    mid: str = ""
    port: int = 0

    def refused(self) -> "OtherMedia":
        return replace(self, port=0)


@dataclass(frozen=True, slots=True)
class Session:
    """One side's description; `codecs` are payload types in order of preference, `before` and `after` the other lines."""

    host: str
    port: int
    codecs: tuple[int, ...] = (PCMU, PCMA)
    telephone_event: int | None = None
    direction: str = "sendrecv"
    protocol: str = RTP
    ice: Ice | None = None
    fingerprint: str = ""
    setup: str = ""
    mid: str = ""
    candidates: tuple[Candidate, ...] = ()
    rtcp_mux: bool = False
    bundle: bool = False
    ptime: int = 20
    id: int = 1
    version: int = 1
    before: tuple[OtherMedia, ...] = field(default=())
    after: tuple[OtherMedia, ...] = field(default=())

    @property
    def is_webrtc(self) -> bool:
        return self.protocol in SECURE

    @property
    def sends(self) -> bool:
        return self.port > 0 and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """Old phones hold by asking for media to be sent nowhere (RFC 2543 B.5); with ICE candidates say where."""
        has_address = self.host not in NOWHERE or self.ice is not None
        return self.port > 0 and has_address and self.direction in ("sendrecv", "recvonly")

    @property
    def is_held(self) -> bool:
        return not self.receives

    def __str__(self) -> str:
        lines = ["v=0", f"o=- {self.id} {self.version} {_address(self.host)}", "s=-", "t=0 0"]
        if self.bundle and self.mid:
            lines.append(f"a=group:BUNDLE {self.mid}")
        if self.ice is not None and self.ice.lite:
            lines.append("a=ice-lite")
        for other in self.before:
            lines.extend(_other_lines(other))
        lines.extend(self._audio_lines())
        for other in self.after:
            lines.extend(_other_lines(other))
        return "\r\n".join(lines) + "\r\n"

    def _audio_lines(self) -> list[str]:
        formats = [str(codec) for codec in self.codecs]
        maps = [f"a=rtpmap:{codec} {ENCODINGS[codec]}" for codec in self.codecs]
        if self.telephone_event is not None:
            formats.append(str(self.telephone_event))
            maps.append(f"a=rtpmap:{self.telephone_event} telephone-event/8000")
            maps.append(f"a=fmtp:{self.telephone_event} 0-16")
        lines = [
            f"m=audio {self.port} {self.protocol} {' '.join(formats)}",
            f"c={_address(self.host)}",
            *maps,
        ]
        if self.mid:
            lines.append(f"a=mid:{self.mid}")
        if self.ptime:
            lines.append(f"a=ptime:{self.ptime}")
        lines.append(f"a={self.direction}")
        if self.rtcp_mux:
            lines.append("a=rtcp-mux")
        return lines + self._security_lines()

    def _security_lines(self) -> list[str]:
        lines = []
        if self.is_webrtc:
            lines.append(f"a=msid:{STREAM}")
        if self.ice is not None:
            lines += [f"a=ice-ufrag:{self.ice.ufrag}", f"a=ice-pwd:{self.ice.pwd}"]
        if self.fingerprint:
            lines.append(f"a=fingerprint:{self.fingerprint}")
        if self.setup:
            lines.append(f"a=setup:{self.setup}")
        lines += [f"a=candidate:{candidate}" for candidate in self.candidates]
        if self.candidates and self.ice is not None and self.ice.lite:
            lines.append("a=end-of-candidates")
        return lines


def parse(text: str) -> Session:
    """The first audio stream of a description that we could speak; raises SdpError."""
    top, media = read(text)
    usable = [at for at, section in enumerate(media) if section.kind == "audio"]
    if not usable:
        raise SdpError("no audio")
    chosen = next((at for at in usable if _is_speakable(media[at])), usable[0])
    before, after = map(_other, media[:chosen]), map(_other, media[chosen + 1 :])
    return _session(top, media[chosen], tuple(before), tuple(after))


def offer_of(local: Session) -> Session:
    """What we offer: for WebRTC with ICE-lite, DTLS in the peer's choice of roles, one bundle (RFC 8842 5.2)."""
    if not local.is_webrtc:
        if _is_bare(local) and not local.mid and not local.bundle:
            return local
        return replace(local, ice=None, fingerprint="", setup="", candidates=(), mid="", bundle=False)
    secured = _secured(local, local)
    return replace(secured, setup="actpass", mid=local.mid or "0", bundle=True, rtcp_mux=True)


def answer_to(offer: Session, local: Session) -> Session:
    """What we answer to `offer` with what `local` can do (RFC 3264 6); raises SdpError when nothing fits."""
    codecs = tuple(codec for codec in offer.codecs if codec in local.codecs)
    if not codecs:
        raise SdpError("no codec in common")
    event = offer.telephone_event if local.telephone_event is not None else None
    answer = replace(
        local,
        codecs=codecs,
        telephone_event=event,
        direction=_answered_direction(offer, local),
        protocol=offer.protocol,
        mid=offer.mid,
        bundle=offer.bundle,
        rtcp_mux=offer.rtcp_mux and (offer.is_webrtc or local.rtcp_mux),
        before=tuple(other.refused() for other in offer.before),
        after=tuple(other.refused() for other in offer.after),
    )
    if offer.protocol in PLAIN:
        if _is_bare(answer):
            return answer
        return replace(answer, ice=None, fingerprint="", setup="", candidates=())
    if offer.protocol not in SECURE:
        raise SdpError(f"{offer.protocol} is not spoken here")
    if not offer.fingerprint or offer.ice is None:
        raise SdpError("WebRTC without fingerprint or ICE")
    return replace(_secured(answer, local), setup="active" if offer.setup == "passive" else "passive")


def _is_bare(session: Session) -> bool:
    return session.ice is None and not (session.fingerprint or session.setup or session.candidates)


def _secured(session: Session, local: Session) -> Session:
    if local.ice is None or not local.fingerprint:
        raise SdpError("this leg has no DTLS")
    candidates = local.candidates or (Candidate.of_host(local.host, local.port),)
    return replace(session, ice=local.ice, fingerprint=local.fingerprint, candidates=candidates)


def _answered_direction(offer: Session, local: Session) -> str:
    mirrored = MIRROR[offer.direction]
    sends = mirrored in ("sendrecv", "sendonly") and local.direction in ("sendrecv", "sendonly")
    # An address of 0.0.0.0 is a hold too, unless candidates will say where to send.
    sends = sends and (offer.host not in NOWHERE or offer.ice is not None)
    receives = mirrored in ("sendrecv", "recvonly") and local.direction in ("sendrecv", "recvonly")
    if sends:
        return "sendrecv" if receives else "sendonly"
    return "recvonly" if receives else "inactive"


def _is_speakable(section: Section) -> bool:
    return section.port > 0 and section.protocol in (*PLAIN, *SECURE)


def _session(
    top: Section, audio: Section, before: tuple[OtherMedia, ...], after: tuple[OtherMedia, ...]
) -> Session:
    ufrag, pwd = audio.either(top, "ice-ufrag"), audio.either(top, "ice-pwd")
    mid, maps = audio.value("mid"), audio.maps()
    return Session(
        host=audio.host or top.host,
        port=audio.port,
        codecs=_codecs(audio, maps),
        telephone_event=_telephone_event(audio, maps),
        direction=audio.direction() or top.direction() or "sendrecv",
        protocol=audio.protocol,
        ice=Ice(ufrag, pwd, top.has("ice-lite")) if ufrag and pwd else None,
        fingerprint=audio.either(top, "fingerprint"),
        setup=audio.either(top, "setup"),
        mid=mid,
        candidates=tuple(filter(None, map(Candidate.read, audio.values("candidate")))),
        rtcp_mux=audio.has("rtcp-mux"),
        bundle=bool(mid)
        and any(mid in group.split()[1:] for group in top.values("group") if group[:6] == "BUNDLE"),
        ptime=audio.number("ptime"),
        id=top.id,
        version=top.version,
        before=before,
        after=after,
    )


def _codecs(audio: Section, maps: dict[str, str]) -> tuple[int, ...]:
    found = []
    for codec in audio.formats:
        number = int(codec) if codec.isdecimal() and codec.isascii() and len(codec) < 4 else -1
        if number in ENCODINGS and maps.get(codec, ENCODINGS[number]).upper().startswith(ENCODINGS[number]):
            found.append(number)
    return tuple(dict.fromkeys(found))


def _telephone_event(audio: Section, maps: dict[str, str]) -> int | None:
    for codec in audio.formats:
        is_event = maps.get(codec, "").lower().startswith("telephone-event/8000")
        if is_event and codec not in ("0", "8") and int(codec) <= HIGHEST_TYPE:
            return int(codec)
    return None


def _other(section: Section) -> OtherMedia:
    return OtherMedia(section.kind, section.protocol, section.formats, section.value("mid"), section.port)


def _other_lines(other: OtherMedia) -> list[str]:
    lines = [f"m={other.kind} {other.port} {other.protocol} {' '.join(other.formats)}"]
    # A line with port 0 needs an address all the same (RFC 8866 5.7) unless the session has one.
    lines.append("c=IN IP4 0.0.0.0")
    return [*lines, f"a=mid:{other.mid}"] if other.mid else lines


def _address(host: str) -> str:
    return f"IN {'IP6' if ':' in host else 'IP4'} {host}"

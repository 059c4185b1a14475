import hmac
from dataclasses import replace

from hallom.sip.accounts import Accounts, Peer, Secret
from hallom.sip.digest import digest_parameters, expected, hashed
from hallom.sip.flow import Flow
from hallom.sip.header import legible
from hallom.sip.message import Request, Response
from hallom.sip.nonces import Freshness, Nonces
from hallom.sip.wire import Wire

NOBODY = "nobody"
# baresip 1.0, as in Debian 12, gives up at the sight of any other algorithm ("Function not implemented").
ONLY_MD5 = ("baresip",)


class Gatekeeper:
    """Decides whom a request is from: a trunk by its address, an account by digest (RFC 3261 22, RFC 8760)."""

    def __init__(self, wire: Wire, accounts: Accounts) -> None:
        self._wire = wire
        self._accounts = accounts
        self._nonces = Nonces(wire.settings.secret, wire.settings.nonce_seconds)

    def admit(self, request: Request, source: Flow, tag: str) -> Peer | Response:
        """The peer, or the response that challenges or refuses it."""
        peer = self._accounts.peer_of(source, request)
        if peer is not None:
            return peer
        checked = self.check(request, source, tag)
        return checked if isinstance(checked, Response) else Peer("account", checked.aor)

    def check(self, request: Request, source: Flow, tag: str) -> Secret | Response:
        """The secret that the request's digest proves knowledge of, or the response it gets."""
        given = self._given(request)
        if given is None:
            return self._challenge(request, source, tag, stale=False)
        algorithm = given.get("algorithm", "MD5").upper()
        now, realm, username = self._wire.now, self._wire.settings.realm, legible(given.get("username", ""))
        secret = self._accounts.secret_of(username, realm, now)
        if secret is not None and secret.valid_until <= now:
            secret = None
        # An unknown user costs the same hashes and gets the same answer as a known one with a wrong password.
        # Its uri may differ from the Request-URI: phones behind proxies sign what they know; a replay fails by its count.
        known = secret or Secret(hashed("MD5", NOBODY), hashed("SHA-256", NOBODY), "", 0.0)
        ha1 = known.ha1_sha256 if algorithm == "SHA-256" else known.ha1_md5
        wanted = expected(algorithm, ha1, given, request.method).encode()
        right = hmac.compare_digest(
            wanted, given.get("response", "").lower().encode("utf-8", "surrogateescape")
        )
        if algorithm not in ("MD5", "SHA-256") or not right or secret is None:
            self._wire.counters["refused"] += 1
            self._wire.conduct.append(("refused", source))
            return request.respond(403, tag=tag)
        count = _nonce_count(given)
        if count is None or self._nonces.use(given["nonce"], count, now) is Freshness.STALE:
            return self._challenge(request, source, tag, stale=True)
        self._wire.conduct.append(("admitted", source))
        return replace(secret, username=username)

    def _given(self, request: Request) -> dict[str, str] | None:
        for name in ("authorization", "proxy-authorization"):
            for value in request.headers.get(name, ()):
                given = digest_parameters(value)
                if (
                    given is not None
                    and given.get("realm") == self._wire.settings.realm
                    and given.get("nonce")
                ):
                    return given
        return None

    def _challenge(self, request: Request, source: Flow, tag: str, *, stale: bool) -> Response:
        response = request.respond(401, tag=tag)
        nonce = self._nonces.issue(self._wire.token(6), self._wire.now)
        start = f'Digest realm="{self._wire.settings.realm}", nonce="{nonce}", qop="auth"'
        end = ", stale=true" if stale else ""
        algorithms = self._algorithms(request, source)
        response.headers["www-authenticate"] = [f"{start}, algorithm={name}{end}" for name in algorithms]
        self._wire.counters["challenged"] += 1
        self._wire.conduct.append(("challenged", source))
        return response

    def _algorithms(self, request: Request, source: Flow) -> tuple[str, ...]:
        """What to offer, in the order in which each kind of phone finds what it knows."""
        if request.first("user-agent").lower().startswith(ONLY_MD5):
            return ("MD5",)
        # RFC 8760 puts the strongest first. JsSIP and SIP.js read only the last of several, many desk phones only the
        # first, and neither kind knows SHA-256: MD5 stands where each of them looks.
        return ("SHA-256", "MD5") if source.is_websocket else ("MD5", "SHA-256")


def _nonce_count(given: dict[str, str]) -> int | None:
    """The nonce-count; without qop there is none, so that nonce is good once (RFC 3261 22.4)."""
    if not given.get("qop"):
        return 1
    try:
        count = int(given.get("nc", ""), 16)
    except ValueError:
        return None
    return count if given["qop"] == "auth" and given.get("cnonce") and 0 < count < 2**32 else None

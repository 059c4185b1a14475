import hashlib
import re
from collections.abc import Iterable, Mapping

from hallom.sip.header import quoted, unquoted

PARAMETER = re.compile(r'([A-Za-z0-9\-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]+)')
ALGORITHMS = ("SHA-256", "MD5")


def digest_parameters(value: str) -> dict[str, str] | None:
    """The parameters of a Digest challenge or credentials, None for another scheme (RFC 7616 3.3)."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    return {name.lower(): unquoted(text) for name, text in PARAMETER.findall(rest)}


def hashed(algorithm: str, text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    if algorithm == "SHA-256":
        return hashlib.sha256(data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def ha1(algorithm: str, username: str, realm: str, password: str) -> str:
    return hashed(algorithm, f"{username}:{realm}:{password}")


def expected(algorithm: str, secret: str, given: Mapping[str, str], method: str) -> str:
    """The response that HA1 `secret` gives with these parameters (RFC 7616 3.4.1, qop=auth or none)."""
    ha2 = hashed(algorithm, f"{method}:{given.get('uri', '')}")
    if not given.get("qop"):
        return hashed(algorithm, f"{secret}:{given.get('nonce', '')}:{ha2}")
    counted = f"{given.get('nc', '')}:{given.get('cnonce', '')}:{given['qop']}"
    return hashed(algorithm, f"{secret}:{given.get('nonce', '')}:{counted}:{ha2}")


def authorization(
    challenges: Iterable[str], username: str, password: str, *, method: str, uri: str, cnonce: str
) -> str | None:
    """The credentials that answer the strongest challenge we know, None when there is no such."""
    offered: dict[str, dict[str, str]] = {}
    for challenge in challenges:
        found = digest_parameters(challenge)
        if found is not None and "nonce" in found:
            offered.setdefault(found.get("algorithm", "MD5").upper(), found)
    for algorithm in ALGORITHMS:
        if algorithm in offered:
            secret = ha1(algorithm, username, offered[algorithm].get("realm", ""), password)
            given = {"username": username, "uri": uri, "cnonce": cnonce}
            return _answer(offered[algorithm], algorithm, secret, given | {"method": method})
    return None


def _answer(
    challenge: Mapping[str, str], algorithm: str, secret: str, signer: Mapping[str, str]
) -> str | None:
    given = {
        "username": signer["username"],
        "realm": challenge.get("realm", ""),
        "nonce": challenge["nonce"],
        "uri": signer["uri"],
    }
    if qop := challenge.get("qop"):
        if "auth" not in [item.strip() for item in qop.split(",")]:
            return None
        given |= {"qop": "auth", "nc": "00000001", "cnonce": signer["cnonce"]}
    given["response"] = expected(algorithm, secret, given, signer["method"])
    given["algorithm"] = algorithm
    if "opaque" in challenge:
        given["opaque"] = challenge["opaque"]
    bare = ("qop", "nc", "algorithm")
    return "Digest " + ", ".join(f"{n}={v}" if n in bare else f"{n}={quoted(v)}" for n, v in given.items())

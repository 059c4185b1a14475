"""The DTLS certificate: one for all workers and all restarts, so that SDP made before still holds."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFE = timedelta(days=3650)
"""Peers check the fingerprint from the signalling, not the dates; it should simply never run out."""


@dataclass(frozen=True, slots=True)
class DtlsCertificate:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.certificate)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 in colon-separated capitals (RFC 8122 5)."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def load_or_create(path: Path) -> DtlsCertificate:
    """The certificate in `path`; when several workers start at once the first one's is kept by all."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _store(path, make())
    return _parse(path.read_bytes())


def make() -> DtlsCertificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hallom")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + LIFE)
    return DtlsCertificate(key, builder.sign(key, hashes.SHA256()))


def _store(path: Path, made: DtlsCertificate) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_serialise(made))
    try:
        # A link, unlike a rename, fails when another worker was faster.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _serialise(made: DtlsCertificate) -> bytes:
    key = made.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key + made.certificate.public_bytes(serialization.Encoding.PEM)


def _parse(pem: bytes) -> DtlsCertificate:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the DTLS key is not an elliptic curve key")
    return DtlsCertificate(key, x509.load_pem_x509_certificate(pem))

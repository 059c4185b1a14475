"""Ways to sign in to a real server: by a token of the provider, over TLS with a certificate that can be trusted or not."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from hallom.mail import oauth, problems
from hallom.mail.imap import Session
from hallom.mail.models import Mailbox, Provider, Security
from hallom.mail.problems import Problem
from tests.mail.dovecot import PASSWORD, Dovecot
from tests.telephony.house import free_ports

pytestmark = pytest.mark.django_db
GOOD = "good-token"


@pytest.fixture
def provider() -> Iterator[dict[str, Any]]:
    """Gives out the token in ``token``, and tells Dovecot whose the good one is."""
    state: dict[str, Any] = {"token": GOOD, "given": 0}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            state["given"] += 1
            self._answer(200, {"access_token": state["token"], "expires_in": 3600})

        def do_GET(self) -> None:
            is_good = self.path.endswith(GOOD)
            self._answer(
                200 if is_good else 401, {"email": "help"} if is_good else {"error": "invalid_token"}
            )

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state["url"] = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    oauth._kept.clear()


@pytest.fixture
def by_token(dovecot: Dovecot, provider: dict[str, Any], settings: Any) -> Mailbox:
    settings.HALLOM_MAIL_TOKEN_URL = f"{provider['url']}/{{tenant}}/token"
    (dovecot.folder / "oauth2.conf").write_text(
        f"tokeninfo_url = {provider['url']}/info?access_token=\nusername_attribute = email\n"
    )
    dovecot.extra = (
        f"passdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {dovecot.folder}/oauth2.conf\n}}"
    )
    dovecot.restart()
    return mailbox(
        dovecot, provider=Provider.MICROSOFT, oauth_client="c", oauth_refresh_token="r", imap_password=""
    )


def mailbox(dovecot: Dovecot, **facts: Any) -> Mailbox:
    given = {
        "name": "Help", "address": "help@example.com", "imap_host": "127.0.0.1", "imap_port": dovecot.port,
        "imap_security": Security.NONE, "imap_user": "help", "imap_password": PASSWORD, **facts,
    }  # fmt: skip
    return Mailbox.objects.create(**given)


def test_a_token_of_the_provider_opens_the_mailbox(by_token: Mailbox, provider: dict[str, Any]) -> None:
    session = Session(by_token)
    assert session.uids("ALL") == []
    session.close()
    assert provider["given"] == 1


def test_a_token_that_the_server_refuses_is_asked_for_anew(
    by_token: Mailbox, provider: dict[str, Any]
) -> None:
    provider["token"] = "withdrawn"
    with pytest.raises(problems.SignInRefused) as refused:
        Session(by_token)
    assert problems.code_of(refused.value) is Problem.PASSWORD
    provider["token"] = GOOD
    Session(by_token).close()
    assert provider["given"] == 2


@pytest.fixture
def certified(dovecot: Dovecot) -> tuple[Dovecot, Path]:
    certificate, key = dovecot.folder / "cert.pem", dovecot.folder / "key.pem"
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    dovecot._certificate = (certificate, key)
    dovecot.tls_port = free_ports(1)[0]
    dovecot.restart()
    return dovecot, certificate


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_nobody_vouches_for_is_refused_and_one_that_is_trusted_taken(
    certified: tuple[Dovecot, Path], security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, certificate = certified
    port = server.tls_port if security is Security.TLS else server.port
    box = mailbox(server, imap_security=security, imap_port=port)
    with pytest.raises(OSError, match="certificate") as refused:
        Session(box)
    assert str(problems.code_of(refused.value)).startswith("certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    session = Session(box)
    assert session.can_idle
    session.close()


def test_a_server_that_speaks_no_tls_is_told(dovecot: Dovecot) -> None:
    with pytest.raises(Exception) as refused:
        Session(mailbox(dovecot, imap_security=Security.TLS))
    assert problems.code_of(refused.value) is Problem.NO_TLS


def test_a_name_that_is_nobodys_and_a_port_that_is_closed_are_told(dovecot: Dovecot) -> None:
    box = mailbox(dovecot, imap_host="no-such-host.invalid")
    with pytest.raises(OSError) as refused:
        Session(box)
    assert problems.code_of(refused.value) is Problem.NO_SUCH_HOST
    box.imap_host, box.imap_port = "127.0.0.1", free_ports(1)[0]
    with pytest.raises(OSError) as refused:
        Session(box)
    assert problems.code_of(refused.value) is Problem.REFUSED

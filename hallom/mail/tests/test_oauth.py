"""Tokens from a real HTTP server on loopback that behaves as the providers' do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hallom.mail import oauth, problems
from hallom.mail.models import Mailbox, Provider
from hallom.mail.oauth import OAuthProblem
from hallom.mail.problems import Problem

pytestmark = pytest.mark.django_db


class Service:
    """What the provider answers, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: list[tuple[int, Any]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                service.asked.append(
                    (self.path, {name: values[0] for name, values in parse_qs(body).items()})
                )
                status, answer = service.answers.pop(0)
                text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_given: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{{tenant}}/token"


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    service = Service()
    settings.HALLOM_MAIL_TOKEN_URL = service.url
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox.objects.create(
        name="Help",
        address="help@example.com",
        provider=Provider.MICROSOFT,
        oauth_client="client-1",
        oauth_secret="s3cret",
        oauth_tenant="example.onmicrosoft.com",
        oauth_refresh_token="refresh-1",
    )
    yield mailbox
    oauth._kept.clear()


def test_a_token_is_asked_for_once_and_used_until_it_nears_its_end(
    service: Service, mailbox: Mailbox
) -> None:
    service.answers = [
        (200, {"access_token": "a1", "expires_in": 3600}),
        (200, {"access_token": "a2", "expires_in": oauth.SPARE_SECONDS - 1}),
        (200, {"access_token": "a3", "expires_in": "3600"}),
    ]
    assert [oauth.access_token(mailbox) for _ in range(2)] == ["a1", "a1"]
    oauth.forget(mailbox)
    assert [oauth.access_token(mailbox) for _ in range(3)] == ["a2", "a3", "a3"]
    path, form = service.asked[0]
    assert path == "/example.onmicrosoft.com/token"
    assert form == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "client_id": "client-1",
        "client_secret": "s3cret",
        "scope": oauth.ENDPOINTS[Provider.MICROSOFT].scope,
    }


def test_a_renewed_refresh_token_replaces_the_old_one_and_is_kept_encrypted(
    service: Service, mailbox: Mailbox
) -> None:
    service.answers = [(200, {"access_token": "a1", "expires_in": 3600, "refresh_token": "refresh-2"})]
    assert oauth.access_token(mailbox) == "a1"
    again = Mailbox.objects.get(pk=mailbox.pk)
    assert again.oauth_refresh_token == "refresh-2"
    assert oauth.access_token(again) == "a1"
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT oauth_refresh_token FROM mail_mailbox")
        assert "refresh-2" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("status", "answer", "problem"),
    [
        (400, {"error": "invalid_grant", "error_description": "AADSTS70008: expired"}, Problem.CONSENT),
        (401, {"error": "invalid_client"}, Problem.CLIENT),
        (500, b"<html>oops", Problem.TOKEN),
        (200, b"<html>a portal of the hotel", Problem.TOKEN),
        (200, {"token_type": "Bearer"}, Problem.TOKEN),
        (200, [], Problem.TOKEN),
    ],
)
def test_what_the_provider_refuses_is_told_in_words(
    service: Service, mailbox: Mailbox, status: int, answer: Any, problem: Problem
) -> None:
    service.answers = [(status, answer)]
    with pytest.raises(OAuthProblem) as caught:
        oauth.access_token(mailbox)
    assert problems.code_of(caught.value) is problem
    assert problems.in_words(problems.kept(caught.value)).startswith(str(problem.label))


def test_a_service_that_is_away_is_told(mailbox: Mailbox, settings: Any) -> None:
    settings.HALLOM_MAIL_TOKEN_URL = "http://127.0.0.1:9/token"
    with pytest.raises(OAuthProblem) as caught:
        oauth.access_token(mailbox)
    assert caught.value.code is Problem.TOKEN


def test_without_consent_nobody_is_asked(service: Service, mailbox: Mailbox) -> None:
    mailbox.oauth_refresh_token = ""
    with pytest.raises(OAuthProblem) as caught:
        oauth.access_token(mailbox)
    assert caught.value.code is Problem.CONSENT
    assert service.asked == []


def test_the_consent_page_is_the_providers_and_its_code_becomes_the_refresh_token(
    service: Service, mailbox: Mailbox, now: Any, ada: Any
) -> None:
    url = urlsplit(oauth.consent_url(mailbox, "https://desk.example.com/back", "state-1"))
    asked = parse_qs(url.query)
    assert (url.netloc, url.path) == (
        "login.microsoftonline.com",
        "/example.onmicrosoft.com/oauth2/v2.0/authorize",
    )
    assert asked["redirect_uri"] == ["https://desk.example.com/back"]
    assert "offline_access" in asked["scope"][0]
    service.answers = [(200, {"access_token": "a1", "refresh_token": "refresh-9"})]
    oauth.exchange(mailbox, "code-1", "https://desk.example.com/back", by=ada, now=now)
    assert Mailbox.objects.get().oauth_refresh_token == "refresh-9"
    assert service.asked[0][1]["code"] == "code-1"

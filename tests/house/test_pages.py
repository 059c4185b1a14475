import os
import socket
import time
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from hallom.config import status


def test_health_is_503_without_a_supervisor(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


@pytest.mark.parametrize("headers", [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}])
def test_metrics_are_closed_to_strangers(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/metrics/", **headers).status_code == 403


@pytest.mark.django_db
def test_metrics_are_open_to_this_machine_and_to_the_token(client: Client, settings) -> None:
    assert b"hallom_process_ready" in client.get("/metrics/").content
    settings.HALLOM_METRICS_TOKEN = "a-token"
    answer = client.get("/metrics/", REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer a-token")
    assert answer.status_code == 200


def test_every_page_forbids_foreign_and_inline_scripts(client: Client, settings) -> None:
    settings.HALLOM_LIVE_PORT, settings.HALLOM_SIP_WS_PORT = 8001, 8002
    policy = client.get("/health/", HTTP_HOST="localhost:8000").headers["Content-Security-Policy"]
    told = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert told["script-src"] == ["'self'"]
    assert told["style-src"] == ["'self'"]
    assert told["object-src"] == told["base-uri"] == told["frame-ancestors"] == ["'none'"]
    assert told["connect-src"] == ["'self'", "ws://localhost:8001/live/", "ws://localhost:8002/"]


def test_with_a_certificate_the_page_telephones_over_tls(client: Client, settings) -> None:
    settings.HALLOM_LIVE_PORT, settings.HALLOM_SIP_WS_PORT = 8001, 8002
    settings.HALLOM_SIP_TLS_CERT = "/etc/hallom/certificate.pem"
    policy = client.get("/health/", HTTP_HOST="localhost:8000").headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://localhost:8001/live/ wss://localhost:8002/" in policy


@pytest.mark.django_db
def test_nobody_signs_up_by_themselves(client: Client) -> None:
    page = client.get("/accounts/signup/")
    assert b'name="password1"' not in page.content


@pytest.mark.django_db
def test_the_demo_has_no_password_that_works(django_user_model) -> None:
    from hallom.config import setup

    setup.demo([])
    assert django_user_model.objects.count() >= 3
    assert not any(user.has_usable_password() for user in django_user_model.objects.all())


@pytest.mark.django_db
def test_the_demo_is_loaded_only_into_an_empty_organisation(alice, capsys) -> None:
    from hallom.config import setup

    setup.demo([])
    assert "not loaded" in capsys.readouterr().out


@pytest.mark.django_db
def test_an_empty_installation_offers_a_link_for_its_first_administrator(client: Client, capsys) -> None:
    from hallom.config import setup

    setup.links([])
    told = capsys.readouterr().out
    assert "administrator" in told
    link = next(word for word in told.split() if "/login/" in word)
    assert client.get(link[link.index("/login/") :]).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ready", "complete", "status_code"), [(True, True, 200), (False, True, 503), (True, False, 503)]
)
def test_health_is_200_only_when_every_process_is_ready(
    client: Client, settings, tmp_path: Path, ready: bool, complete: bool, status_code: int
) -> None:
    settings.HALLOM_DATA = tmp_path
    web = status.ProcessStatus("web", 1, True, 0, 1.0, {})
    other = status.ProcessStatus("media-1", 2, ready, 0, 1.0, {})
    status.write(tmp_path, status.Status(os.getpid(), 1.0, complete, (web, other)))
    answer = client.get("/health/")
    told = {"ready": status_code == 200, "not_ready": [] if ready else ["media-1"]}
    assert (answer.status_code, answer.json()) == (status_code, told)
    to_a_stranger = client.get("/health/", REMOTE_ADDR="192.0.2.7")
    assert (to_a_stranger.status_code, to_a_stranger.json()) == (status_code, {"ready": status_code == 200})


@pytest.mark.django_db
@pytest.mark.parametrize("answers", ["never", "no"])
def test_health_is_503_while_the_database_does_not_answer(
    client: Client, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: str
) -> None:
    settings.HALLOM_DATA = tmp_path
    web = status.ProcessStatus("web", 1, True, 0, 1.0, {})
    status.write(tmp_path, status.Status(os.getpid(), 1.0, True, (web,)))
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(server.getsockname()[1]))
        if answers == "no":
            server.close()
        began = time.monotonic()
        answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "not_ready": ["database"]})
    assert time.monotonic() - began < 10

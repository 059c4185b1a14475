import pytest
from django.test import Client


def test_health_is_503_without_a_supervisor(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


@pytest.mark.parametrize("headers", [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}])
def test_metrics_are_closed_to_strangers(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/metrics/", **headers).status_code == 403


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

"""Who the push socket takes a cookie for."""

import os
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from hallom.ui.live import sessions
from hallom.ui.live.origin import is_ours
from hallom.ui.tests.browser_session import session_of


@pytest.fixture
def alice(db: None) -> Any:
    return get_user_model()._default_manager.create(username="alice")


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's transaction lives on the connection that would be closed.
    monkeypatch.setattr(sessions, "close_old_connections", lambda: None)


def test_a_session_of_the_pages_is_a_session_of_push(alice: Any) -> None:
    found = sessions.signed_in(session_of(alice))
    assert found is not None
    assert found.user.pk == alice.pk


def test_someone_who_may_not_sign_in_any_more_is_a_stranger(alice: Any) -> None:
    key = session_of(alice)
    alice.is_active = False
    alice.save()
    assert sessions.signed_in(key) is None


def test_an_unknown_session_is_a_strangers(db: None) -> None:
    assert sessions.signed_in("0123456789abcdef0123456789abcdef") is None
    assert sessions.signed_in("") is None
    assert sessions.signed_in("x" * 65) is None


def test_a_log_out_ends_the_session(alice: Any) -> None:
    stays, goes = session_of(alice), session_of(alice)
    SessionStore(goes).delete()
    assert sessions.still_there([stays, goes]) == {stays}


def test_signing_out_everywhere_ends_the_session(alice: Any) -> None:
    key = session_of(alice)
    assert sessions.still_there([key]) == {key}
    alice.session_epoch += 1
    alice.save()
    assert sessions.still_there([key]) == frozenset()


def test_whoever_is_shut_out_is_told_nothing_more(alice: Any) -> None:
    key = session_of(alice)
    alice.is_active = False
    alice.save()
    assert sessions.still_there([key]) == frozenset()


@pytest.mark.parametrize(
    ("header", "key"),
    [("sessionid=abc; csrftoken=x", "abc"), ("other=1", ""), ("", ""), ("sessionid", ""), ("\x00=;;;", "")],
)
def test_the_cookie_is_found_or_not(header: str, key: str) -> None:
    assert sessions.cookie_in(header) == key


def test_an_origin_is_ours_only_with_host_and_port() -> None:
    assert is_ours("http://desk:8000", "desk:8001", web_port=8000, trusted=())
    assert not is_ours("http://desk:8001", "desk:8001", web_port=8000, trusted=())
    assert not is_ours("", "desk:8001", web_port=8000, trusted=())
    assert is_ours("https://desk.example", "127.0.0.1:8001", web_port=8000, trusted=("https://desk.example",))


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def test_the_process_says_when_it_is_ready_and_stops_when_told(db: None, settings: Any) -> None:
    given = connection.get_connection_params()
    reading, writing = os.pipe()
    code = "import django; django.setup(); from hallom.ui.live.process import main; raise SystemExit(main())"
    environment = {
        **os.environ,
        "HALLOM_READY_FD": str(writing),
        "HALLOM_LIVE_PORT": str(free_port()),
        "HALLOM_TEST_DB": "0",
        "DATABASE_URL": f"postgresql:///{given['dbname']}?host={given['host']}&port={given.get('port', '')}&user={given['user']}",
    }
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, pass_fds=[writing])
    os.close(writing)
    with os.fdopen(reading) as supervisor:
        line = supervisor.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) in (0, -signal.SIGTERM)
    assert line.startswith('ready {"port": ')

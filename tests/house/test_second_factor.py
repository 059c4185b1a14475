"""A code from a telephone beside the password: offered to everyone, asked for from whoever has set it up."""

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import connection
from django.test import Client
from django.utils import timezone

from hallom.staff import login_link
from hallom.staff.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
ACTIVATE = "/accounts/2fa/totp/activate/"


@pytest.fixture(autouse=True)
def _password(alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()


def code_of(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def log_in(client: Client) -> str:
    """Where the right password leads."""
    return client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})["Location"]


def test_the_profile_leads_to_it() -> None:
    client = Client()
    log_in(client)
    page = client.get("/profile/").content.decode()
    assert 'href="/accounts/2fa/"' in page
    assert ACTIVATE in client.get("/accounts/2fa/").content.decode()


def test_after_the_password_once_more_it_is_set_up_and_asked_for_from_then_on(alice: User) -> None:
    client = Client()
    log_in(client)
    asked = client.get(ACTIVATE)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get(ACTIVATE).content.decode()
    secret = client.session["mfa.totp.secret"]
    assert "data:image/svg" in page or secret in page
    assert client.post(ACTIVATE, {"code": code_of(secret)}).status_code == 302
    assert Authenticator.objects.filter(user=alice, type="totp").exists()

    again = Client()
    assert log_in(again).startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in again.session


def test_the_password_alone_does_not_let_in(alice: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    client = Client()
    assert log_in(client).startswith("/accounts/2fa/authenticate/")
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert (wrong.status_code, "_auth_user_id" in client.session) == (200, False)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_log_in_link_does_not_stand_in_for_the_code(alice: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    client = Client()
    answer = client.post(f"/login/{login_link.make(alice, timezone.now())}/")
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})["Location"] == "/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_after_five_wrong_codes_not_even_the_right_one_lets_in_from_anywhere(alice: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    guessing, other = Client(), Client()
    log_in(guessing)
    log_in(other)
    for number in range(5):
        guessing.post(
            "/accounts/2fa/authenticate/", {"code": f"00000{number}"}, REMOTE_ADDR=f"192.0.2.{number}"
        )
    other.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}, REMOTE_ADDR="198.51.100.1")
    assert "_auth_user_id" not in other.session


def test_codes_are_counted_in_the_database_for_all_processes(alice: User) -> None:
    TOTP.activate(alice, generate_totp_secret())
    client = Client()
    log_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shared_cache WHERE cache_key LIKE '%%login_failed%%'")
        assert cursor.fetchone()[0] > 0


def test_the_secret_is_not_kept_as_it_is(alice: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    kept = Authenticator.objects.get(user=alice, type="totp").data["secret"]
    assert get_adapter().decrypt(kept) == secret
    assert not re.search(secret, kept)

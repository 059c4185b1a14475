from datetime import datetime

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import make_password
from django.test import Client

from hallom.staff.models import Role, User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
PASSWORD = "seven quiet herons"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    assert client.get("/tickets/").status_code == 200
    return client


def test_deactivating_ends_every_session_at_once(alice: User, ada: User, now: datetime) -> None:
    office, home = signed_in(alice), signed_in(alice)
    alice.deactivate(by=ada, now=now)
    assert office.get("/tickets/").status_code == 302
    assert home.get("/tickets/").status_code == 302


def test_sessions_stay_dead_when_the_user_is_let_in_again(alice: User, ada: User, now: datetime) -> None:
    client = signed_in(alice)
    alice.deactivate(by=ada, now=now)
    alice.reactivate(by=ada, now=now)
    assert client.get("/tickets/").status_code == 302


def test_losing_a_role_ends_the_sessions(bruno: User, ada: User, now: datetime) -> None:
    client = signed_in(bruno)
    bruno.set_roles([Role.AGENT], by=ada, now=now)
    assert client.get("/tickets/").status_code == 302


def test_signing_in_changes_the_session_key(alice: User, client: Client) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    client.get("/accounts/login/")
    before = client.session.session_key
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert client.session.session_key != before


def test_a_new_password_ends_what_was_signed_in_with_the_old_one(alice: User, client: Client) -> None:
    """Telephones too: their credentials name the epoch."""
    epoch = alice.session_epoch
    elsewhere = signed_in(alice)
    alice.set_password(PASSWORD)
    alice.save()
    alice.refresh_from_db()
    assert alice.session_epoch > epoch
    assert elsewhere.get("/tickets/").status_code == 302


def test_a_password_hashed_anew_at_signing_in_signs_in(
    alice: User, client: Client, settings: LazySettings
) -> None:
    alice.password = make_password(PASSWORD)
    alice.save()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert client.get("/tickets/").status_code == 200
    alice.refresh_from_db()
    assert alice.session_epoch == 1


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "ALICE@example.org"])
def test_one_signs_in_by_user_name_or_e_mail(name: str, alice: User, client: Client) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    assert client.post("/accounts/login/", {"login": name, "password": PASSWORD}).status_code == 302
    assert client.get("/tickets/").status_code == 200


def test_signing_in_and_being_refused_are_written_down(alice: User, client: Client) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    client.post("/accounts/login/", {"login": "hunter2", "password": "alice"})
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    kinds = list(
        Event.objects.filter(kind__startswith="staff.sign").order_by("id").values_list("kind", "data")
    )
    assert kinds[-1] == ("staff.signed_in", {"user": alice.pk})
    assert ("staff.sign_in_refused", {"user": alice.pk}) in kinds
    assert "hunter2" not in str(kinds)


def test_the_pages_speak_the_users_own_language(alice: User) -> None:
    alice.language = "hu"
    alice.save()
    client = signed_in(alice)
    page = client.get("/tickets/", headers={"Accept-Language": "pl"})
    assert 'lang="hu"' in page.content.decode()

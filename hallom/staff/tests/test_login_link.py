from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from hallom.staff import login_link
from hallom.staff.models import LoginLink, User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


def test_a_link_signs_in_once(alice: User, now: datetime) -> None:
    token = login_link.make(alice, now)
    assert login_link.redeem(token, now) == alice
    assert login_link.redeem(token, now) is None


def test_a_link_dies_after_a_day(alice: User, now: datetime) -> None:
    token = login_link.make(alice, now)
    assert login_link.redeem(token, now + timedelta(hours=24)) is None


def test_a_new_link_kills_the_old_one(alice: User, now: datetime) -> None:
    old = login_link.make(alice, now)
    new = login_link.make(alice, now)
    assert login_link.redeem(old, now) is None
    assert login_link.redeem(new, now) == alice


def test_the_database_never_holds_the_token(alice: User, now: datetime) -> None:
    token = login_link.make(alice, now)
    assert token not in str(list(LoginLink.objects.values()))
    assert len(token) >= 43


def test_a_deactivated_user_is_not_let_in(alice: User, ada: User, now: datetime) -> None:
    token = login_link.make(alice, now)
    alice.deactivate(by=ada, now=now)
    assert login_link.redeem(token, now) is None


def test_opening_the_link_asks_and_only_the_button_signs_in(
    alice: User, client: Client, now: datetime
) -> None:
    address = f"/login/{login_link.make(alice, now)}/"
    with time_machine.travel(now, tick=False):
        assert b"Alice Agent" in client.get(address).content
        assert client.get(address).status_code == 200
        assert client.get("/tickets/").status_code == 302
        assert client.post(address).status_code == 302
        assert client.get("/tickets/").status_code == 200
        assert Client().get(address).status_code == 410


def test_a_wrong_link_says_so_and_names_nobody(client: Client, db: None) -> None:
    response = client.post("/login/wrong/")
    assert response.status_code == 410
    assert "_auth_user_id" not in client.session


def test_who_came_in_by_a_link_is_written_down(alice: User, ada: User, now: datetime) -> None:
    login_link.redeem(login_link.make(alice, now, by=ada), now)
    made, used = Event.objects.filter(kind__startswith="staff.login_link").order_by("id")
    assert (made.actor_id, made.data["user"]) == (ada.pk, alice.pk)
    assert (used.kind, used.actor_id) == ("staff.login_link_used", alice.pk)

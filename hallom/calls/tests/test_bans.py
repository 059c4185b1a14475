"""What the switch journals of banned sources becomes rows, events, and a page on which a ban is lifted."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from hallom.calls import relay
from hallom.calls.models import BannedSource, JournalEntry, Order
from hallom.staff.models import User
from hallom.timeline.models import Event

ADDRESS = "192.0.2.66"


def journal(kind: str, **data: object) -> None:
    JournalEntry.objects.create(kind=kind, at=timezone.now(), call=None, agent=None, data=data)
    while relay.relay_batch(timezone.now()):
        pass


def ban(*, times: int = 1, reason: str = "authentication") -> BannedSource:
    until = (timezone.now() + timedelta(minutes=1)).timestamp()
    journal("source.banned", source=ADDRESS, reason=reason, times=times, until=until)
    return BannedSource.objects.latest("entry")


@pytest.mark.django_db
def test_a_ban_is_a_row_and_an_event() -> None:
    row = ban(times=3)
    assert (row.address, row.reason, row.times, row.lifted_at) == (ADDRESS, "authentication", 3, None)
    assert Event.objects.get(kind="calls.source_banned").data["address"] == ADDRESS


@pytest.mark.django_db
def test_a_lifted_ban_says_who_has_lifted_it(ada: User) -> None:
    ban()
    journal("source.released", source=ADDRESS, by=ada.pk)
    assert BannedSource.objects.get().lifted_by == ada
    assert Event.objects.get(kind="calls.source_released").actor_id == ada.pk


@pytest.mark.django_db
def test_both_stand_in_the_audit_trail(client: Client, ada: User) -> None:
    ban()
    journal("source.released", source=ADDRESS, by=ada.pk)
    client.force_login(ada)
    page = client.get("/settings/audit/").content.decode()
    assert "address blocked by the telephone exchange" in page
    assert "blocked address let in again" in page


@pytest.mark.django_db
def test_the_page_shows_who_is_blocked(client: Client, ada: User) -> None:
    ban(reason="malformed")
    client.force_login(ada)
    page = client.get("/settings/bans/").content.decode()
    assert ADDRESS in page
    assert "malformed messages" in page
    assert "Nobody is blocked." not in page


@pytest.mark.django_db
def test_only_administrators_see_and_lift_bans(client: Client, alice: User) -> None:
    row = ban()
    client.force_login(alice)
    assert client.get("/settings/bans/").status_code == 403
    assert client.post(f"/settings/bans/{row.pk}/lifting/").status_code == 403
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_lifting_asks_the_switch(client: Client, ada: User) -> None:
    row = ban()

    def switch() -> None:
        for _ in range(400):
            done = Order.objects.filter(verb="lift_ban", args__source=ADDRESS, done_at=None)
            if done.update(done_at=timezone.now(), ok=True, error=""):
                break
            threading.Event().wait(0.005)
        connection.close()

    answering = threading.Thread(target=switch)
    answering.start()
    client.force_login(ada)
    response = client.post(f"/settings/bans/{row.pk}/lifting/", follow=True)
    answering.join()
    assert f"{ADDRESS} may telephone again." in response.content.decode()
    assert Order.objects.get().agent == ada.pk

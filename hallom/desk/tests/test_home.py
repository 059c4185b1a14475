"""What the first page says to somebody for whom nothing waits."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hallom.calls.models import Call
from hallom.staff.models import User

pytestmark = pytest.mark.django_db


def home_of(client: Client, user: User) -> str:
    client.force_login(user)
    return client.get(reverse("desk:home")).content.decode()


def test_an_administrator_without_a_telephone_is_shown_where_to_set_up(client: Client, ada: User) -> None:
    page = home_of(client, ada)
    assert f'<a class="btn go" href="{reverse("ui:settings")}">' in page
    assert "in the bar above" not in page


def test_an_agent_is_told_that_calls_ring_above(client: Client, alice: User) -> None:
    page = home_of(client, alice)
    assert "Calls ring in the bar above" in page
    assert f'<a class="btn go" href="{reverse("ui:settings")}">' not in page


def test_place_is_kept_for_the_bar_of_whom_has_a_telephone_and_for_nobody_else(
    client: Client, ada: User, alice: User
) -> None:
    assert '<hallom-deck id="deck" data-src' in home_of(client, alice)
    assert '<hallom-deck id="deck" hidden data-src' in home_of(client, ada)


def test_a_last_call_without_a_name_shows_its_number_as_people_write_it(client: Client, alice: User) -> None:
    Call.objects.create(id="c-1", caller="+36305550142", agent=alice, arrived_at=timezone.now())
    Call.objects.create(id="c-2", caller="anonymous", agent=alice, arrived_at=timezone.now())
    page = home_of(client, alice)
    assert "+36 30 555 0142" in page
    assert "+36305550142" not in page
    assert "Hidden number" in page

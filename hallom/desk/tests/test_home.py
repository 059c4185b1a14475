"""What the first page says to somebody for whom nothing waits."""

import pytest
from django.test import Client
from django.urls import reverse

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

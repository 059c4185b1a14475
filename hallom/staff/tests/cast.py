"""The named cast: Alice answers, Bruno supervises, Ada administers, Carla is the customer. Load as a pytest plugin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hallom.staff.models import Membership, Role, Team, User

if TYPE_CHECKING:
    from hallom.customers.models import Customer

NOW = datetime(2026, 7, 16, 8, 50, tzinfo=UTC)


def person(username: str, full_name: str, *roles: Role, team: Team | None = None) -> User:
    user = User.objects.create_user(username, email=f"{username}@example.org", full_name=full_name)
    user.set_roles(roles, by=None, now=NOW)
    if team is not None:
        Membership.objects.create(user=user, team=team)
    return user


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def technical(db: None) -> Team:
    return Team.objects.create(name="Technical")


@pytest.fixture
def billing(db: None) -> Team:
    return Team.objects.create(name="Billing")


@pytest.fixture
def alice(technical: Team) -> User:
    return person("alice", "Alice Agent", Role.AGENT, team=technical)


@pytest.fixture
def amir(billing: Team) -> User:
    return person("amir", "Amir Agent", Role.AGENT, team=billing)


@pytest.fixture
def bruno(technical: Team) -> User:
    return person("bruno", "Bruno Supervisor", Role.SUPERVISOR, team=technical)


@pytest.fixture
def ada(db: None) -> User:
    return person("ada", "Ada Administrator", Role.ADMINISTRATOR)


@pytest.fixture
def carla(db: None) -> Customer:
    """A customer with the number +36 30 512 4478."""
    from hallom.customers.models import ContactKind, Customer

    customer = Customer.register(name="Carla Customer", by=None, now=NOW)
    customer.contact_points.create(kind=ContactKind.PHONE, value="+36 30 512 4478")
    customer.contact_points.create(kind=ContactKind.EMAIL, value="carla@example.org")
    return customer

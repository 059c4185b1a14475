"""Issue types are a tree of three levels: chosen finely, looked for coarsely."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from hallom.staff.models import Role, User
from hallom.staff.tests.cast import person
from hallom.tickets.filters import TicketFilter
from hallom.tickets.models import Category, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch(db: None) -> list[Category]:
    """Internet / Fibre / Cable torn."""
    found: list[Category] = []
    for name in ("Internet", "Fibre", "Cable torn"):
        found.append(Category.objects.create(name=name, parent=found[-1] if found else None))
    return found


@pytest.mark.parametrize("level", [0, 1, 2])
def test_who_looks_for_a_category_finds_all_below_it(
    level: int, branch: list[Category], alice: User, now: datetime
) -> None:
    for category in branch:
        Ticket.open(category.name, by=alice, now=now, category=category)
    Ticket.open("None", by=alice, now=now)
    asked = TicketFilter({"category": str(branch[level].pk)}, user=alice, now=now)
    found = set(asked.apply(Ticket.objects.current()).values_list("subject", flat=True))
    assert found == {category.name for category in branch[level:]}


def kept(client: Client, category: Category | None, parent: Category, name: str = "New") -> bool:
    place = str(category.pk) if category else "new"
    given = {
        "name": category.name if category else name,
        "parent": str(parent.pk),
        "position": "0",
        "is_active": "on",
    }
    return client.post(f"/settings/categories/{place}/", given).status_code == 302


def test_nothing_comes_to_stand_on_a_fourth_level(client: Client, branch: list[Category]) -> None:
    client.force_login(person("ada", "Ada Admin", Role.ADMINISTRATOR))
    top, middle, leaf = branch
    assert not kept(client, None, leaf)
    assert kept(client, None, middle)
    # With what is under it a category would reach further down than by itself.
    other = Category.objects.create(name="Hardware")
    part = Category.objects.create(name="Router", parent=other)
    assert not kept(client, other, middle)
    assert kept(client, part, middle)
    assert kept(client, other, top)
    # Not under itself.
    assert not kept(client, top, leaf)

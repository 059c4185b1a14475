from datetime import datetime

import pytest

from hallom.customers import demo as customers
from hallom.customers.lookup import by_phone
from hallom.customers.models import Customer
from hallom.staff import demo as staff
from hallom.staff.models import User
from hallom.tickets import demo as tickets
from hallom.tickets.models import Message, Note, Ticket
from hallom.tickets.worklist import worklist

pytestmark = pytest.mark.django_db


def load(now: datetime) -> None:
    for room in (staff, customers, tickets):
        room.load(now)


def test_loading_twice_doubles_nothing(now: datetime) -> None:
    load(now)
    counts = [model.objects.count() for model in (User, Customer, Ticket, Message, Note)]
    load(now)
    assert [model.objects.count() for model in (User, Customer, Ticket, Message, Note)] == counts


def test_nobody_in_the_demo_has_a_password(now: datetime) -> None:
    load(now)
    assert [user for user in User.objects.all() if user.has_usable_password()] == []


def test_the_desk_of_the_design_is_there(now: datetime) -> None:
    load(now)
    (katalin,) = by_phone("06 30 512 4478")
    nora = User.objects.get(username="nora")
    titles = [item.title for group in worklist(nora, now).groups for item in group.items]
    assert katalin.code == "U-104 882"
    assert titles[0] == "Dupla levonás a júliusi számlán"
    assert len(titles) == 9

import pytest

from hallom.calls.models import Call, Number, Queue
from hallom.calls.tests.phone_house import call_of, make_number, make_queue, serve
from hallom.customers.models import Customer
from hallom.staff.models import User


@pytest.fixture
def queue(alice: User) -> Queue:
    queue = make_queue()
    serve(queue, alice)
    return queue


@pytest.fixture
def number(queue: Queue) -> Number:
    return make_number(queue)


@pytest.fixture
def call(alice: User, number: Number, carla: Customer) -> Call:
    """Carla was helped by Alice, and it was recorded."""
    return call_of(alice, number)

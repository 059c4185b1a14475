from datetime import UTC, datetime

import pytest
from django.test import Client

from hallom.calls import trunk_words
from hallom.calls.models import Call, JournalEntry, Leg, Trunk, TrunkStatus
from hallom.staff.models import User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def provider(**facts: object) -> Trunk:
    given = {"name": "provider", "addresses": ["192.0.2.10"], "host": "192.0.2.10", "is_outgoing": True}
    return Trunk.objects.create(**(given | facts))


def heard(trunk: Trunk, **facts: object) -> Trunk:
    TrunkStatus.objects.create(trunk=trunk, changed_at=NOW, **facts)
    return Trunk.objects.select_related("status").get(pk=trunk.pk)


def test_a_trunk_that_was_not_heard_of_yet() -> None:
    assert str(trunk_words.state(provider())) == "not asked yet, 0 calls now"


@pytest.mark.parametrize(
    ("failed", "status", "words"),
    [
        (0, 200, "answers"),
        (1, 408, "did not answer once"),
        (2, 408, "does not answer: calls go elsewhere"),
        (3, 503, "answers 503: calls go elsewhere"),
    ],
)
def test_what_a_probe_found(failed: int, status: int, words: str) -> None:
    trunk = heard(provider(), failed_probes=failed, probe_status=status)
    assert str(trunk_words.state(trunk)) == f"{words}, 0 calls now"


def test_where_we_register() -> None:
    facts = {"kind": "registration", "username": "us", "is_probed": False}
    trunk = heard(provider(**facts), is_registered=False, registered_status=403)
    assert str(trunk_words.state(trunk)) == "not registered: the server says 403, 0 calls now"


def test_how_many_calls_it_carries_now() -> None:
    trunk = provider(is_probed=False, calls_most=30)
    call = Call.objects.create(pk="0" * 26, arrived_at=NOW)
    for leg, name, ended in (("-1", "provider", None), ("-2", "other", None), ("-3", "provider", NOW)):
        Leg.objects.create(pk=call.pk + leg, call=call, arrived_at=NOW, ended_at=ended)
        invite = {"outside": call.pk + leg, "trunk": name}
        data = {"leg": call.pk + leg, "invite": invite}
        JournalEntry.objects.create(kind="leg.invited", at=NOW, call=call.pk, data=data)
    assert str(trunk_words.state(trunk)) == "1 call now"
    assert trunk_words.way_out(trunk) == "yes, place 0, 30 at a time"


def test_the_page_says_it(client: Client, ada: User) -> None:
    provider()
    client.force_login(ada)
    page = client.get("/settings/trunks/").content.decode()
    assert "not asked yet" in page
    assert "yes, place 0" in page
    assert 'class="bl away tone-honey">not asked yet' in page


REGISTERING = {"kind": "registration", "username": "us", "is_outgoing": False}


@pytest.mark.parametrize(
    ("facts", "status", "lamp"),
    [
        ({}, {"probe_status": 200}, ("pine", "")),
        ({}, {"failed_probes": 1, "probe_status": 408}, ("honey", "away")),
        ({}, {"failed_probes": 2, "probe_status": 408}, ("cherry", "busy")),
        (REGISTERING, {"is_registered": True}, ("pine", "")),
        (REGISTERING, {"is_registered": False, "registered_status": 403}, ("cherry", "busy")),
        ({"kind": "registration", "username": "us"}, {"is_registered": False, "probe_status": 200}, ("cherry", "busy")),
        (REGISTERING, None, ("honey", "away")),
        ({"is_active": False}, {"probe_status": 200}, ("slate", "away")),
        ({"is_outgoing": False}, None, ("slate", "away")),
    ],
)  # fmt: skip
def test_its_lamp_tells_by_colour_and_shape(
    facts: dict[str, object], status: dict[str, object] | None, lamp: tuple[str, str]
) -> None:
    trunk = provider(**facts)
    state = trunk_words.state(trunk if status is None else heard(trunk, **status))
    assert (state.tone, state.shape) == lamp
    assert len(str(state)) > 3

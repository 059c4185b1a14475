from datetime import timedelta

import pytest
from django.utils import timezone

from hallom.calls import demo, figures, toll_rules
from hallom.calls.models import AgentStatus, Call, JournalEntry, Number, Queue, QuickButton, Recording, Watch
from hallom.customers import demo as customers
from hallom.hours import demo as hours
from hallom.staff import demo as staff
from hallom.staff.models import User
from hallom.tickets import demo as tickets
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: object) -> None:
    settings.HALLOM_DATA = tmp_path  # type: ignore[attr-defined]


def test_the_demo_shows_a_call_centre_at_work_and_loads_once() -> None:
    now = timezone.now()
    for room in (hours, staff, customers, tickets, demo):
        room.load(now)
    opened = Ticket.objects.count()
    calls, entries = Call.objects.count(), JournalEntry.objects.count()
    assert calls > 200
    assert Number.objects.first().number == "+36 1 555 0100"
    figure = figures.total(figures.by_queue(now - timedelta(hours=6), now).values())
    assert 50 < figure.service_level < 100
    assert figure.abandoned > 0
    assert all(recording.file.is_file() for recording in Recording.objects.all())
    assert set(AgentStatus.objects.values_list("state", flat=True)) == {"offline", "paused"}
    rules = toll_rules.load(now)
    assert {rules.policy_of(user.pk).name for user in User.objects.all()} == {
        "Ügyfélszolgálat",
        "Központ és vezetők",
        "",
    }
    supervisor = rules.policy_of(User.objects.get(username="marta").pk)
    assert (supervisor.name, supervisor.caller_numbers[0]) == ("Központ és vezetők", "+3615550100")
    back = Call.objects.get(returns=1)
    assert [one.result for one in back.sent_on.all()] == ["returned", "completed"]
    assert back.recordings.count() == 3
    assert [watch.mode for watch in Watch.objects.all()] == ["whisper", "take_over"]
    _look_at_calls_out()
    _look_at_quick_buttons()
    demo.load(now)
    assert (Call.objects.count(), JournalEntry.objects.count()) == (calls, entries)
    assert Ticket.objects.count() == opened


def _look_at_quick_buttons() -> None:
    places = QuickButton.objects.filter(user__username="erzsebet").values_list("to", flat=True)
    queues = Queue.objects.filter(name__in=("Műszaki", "Számlázás", "Értékesítés"))
    assert {f"queue:{queue.pk}" for queue in queues} < set(places)
    assert f"agent:{User.objects.get(username='dora').pk}" in places
    assert len(places) == 7


def _look_at_calls_out() -> None:
    out = Call.objects.filter(direction="outgoing")
    became = [(call.outcome, call.cause) for call in out]
    for one in (("answered", "normal"), ("unreached", "no_answer"), ("unreached", "busy")):
        assert one in became
    refused = out.get(cause="toll:country_refused")
    event = Event.objects.get(kind="call.refused", call=refused.pk)
    assert (event.data["words"], event.data["way"]) == ({"country": "JM"}, "dial")
    reached = out.filter(outcome="answered", customer__isnull=False).order_by("arrived_at").first()
    assert reached is not None
    assert (reached.talk_seconds, reached.agent.username, reached.caller) == (
        132.0,
        "orsolya",
        "+36203315540",
    )
    assert {"orsolya", "gergo", "zoltan", "viktoria"} == {call.agent.username for call in out}
    assert out.count() == Event.objects.filter(kind="call.placed").count() == 8
    newest = list(Call.objects.order_by("-arrived_at")[:8])
    assert sum(call.direction == "outgoing" for call in newest) >= 4

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from hallom.calls.models import Call, ListenedTo, Recording
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
SOUND = bytes(range(256)) * 4


@pytest.fixture
def recording(call: Call, settings: Any, tmp_path: Path) -> Recording:
    settings.HALLOM_DATA = tmp_path
    recording = Recording.objects.get(call=call)
    recording.file.parent.mkdir(parents=True)
    recording.file.write_bytes(SOUND)
    return recording


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_supervisor_hears_the_whole_recording(client: Client, bruno: User, recording: Recording) -> None:
    client.force_login(bruno)
    response = client.get(f"/calls/{recording.call_id}/recording/")
    assert (response.status_code, body(response)) == (200, SOUND)
    assert response.headers["Content-Type"] == "audio/wav"
    assert response.headers["Content-Length"] == "1024"
    assert response.headers["Accept-Ranges"] == "bytes"


def test_every_file_of_a_call_can_be_heard(
    client: Client, bruno: User, amir: User, recording: Recording
) -> None:
    """An agent who reloads the page in mid-call begins a second file."""
    later = Recording.objects.create(
        call=recording.call,
        path=f"{recording.path[:-4]}-2.wav",
        started_at=recording.started_at + timedelta(seconds=40),
        stopped_at=recording.stopped_at,
        seconds=5,
    )
    later.file.write_bytes(b"later")
    ticket = Ticket.open("No line", by=bruno, now=timezone.now(), customer=recording.call.customer)
    Call.objects.filter(pk=recording.call_id).update(ticket=ticket)
    client.force_login(bruno)
    page = client.get(f"/calls/{recording.call_id}/").content.decode()
    for part, sound in ((recording, SOUND), (later, b"later")):
        url = f"/calls/{recording.call_id}/recording/{part.pk}/"
        assert url in page
        assert url in client.get("/calls/recordings/").content.decode()
        assert url in client.get("/calls/").content.decode()
        assert url in client.get(ticket.get_absolute_url()).content.decode()
        assert body(client.get(url)) == sound
    assert client.get(f"/calls/{'0' * 26}/recording/{later.pk}/").status_code == 404
    client.force_login(amir)
    assert client.get(f"/calls/{recording.call_id}/recording/{recording.pk}/").status_code == 403


@pytest.mark.parametrize("before", ["²", "9" * 40, "-1", "x"])
def test_a_page_nobody_can_mean_is_the_first(client: Client, bruno: User, before: str) -> None:
    client.force_login(bruno)
    assert client.get("/calls/recordings/", {"before": before}).status_code == 200


def test_a_player_gets_the_piece_it_asks_for(client: Client, bruno: User, recording: Recording) -> None:
    client.force_login(bruno)
    response = client.get(f"/calls/{recording.call_id}/recording/", headers={"range": "bytes=100-199"})
    assert (response.status_code, body(response)) == (206, SOUND[100:200])
    assert response.headers["Content-Range"] == "bytes 100-199/1024"
    assert response.headers["Content-Length"] == "100"


def test_a_piece_outside_the_file_is_refused(client: Client, bruno: User, recording: Recording) -> None:
    client.force_login(bruno)
    response = client.get(f"/calls/{recording.call_id}/recording/", headers={"range": "bytes=9999-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */1024"


def test_nothing_of_it_is_cached_sniffed_or_run(client: Client, bruno: User, recording: Recording) -> None:
    client.force_login(bruno)
    response = client.get(f"/calls/{recording.call_id}/recording/")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_agent_hears_own_calls_and_a_colleague_does_not(
    client: Client, alice: User, amir: User, ada: User, recording: Recording
) -> None:
    url = f"/calls/{recording.call_id}/recording/"
    for user, status in ((alice, 200), (amir, 403), (ada, 403)):
        client.force_login(user)
        assert client.get(url).status_code == status
    client.logout()
    assert client.get(url).status_code == 302
    assert list(ListenedTo.objects.values_list("user", flat=True)) == [alice.pk]


def test_every_listening_is_written_down_once(client: Client, bruno: User, recording: Recording) -> None:
    client.force_login(bruno)
    now = timezone.now()
    url = f"/calls/{recording.call_id}/recording/"
    for minutes in (0, 1, 2):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            client.get(url, headers={"range": f"bytes={minutes}-"})
    with time_machine.travel(now + timedelta(minutes=30), tick=False):
        client.get(url)
    first, second = ListenedTo.objects.order_by("at")
    assert (first.user, first.at, first.until) == (bruno, now, now + timedelta(minutes=2))
    assert second.at == now + timedelta(minutes=30)
    assert (
        Event.objects.filter(kind="recording.listened", actor_id=bruno.pk, call=recording.call_id).count()
        == 2
    )


def test_asking_for_the_size_is_no_listening(client: Client, bruno: User, recording: Recording) -> None:
    client.force_login(bruno)
    assert client.head(f"/calls/{recording.call_id}/recording/").headers["Content-Length"] == "1024"
    assert not ListenedTo.objects.exists()


def test_a_recording_still_being_made_is_not_given_out(
    client: Client, bruno: User, recording: Recording
) -> None:
    Recording.objects.update(stopped_at=None)
    client.force_login(bruno)
    assert client.get(f"/calls/{recording.call_id}/recording/").status_code == 404


@pytest.mark.parametrize("path", ["../secret/secret-key", "/etc/passwd", "2026/../../secret/phone-key"])
def test_no_path_leads_out_of_the_folder(
    client: Client, bruno: User, recording: Recording, path: str
) -> None:
    Recording.objects.update(path=path)
    client.force_login(bruno)
    assert client.get(f"/calls/{recording.call_id}/recording/").status_code == 404
    assert not ListenedTo.objects.exists()


def test_who_listened_stands_on_the_page_of_the_call(
    client: Client, bruno: User, recording: Recording
) -> None:
    client.force_login(bruno)
    client.get(f"/calls/{recording.call_id}/recording/")
    page = client.get(f"/calls/{recording.call_id}/").content.decode()
    assert "Who has listened" in page
    assert "Bruno Supervisor" in page

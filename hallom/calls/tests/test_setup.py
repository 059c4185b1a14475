import io
import re
import wave
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from hallom.calls import configuration, switch_process
from hallom.calls.models import Disposition, Greeting, Number, PauseReason, Queue, SipDevice, Trunk
from hallom.calls.models.device import REALM
from hallom.calls.setup.forms import TrunkForm
from hallom.media.aio import prompts
from hallom.sip.digest import ha1
from hallom.staff.models import User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _administrator(client: Client, ada: User, settings: Any, tmp_path: Path) -> None:
    settings.HALLOM_DATA = tmp_path
    client.force_login(ada)


@pytest.fixture
def notified(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    told: list[bool] = []
    monkeypatch.setattr(configuration, "notify_switch", lambda: told.append(True))
    return told


QUEUE = {
    "name": "Technical",
    "rank": "0",
    "service_level_seconds": "20",
    "service_level_percent": "80",
    "offer_seconds": "20",
    "wrap_up_seconds": "30",
    "max_waiting": "50",
    "announcement_seconds": "60",
    "is_active": "on",
}


def wav(seconds: float = 0.5, rate: int = 16000, channels: int = 2) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\x00\x10" * int(rate * seconds) * channels)
    return sound.getvalue()


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("greeting.wav", content, content_type="audio/wav")


def test_a_new_queue_reaches_the_switch_and_the_timeline(
    client: Client, ada: User, notified: list[bool]
) -> None:
    assert client.post("/settings/queues/new/", QUEUE).status_code == 302
    queue = Queue.objects.get()
    assert queue.service_level_percent == 80
    assert notified == [True]
    event = Event.objects.get(kind="calls.setup_changed")
    assert (event.actor_id, event.data) == (ada.pk, {"what": "queue", "key": queue.pk, "act": "added"})


@pytest.mark.parametrize(
    ("kind", "matters"),
    [
        ("staff.changed", True),
        ("staff.roles_changed", True),
        ("staff.skill_changed", True),
        ("staff.deactivated", True),
        ("staff.reactivated", True),
        ("hours.changed", True),
        ("staff.signed_in", False),
        ("staff.signed_out", False),
        ("staff.sign_in_refused", False),
        ("staff.sessions_ended", True),
        ("staff.login_link_made", False),
        ("staff.login_link_used", False),
        ("staff.team_changed", False),
    ],
)
def test_the_switch_reads_its_set_up_anew_only_for_what_is_in_it(
    kind: str, matters: bool, notified: list[bool]
) -> None:
    if configuration.SUBSCRIBER.wants(kind):
        configuration.SUBSCRIBER.handle(Event(kind=kind))
    assert notified == [True] * matters


def test_a_queue_out_of_bounds_is_refused_in_words(client: Client) -> None:
    response = client.post("/settings/queues/new/", {**QUEUE, "service_level_percent": "140"})
    assert "less than or equal to 100" in response.content.decode()
    assert not Queue.objects.exists()


def test_agents_of_a_queue_come_and_go(client: Client, alice: User, amir: User, queue: Queue) -> None:
    values = {f"level-{alice.pk}": "", f"level-{amir.pk}": "5"}
    assert client.post(f"/settings/queues/{queue.pk}/members/", values).status_code == 302
    assert list(queue.memberships.values_list("agent", "level")) == [(amir.pk, 5)]


def test_a_number_is_kept_as_the_switch_compares_it(client: Client, queue: Queue) -> None:
    values = {"number": "+36 (1) 555-0100", "language": "hu", "queue": queue.pk, "is_active": "on"}
    assert client.post("/settings/numbers/new/", values).status_code == 302
    assert Number.objects.get().dialled == "+3615550100"


def test_a_queue_that_a_number_leads_to_is_not_removed(client: Client, number: Number) -> None:
    response = client.post(f"/settings/queues/{number.queue_id}/removal/", follow=True)
    assert "still used elsewhere" in response.content.decode()
    assert Queue.objects.exists()


def test_words_have_names_in_every_language(client: Client) -> None:
    values = {
        "name": "Lunch",
        "name_hu": "Ebéd",
        "name_pl": "Obiad",
        "code": "lunch",
        "icon": "coffee",
        "rank": "0",
    }
    assert client.post("/settings/pauses/new/", {**values, "planned_seconds": "1800"}).status_code == 302
    assert PauseReason.objects.get().names == {"hu": "Ebéd", "pl": "Obiad"}
    outcome = {"name": "Solved", "code": "solved", "rank": "0"}
    assert client.post("/settings/dispositions/new/", outcome).status_code == 302
    assert Disposition.objects.get().names == {}


def test_the_secret_of_a_desk_phone_is_shown_once(client: Client, alice: User) -> None:
    values = {"user": alice.pk, "username": "desk-7", "label": "Window", "is_active": "on"}
    response = client.post("/settings/phones/new/", values)
    match = re.search(r'id="phone-secret">([^<]+)<', response.content.decode())
    assert match is not None
    device = SipDevice.objects.get()
    assert device.ha1_md5 == ha1("MD5", "desk-7", REALM, match[1])
    assert device.ha1_sha256 == ha1("SHA-256", "desk-7", REALM, match[1])
    assert response.headers["Cache-Control"] == "no-store"
    assert match[1] not in client.get(f"/settings/phones/{device.pk}/").content.decode()


def test_a_new_secret_makes_the_old_one_useless(client: Client, alice: User) -> None:
    device = SipDevice(user=alice, username="desk-7")
    old = device.renew_secret()
    device.save()
    client.post(f"/settings/phones/{device.pk}/secret/")
    device.refresh_from_db()
    assert device.ha1_md5 != ha1("MD5", "desk-7", REALM, old)


def test_desk_phones_and_the_switch_agree_on_the_realm() -> None:
    assert switch_process.REALM == REALM


def test_the_password_of_a_trunk_is_encrypted(client: Client) -> None:
    values = {
        "name": "telco",
        "kind": "registration",
        "host": "sip.telco.example",
        "port": "5060",
        "transport": "udp",
        "username": "hallom",
        "password": "s3cret words",
        "expires_seconds": "300",
        "is_active": "on",
    }
    assert client.post("/settings/trunks/new/", values).status_code == 302
    trunk = Trunk.objects.get()
    assert trunk.secret == "s3cret words"
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM calls_trunk")
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT to_jsonb(e)::text FROM calls_trunkevent e")
        audited = cursor.fetchone()[0]
    assert "s3cret" not in stored
    assert "s3cret" not in audited
    page = client.get(f"/settings/trunks/{trunk.pk}/").content.decode()
    assert "s3cret" not in page
    client.post(f"/settings/trunks/{trunk.pk}/", {**values, "password": ""})
    assert Trunk.objects.get().secret == "s3cret words"


@pytest.mark.parametrize(
    ("addresses", "kept"),
    [("192.0.2.10", ["192.0.2.10/32"]), ("192.0.2.7/28\n2001:db8::1", ["192.0.2.0/28", "2001:db8::1/128"])],
)
def test_a_trunk_is_known_by_its_networks(client: Client, addresses: str, kept: list[str]) -> None:
    values = {
        "name": "telco",
        "kind": "address",
        "port": "5060",
        "transport": "udp",
        "expires_seconds": "300",
    }
    assert client.post("/settings/trunks/new/", {**values, "addresses": addresses}).status_code == 302
    assert Trunk.objects.get().addresses == kept


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "address", "addresses": "telco.example"}, "is no address"),
        ({"kind": "address", "addresses": ""}, "Say which addresses"),
        ({"kind": "registration"}, "Needed to register"),
    ],
)
def test_a_trunk_that_cannot_work_is_refused_in_words(
    client: Client, values: dict[str, str], words: str
) -> None:
    common = {"name": "telco", "port": "5060", "transport": "udp", "expires_seconds": "300"}
    response = client.post("/settings/trunks/new/", {**common, **values})
    assert words in response.content.decode()
    assert not Trunk.objects.exists()


def test_a_greeting_is_a_text_or_a_recording(client: Client, tmp_path: Path) -> None:
    values = {"name": "Hello", "text_en": "Good day!", "sound_hu": upload(wav())}
    assert client.post("/settings/greetings/new/", values).status_code == 302
    greeting = Greeting.objects.get()
    texts = {text.language: text for text in greeting.texts.all()}
    assert texts["en"].text == "Good day!"
    assert texts["hu"].sound_seconds == pytest.approx(0.5, abs=0.01)
    with wave.open(str(tmp_path / "sounds" / texts["hu"].sound), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MP3 or whatever", "no WAV file"),
        (wav(rate=4000), "sampling rate"),
        (wav(seconds=0.001), "no sound"),
    ],
)
def test_a_wrong_sound_is_refused_in_words(client: Client, content: bytes, words: str) -> None:
    response = client.post("/settings/greetings/new/", {"name": "Hello", "sound_en": upload(content)})
    assert words in response.content.decode()
    assert not Greeting.objects.exists()


def test_a_greeting_without_words_is_refused(client: Client) -> None:
    response = client.post("/settings/greetings/new/", {"name": "Hello"})
    assert "at least one language" in response.content.decode()


def test_the_recording_of_a_greeting_can_be_dropped_for_its_text(client: Client) -> None:
    client.post("/settings/greetings/new/", {"name": "Hello", "sound_en": upload(wav()), "text_en": "Hi"})
    greeting = Greeting.objects.get()
    client.post(f"/settings/greetings/{greeting.pk}/", {"name": "Hello", "text_en": "Hi", "drop_en": "on"})
    assert greeting.texts.get().sound == ""


def test_a_greeting_can_be_heard_before_callers_hear_it(
    client: Client, bruno: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def spoken(text: str, language: str, folder: Path) -> Path:
        path = folder / f"{language}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(wav())
        return path

    monkeypatch.setattr(prompts, "synthesise", spoken)
    greeting = Greeting.objects.create(name="Hello")
    greeting.texts.create(language="pl", text="Dzień dobry!")
    response = client.get(f"/settings/greetings/{greeting.pk}/pl.wav")
    assert response.headers["Content-Type"] == "audio/wav"
    assert b"".join(response.streaming_content) == wav()  # type: ignore[attr-defined]
    assert client.get(f"/settings/greetings/{greeting.pk}/hu.wav").status_code == 404
    client.force_login(bruno)
    assert client.get(f"/settings/greetings/{greeting.pk}/pl.wav").status_code == 403


def test_changes_are_audited(client: Client, ada: User) -> None:
    client.post("/settings/queues/new/", QUEUE)
    queue = Queue.objects.get()
    client.post(f"/settings/queues/{queue.pk}/", {**QUEUE, "wrap_up_seconds": "45"})
    labels = list(queue.events.order_by("pgh_id").values_list("pgh_label", "wrap_up_seconds"))  # type: ignore[attr-defined]
    assert labels == [("insert", 30), ("update", 45)]


def test_a_trunks_form_says_beforehand_what_each_kind_needs(client: Client) -> None:
    page = client.get("/settings/trunks/new/").content.decode()
    said = re.findall(r'for="id_(\w+)">[^<]*<span class="optional">\((needed[^)]*)\)', page)
    assert {name for name, _when in said} == {"addresses", "host", "username"}
    for kind, needed in (("address", {"addresses", "host"}), ("registration", {"host", "username"})):
        refused = TrunkForm({"name": "t", "kind": kind, "port": "5060", "is_outgoing": "on"}).errors
        assert needed <= set(refused)
        assert set(refused) & {name for name, _when in said} == needed

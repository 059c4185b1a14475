from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from hallom.calls import snapshot
from hallom.calls.account_book import AccountBook, trunks
from hallom.calls.configuration import SUBSCRIBER
from hallom.calls.models import (
    Extension,
    Greeting,
    GreetingText,
    Number,
    PauseReason,
    Queue,
    QueueMember,
    SipDevice,
    Switchboard,
    Trunk,
)
from hallom.hours.models import Calendar, Opening
from hallom.sip.credentials import issue
from hallom.sip.digest import ha1
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.staff.models import UserLanguage
from hallom.switch.destination import Destination

KEY = b"k" * 32
pytestmark = pytest.mark.django_db


def speak(text: str, language: str, folder: Path) -> Path:
    return folder / language / f"{text}.wav"


@pytest.fixture
def data(settings: Any, tmp_path: Path) -> Path:
    settings.HALLOM_DATA = tmp_path
    settings.HALLOM_MEDIA_WORKERS = 2
    return tmp_path


def user(name: str) -> Any:
    return get_user_model().objects.create(username=name, full_name=name.title())


def test_a_number_leads_to_its_queue_with_its_greeting(data: Path) -> None:
    greeting = Greeting.objects.create(name="Welcome")
    GreetingText.objects.create(greeting=greeting, language="hu", text="Jó napot")
    queue = Queue.objects.create(name="Bills", offer_seconds=15, announcement_seconds=30)
    number = Number.objects.create(number="+36 1 555 0100", queue=queue, greeting=greeting, language="hu")
    config = snapshot.load(speak)
    found = config.number_of("+3615550100")
    assert found is not None
    assert (found.id, found.queue, found.language, found.record) == (number.pk, queue.pk, "hu", True)
    assert found.greeting == (str(data / "sounds" / "hu" / "Jó napot.wav"),)
    loaded = config.queues[queue.pk]
    assert (loaded.offer_seconds, loaded.announce_seconds) == (15.0, 30.0)
    assert "3." in loaded.position_prompt("hu", 3)[0]
    assert loaded.position_prompt("hu", 99) == loaded.position_prompt("hu", 0)
    assert config.media_workers == ("media-0", "media-1")


def test_an_uploaded_sound_goes_before_the_text_and_one_that_has_gone_does_not(data: Path) -> None:
    greeting = Greeting.objects.create(name="Welcome")
    text = GreetingText.objects.create(greeting=greeting, language="en", text="Hello", sound="hello.wav")
    Number.objects.create(
        number="100", queue=Queue.objects.create(name="Q"), greeting=greeting, language="en"
    )
    assert snapshot.load(speak).numbers["100"].greeting == (str(data / "sounds" / "en" / "Hello.wav"),)
    (data / "sounds").mkdir()
    (data / "sounds" / "hello.wav").write_bytes(b"RIFF")
    assert snapshot.load(speak).numbers["100"].greeting == (str(data / "sounds" / "hello.wav"),)
    text.sound = "../../etc/passwd"
    text.save()
    assert snapshot.load(speak).numbers["100"].greeting == (str(data / "sounds" / "en" / "Hello.wav"),)


def test_opening_hours_become_values(data: Path) -> None:
    calendar = Calendar.objects.create(name="Office", zone="Europe/Budapest", country="")
    Opening.objects.create(calendar=calendar, weekday=0, opens=time(8), closes=time(16))
    Number.objects.create(number="100", queue=Queue.objects.create(name="Q"), calendar=calendar)
    hours = snapshot.load(speak).numbers["100"].hours
    monday_noon_in_budapest = 1_763_982_000.0
    assert hours.is_open(monday_noon_in_budapest)
    assert not hours.is_open(monday_noon_in_budapest + 6 * 3600)


def test_agents_have_their_queues_levels_and_languages(data: Path) -> None:
    alice, queue = user("alice"), Queue.objects.create(name="Q")
    QueueMember.objects.create(queue=queue, agent=alice, level=5)
    UserLanguage.objects.create(user=alice, language="pl")
    user("nobody")
    agents = snapshot.load(speak).agents
    assert list(agents) == [alice.pk]
    agent = agents[alice.pk]
    assert (agent.name, agent.aor, agent.queues, agent.languages) == (
        "Alice",
        f"agent-{alice.pk}",
        {queue.pk: 5},
        frozenset({"pl"}),
    )


def test_what_is_switched_off_is_not_there(data: Path) -> None:
    queue = Queue.objects.create(name="Q")
    Number.objects.create(number="100", queue=queue, is_active=False)
    PauseReason.objects.create(code="lunch", name="Lunch")
    PauseReason.objects.create(code="golf", name="Golf", is_active=False)
    config = snapshot.load(speak)
    assert config.numbers == {}
    assert "lunch" in config.pause_reasons
    assert "golf" not in config.pause_reasons


def book() -> AccountBook:
    return AccountBook(snapshot.load_directory(), KEY)


def test_a_desk_phone_is_known_by_its_digests(data: Path) -> None:
    alice = user("alice")
    device = SipDevice(user=alice, username="desk-1")
    secret = device.renew_secret("hallom")
    device.save()
    found = book().secret_of("desk-1", "hallom", 0.0)
    assert found is not None
    assert (found.aor, found.ha1_md5) == (f"agent-{alice.pk}", ha1("MD5", "desk-1", "hallom", secret))
    assert found.ha1_sha256 == ha1("SHA-256", "desk-1", "hallom", secret)
    assert book().secret_of("desk-1", "elsewhere", 0.0) is None
    assert book().secret_of("desk-2", "hallom", 0.0) is None


def test_a_browser_phone_is_known_until_its_credentials_expire(data: Path) -> None:
    alice = user("alice")
    credentials = issue(KEY, alice.pk, 1_000.0)
    found = book().secret_of(credentials.username, "hallom", 999.0)
    assert found is not None
    assert found.aor == f"agent-{alice.pk}"
    assert book().secret_of(credentials.username, "hallom", 1_001.0) is None


def test_a_browser_phone_s_credentials_die_with_the_sessions_and_with_the_user(data: Path, ada: Any) -> None:
    alice = user("alice")
    old = issue(KEY, alice.pk, 1_000.0).username
    alice.end_sessions(by=ada, now=timezone.now())
    assert book().secret_of(old, "hallom", 0.0) is None
    new = issue(KEY, alice.pk, 1_000.0, epoch=alice.session_epoch).username
    assert book().secret_of(new, "hallom", 0.0) is not None
    alice.deactivate(by=ada, now=timezone.now())
    last = issue(KEY, alice.pk, 1_000.0, epoch=alice.session_epoch).username
    assert [book().secret_of(name, "hallom", 0.0) for name in (new, last)] == [None, None]
    assert book().secret_of(issue(KEY, alice.pk + 1_000, 1_000.0).username, "hallom", 0.0) is None


def test_the_switch_hears_when_credentials_are_revoked() -> None:
    kinds = ("staff.sessions_ended", "staff.deactivated", "staff.reactivated", "staff.changed")
    assert all(SUBSCRIBER.wants(kind) for kind in kinds)


def test_the_practice_caller_is_nobody_s_phone(data: Path) -> None:
    found = book().secret_of(issue(KEY, 0, 1_000.0).username, "hallom", 999.0)
    assert found is not None
    assert found.aor == "practice"


def request(method: str) -> Request:
    return Request(method, "sip:100@hallom", {})


def test_a_trunk_is_known_by_its_network_but_not_when_it_registers(data: Path) -> None:
    Trunk.objects.create(name="carrier", addresses=["192.0.2.0/28", "2001:db8::/64"])
    accounts = book()
    peer = accounts.peer_of(Flow("udp", "192.0.2.7", 5060), request("INVITE"))
    assert peer is not None
    assert (peer.kind, peer.name) == ("trunk", "carrier")
    assert accounts.peer_of(Flow("udp", "2001:db8::1", 5060), request("INVITE")) is not None
    assert accounts.peer_of(Flow("udp", "192.0.2.16", 5060), request("INVITE")) is None
    assert accounts.peer_of(Flow("udp", "192.0.2.7", 5060), request("REGISTER")) is None
    assert accounts.peer_of(Flow("ws", "192.0.2.7", 5060), request("INVITE")) is None


def test_only_trunks_of_the_kind_are_registered_with(data: Path, monkeypatch: Any) -> None:
    from cryptography.fernet import Fernet, MultiFernet

    monkeypatch.setattr(
        "hallom.storage.secret_field.cipher", lambda: MultiFernet([Fernet(Fernet.generate_key())])
    )
    Trunk.objects.create(name="known", addresses=["192.0.2.1"])
    Trunk.objects.create(
        name="carrier", kind="registration", host="sip.example.net", username="u", transport="tcp"
    )
    (trunk,) = trunks(snapshot.load_directory())
    assert trunk.registrar.uri == "sip:sip.example.net:5060;transport=tcp"
    assert trunk.aor == "sip:u@sip.example.net"


def test_calls_come_from_the_server_where_we_register(data: Path, monkeypatch: Any) -> None:
    found = {"sip.example.net": ["198.51.100.9", "198.51.100.2"]}

    def look_up(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        if host not in found:
            raise OSError(host)
        return [(2, 2, 17, "", (address, 0)) for address in found[host]]

    monkeypatch.setattr("hallom.calls.snapshot.socket.getaddrinfo", look_up)
    for name in ("sip.example.net", "gone.example.net"):
        Trunk.objects.create(name=name.partition(".")[0], kind="registration", host=name, username="u")
    accounts = book()
    peer = accounts.peer_of(Flow("udp", "198.51.100.9", 5060), request("INVITE"))
    assert peer is not None
    assert peer.name == "sip"
    assert accounts.peer_of(Flow("udp", "198.51.100.3", 5060), request("INVITE")) is None
    flows = {trunk.name: trunk.registrar.flow for trunk in trunks(accounts.directory)}
    assert flows == {"sip": Flow("udp", "198.51.100.2", 5060)}


def test_extensions_lead_to_people_and_queues_and_may_have_a_time_of_their_own(data: Path) -> None:
    anna, gone = user("anna"), user("gone")
    get_user_model().objects.filter(pk=gone.pk).update(is_active=False)
    queue = Queue.objects.create(name="Bills")
    Extension.objects.create(number="2114", user=anna, ring_seconds=35)
    Extension.objects.create(number="2199", user=gone)
    Extension.objects.create(number="2100", queue=queue, ring_seconds=90)
    Extension.objects.create(number="2101", queue=queue, is_active=False)
    config = snapshot.load(speak)
    assert config.extensions == {"2114": anna.pk}
    assert config.queue_extensions == {"2100": queue.pk}
    seconds = {to: config.seconds_for(Destination.parse(to)) for to in ("extension:2114", f"agent:{anna.pk}")}
    assert seconds == {"extension:2114": 35.0, f"agent:{anna.pk}": 35.0}
    assert config.seconds_for(Destination.parse(f"queue:{queue.pk}")) == 90.0
    assert anna.pk in config.agents


def test_what_the_switchboard_says_about_sending_on_reaches_the_switch(data: Path) -> None:
    queue = Queue.objects.create(name="Switchboard")
    assert snapshot.load(speak).switchboard is None
    Switchboard.objects.create(
        pk=1,
        queue=queue,
        person_seconds=25,
        outside_seconds=50,
        queue_seconds=70,
        places=7,
        hold_seconds=0,
        promise_minutes=60,
    )
    config = snapshot.load(speak)
    assert (config.switchboard, config.places, config.hold_seconds) == (queue.pk, 7, 0.0)
    assert config.seconds_for(Destination.parse("agent:1")) == 25.0
    assert config.seconds_for(Destination.parse("outside:+3612345678")) == 50.0
    assert config.seconds_for(Destination.parse("queue:1")) == 70.0
    assert config.seconds_for(Destination.parse("greeting:+3615550100")) == 70.0
    assert config.promise_seconds == 3600.0
    queue.is_active = False
    queue.save()
    assert snapshot.load(speak).switchboard is None


def test_a_transferred_caller_hears_ringing_when_there_is_a_sound_of_it(data: Path) -> None:
    assert snapshot.load(speak).ringback == ()
    (data / "sounds").mkdir()
    (data / "sounds" / "ringback.wav").write_bytes(b"RIFF")
    assert snapshot.load(speak).ringback == (str(data / "sounds" / "ringback.wav"),)

"""The telephone's set-up as one value for the switch: numbers, queues, agents, sounds, and who may register or call."""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Prefetch, Q
from django.utils import timezone

from hallom.calls import closing, models, toll_rules
from hallom.calls.announcements import QUEUE_FULL, position_texts
from hallom.calls.directory import Device, Directory, Line, aor_of
from hallom.calls.extensions import house_extensions, transfer_seconds
from hallom.calls.opening import hours_value
from hallom.flow.hours import ALWAYS, Hours
from hallom.media.dtmf import KEY_SOUNDS
from hallom.switch.config import Agent, Config, Files, Number, Queue

log = structlog.get_logger(__name__)
Synthesise = Callable[[str, str, Path], Path]


def load(synthesise: Synthesise | None = None) -> Config:
    """Blocks: asks the database, and has prompts spoken that are not in the cache yet."""
    data = Path(settings.HALLOM_DATA)
    if synthesise is None:
        # Brings numpy along, which only what speaks needs.
        from hallom.media.aio import prompts

        prompts.ensure_tones(data / "sounds")
        synthesise = prompts.synthesise
    return _Snapshot(data, synthesise, timezone.now()).config()


def load_directory() -> Directory:
    devices = models.SipDevice.objects.filter(is_active=True, user__is_active=True)
    return Directory(
        {
            device.username: Device(device.realm, device.ha1_md5, device.ha1_sha256, aor_of(device.user_id))
            for device in devices
        },
        tuple(_line(trunk) for trunk in models.Trunk.objects.filter(is_active=True)),
        dict(get_user_model().objects.filter(is_active=True).values_list("pk", "session_epoch")),
    )


def worker_names() -> tuple[str, ...]:
    return tuple(f"media-{number}" for number in range(settings.HALLOM_MEDIA_WORKERS))


class _Snapshot:
    def __init__(self, data: Path, synthesise: Synthesise, now: datetime) -> None:
        self.sounds = data / "sounds"
        self.recordings = data / "recordings"
        self.synthesise = synthesise
        self.now = now
        self.closed = closing.closures_by_number(now)

    def config(self) -> Config:
        numbers = list(self._numbers())
        extensions = list(house_extensions())
        board = models.Switchboard.of_house()
        queue = board.queue if board.queue and board.queue.is_active else None
        languages = {number.language for number in numbers}
        return Config(
            numbers={number.dialled: self._number(number) for number in numbers},
            queues={queue.pk: self._queue(queue, languages) for queue in models.Queue.objects.all()},
            agents={agent.id: agent for agent in self._agents()},
            pause_reasons=frozenset(
                models.PauseReason.objects.filter(is_active=True).values_list("code", flat=True)
            ),
            media_workers=worker_names(),
            music=(str(self.sounds / "music.wav"),),
            recordings=str(self.recordings),
            domain=settings.HALLOM_SIP_HOST,
            switchboard=queue.pk if queue else None,
            extensions={one.number: one.user_id for one in extensions if one.user_id},
            queue_extensions={one.number: one.queue_id for one in extensions if one.queue_id},
            ringback=self._sound("ringback.wav"),
            transfer_seconds=transfer_seconds(board, extensions),
            return_seconds=float(board.return_seconds),
            places=board.places,
            hold_seconds=float(board.hold_seconds),
            promise_seconds=board.promise_minutes * 60.0,
            warning=self._sound("beep.wav"),
            keys={digit: str(self.sounds / f"{name}.wav") for digit, name in KEY_SOUNDS.items()},
            rules=toll_rules.load(self.now, extensions=[one.number for one in extensions]),
        )

    def _numbers(self) -> Iterable[models.Number]:
        return (
            models.Number.objects.filter(is_active=True, queue__is_active=True)
            .select_related("greeting", "closed_greeting", "calendar")
            .prefetch_related(
                "greeting__texts", "closed_greeting__texts", "calendar__openings", "calendar__exceptions"
            )
        )

    def _number(self, number: models.Number) -> Number:
        return Number(
            id=number.pk,
            number=number.number,
            language=number.language,
            queue=number.queue_id,
            greeting=self._greeting(number.greeting, number.language),
            closed_greeting=self._greeting(number.closed_greeting, number.language),
            hours=self._hours(number),
            record=number.is_recorded,
        )

    def _hours(self, number: models.Number) -> Hours:
        hours = closing.hours_of(number, self.now)
        if number.pk in self.closed:
            return hours_value(closing.closed_until(hours, self.now, self.closed[number.pk]))
        return ALWAYS if number.calendar is None else hours_value(hours)

    def _queue(self, queue: models.Queue, languages: set[str]) -> Queue:
        return Queue(
            id=queue.pk,
            name=queue.name,
            music=self._sound(queue.music),
            position_prompts={
                language: {
                    position: (self._say(text, language),)
                    for position, text in position_texts(language).items()
                }
                for language in languages
                if queue.announcement_seconds
            },
            full_prompt={
                language: (self._say(QUEUE_FULL[language], language),)
                for language in languages & QUEUE_FULL.keys()
            },
            announce_seconds=float(queue.announcement_seconds),
            listening_told=queue.announce_listening,
            listening_tone=self._sound("beep.wav"),
            offer_seconds=float(queue.offer_seconds),
            wrap_up_seconds=float(queue.wrap_up_seconds),
            service_level_seconds=float(queue.service_level_seconds),
            max_waiting=queue.max_waiting,
        )

    def _agents(self) -> Iterable[Agent]:
        memberships = Prefetch("queue_memberships", models.QueueMember.objects.filter(queue__is_active=True))
        users = (
            get_user_model()
            .objects.filter(is_active=True)
            .filter(
                Q(queue_memberships__isnull=False)
                | Q(sip_devices__isnull=False)
                | Q(extensions__is_active=True)
                | Q(roles__role__in=("agent", "attendant", "supervisor"))
            )
            .distinct()
            .prefetch_related(memberships, "languages", "user_skills__skill")
        )
        for user in users:
            yield Agent(
                id=user.pk,
                name=str(user),
                aor=aor_of(user.pk),
                queues={member.queue_id: member.level for member in user.queue_memberships.all()},
                languages=frozenset(spoken.language for spoken in user.languages.all()),
                skills={held.skill.name: held.level for held in user.user_skills.all()},
            )

    def _greeting(self, greeting: models.Greeting | None, language: str) -> Files:
        text = None if greeting is None else greeting.in_language(language)
        if text is None:
            return ()
        return self._sound(text.sound) or (self._say(text.text, text.language),)

    def _sound(self, name: str) -> Files:
        """An uploaded sound; one whose file has gone is passed over so that the text is read out instead."""
        path = (self.sounds / name).resolve()
        is_inside = path.is_relative_to(self.sounds.resolve())
        return (str(path),) if name and is_inside and path.is_file() else ()

    def _say(self, text: str, language: str) -> str:
        return str(self.synthesise(text, language, self.sounds))


def _line(trunk: models.Trunk) -> Line:
    registers = trunk.kind == models.Trunk.Kind.REGISTRATION
    host = trunk.host or _only_address(trunk.addresses)
    server = _addresses_of(host) if host and (registers or trunk.is_outgoing) else []
    # Where we register, calls come from: a company that has told no addresses calls from its server.
    known = (*trunk.addresses, *server) if registers else trunk.addresses
    return Line(
        name=trunk.name,
        networks=tuple(ipaddress.ip_network(one, strict=False) for one in known),
        host=host,
        port=trunk.port,
        transport=trunk.transport,
        username=trunk.username,
        secret=trunk.secret,
        expires_seconds=trunk.expires_seconds,
        registers=registers,
        address=server[0] if server else "",
        is_outgoing=trunk.is_outgoing and bool(host),
        rank=trunk.rank,
        calls_most=trunk.calls_most,
        is_probed=trunk.is_probed,
    )


def _only_address(networks: Sequence[str]) -> str:
    """Where calls go to a trunk that has only told where its calls come from: empty for a whole network."""
    for one in networks:
        network = ipaddress.ip_network(one, strict=False)
        if network.num_addresses == 1:
            return str(network.network_address)
    return ""


def _addresses_of(host: str) -> list[str]:
    """Looked up here, where it may block; the same order each time, so that nothing changes without cause."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        log.warning("trunk.server_not_found")
        return []
    addresses = {ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found}
    return [str(one) for one in sorted(addresses, key=lambda one: (one.version, one.packed))]

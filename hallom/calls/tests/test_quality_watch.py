import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from hallom.calls import quality_watch
from hallom.calls.models import LiveQuality
from hallom.calls.quality_watch import Ear


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "media-0.sock"))
        listening.listen()
        yield listening


def told(leg: str, mos: float) -> bytes:
    return json.dumps({"event": "quality", "leg": leg, "mos": mos, "loss": 0.01}).encode() + b"\n"


def test_events_are_heard_whole_however_they_come(worker: socket.socket, tmp_path: Path) -> None:
    ear = Ear(tmp_path / "media-0.sock")
    assert ear.listen()
    connection, _ = worker.accept()
    with connection:
        whole = (
            b'{"event": "leg.up", "leg": "x"}\nno json "quality"\n'
            + told("call-1", 4.2)
            + told("call-2", 3.0)
        )
        connection.sendall(whole[:-9])
        assert [event["leg"] for event in ear.hear()] == ["call-1"]
        assert ear.hear() == []
        connection.sendall(whole[-9:])
        assert [(event["leg"], event["mos"]) for event in ear.hear()] == [("call-2", 3.0)]
    assert ear.hear() == []
    assert ear.socket is None


def test_a_worker_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    assert not Ear(tmp_path / "nobody.sock").listen()
    stop = threading.Event()
    stop.set()
    is_ready = threading.Event()
    quality_watch.run(stop, is_ready.set)
    assert is_ready.is_set()


@pytest.mark.django_db
def test_the_newest_is_kept_and_what_is_gone_is_forgotten() -> None:
    now = timezone.now()
    quality_watch.keep([{"leg": "old-1", "mos": 4.0}], now - timedelta(minutes=6))
    quality_watch.keep([{"leg": "call-1", "mos": 4.0, "round_trip_ms": None}], now - timedelta(seconds=5))
    quality_watch.keep([{"leg": "call-1", "mos": 3.1, "round_trip_ms": 40}], now)
    (kept,) = LiveQuality.objects.all()
    assert (kept.leg, kept.mos, kept.round_trip_ms, kept.at) == ("call-1", 3.1, 40.0, now)

"""Sounds that were uploaded are deleted when nothing has played them for a day and a half."""

from __future__ import annotations

import io
import wave
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from hallom.calls import unused_sounds
from hallom.calls.models import Greeting, GreetingText, Queue
from hallom.calls.setup.forms import SoundField

pytestmark = pytest.mark.django_db
NIGHT = timedelta(days=1)


def sound(folder: Path, name: str, at: datetime) -> Path:
    path = folder / name
    path.write_bytes(b"RIFF")
    unused_sounds.in_use_at(path, at)
    return path


def test_what_no_greeting_says_and_no_queue_plays_goes(now: datetime, tmp_path: Path) -> None:
    spoken, played, refused, own = (
        sound(tmp_path, name, now)
        for name in ("upload-a.wav", "upload-b.wav", "upload-c.wav", "speech-en-1.wav")
    )
    greeting = Greeting.objects.create(name="Main line")
    GreetingText.objects.create(greeting=greeting, language="en", sound=spoken.name)
    Queue.objects.create(name="Billing", music=played.name)
    assert unused_sounds.remove(tmp_path, now + NIGHT) == 0
    assert unused_sounds.remove(tmp_path, now + 2 * NIGHT) == 1
    assert [path.exists() for path in (spoken, played, refused, own)] == [True, True, False, True]


def test_what_was_played_last_night_is_kept_for_whoever_still_hears_it(now: datetime, tmp_path: Path) -> None:
    old = sound(tmp_path, "upload-a.wav", now - 99 * NIGHT)
    queue = Queue.objects.create(name="Billing", music=old.name)
    assert unused_sounds.remove(tmp_path, now) == 0
    Queue.objects.filter(pk=queue.pk).update(music="")
    assert unused_sounds.remove(tmp_path, now + NIGHT) == 0
    assert unused_sounds.remove(tmp_path, now + 2 * NIGHT) == 1


def test_the_same_upload_again_has_its_time_again(now: datetime, tmp_path: Path, settings: Any) -> None:
    settings.HALLOM_DATA = tmp_path
    name = SoundField().clean(SimpleUploadedFile("a.wav", wav()))
    unused_sounds.in_use_at(tmp_path / "sounds" / name, now - 99 * NIGHT)
    assert SoundField().clean(SimpleUploadedFile("a.wav", wav())) == name
    assert unused_sounds.remove(tmp_path / "sounds", timezone.now() + NIGHT) == 0


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\1\0" * 800)
    return out.getvalue()

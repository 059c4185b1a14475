"""Tones, spoken prompts and uploads."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from hallom.media.aio import prompts
from hallom.media.aio.player import Player, SoundCache, SoundError, choirs_of, read_sound
from hallom.media.resample import resample
from hallom.media.tests.endpoint import loudest, tone


def wav(samples: np.ndarray, rate: int, *, channels: int = 1, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def sine(frequency: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate)


def test_tones_are_made_once_and_are_what_they_are_called(tmp_path: Path) -> None:
    paths = prompts.ensure_tones(tmp_path)
    keys = {f"key-{digit}" for digit in (*"0123456789ABCD", "star", "hash")}
    assert set(paths) == {"ringback", "busy", "beep", "music", "comfort"} | keys
    sounds = {name: read_sound(path) for name, path in paths.items()}
    assert [round(f) for f in loudest(sounds["ringback"][:8000])] == [425]
    assert not sounds["ringback"][8000:].any()
    assert [round(f, -1) for f in loudest(sounds["beep"])] == [1000]
    assert sorted(round(f, -1) for f in loudest(sounds["key-hash"], 2)) == [940, 1480]
    assert sounds["music"].size > 30 * 8000
    assert np.sqrt((sounds["music"].astype(float) ** 2).mean()) > 1000
    assert np.abs(sounds["music"].astype(int)).max() < 20000
    before = paths["music"].stat().st_mtime_ns
    prompts.ensure_tones(tmp_path)
    assert paths["music"].stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hu", "Jó napot kívánok! Kérem, tartsa a vonalat."),
        ("pl", "Dzień dobry! Proszę czekać na linii."),
        ("en", "Good morning! Please hold the line."),
    ],
)
def test_a_text_is_spoken_in_each_language_and_kept(language: str, text: str, tmp_path: Path) -> None:
    path = prompts.synthesise(text, language, tmp_path)
    spoken = read_sound(path)
    assert 8000 < spoken.size < 8 * 8000
    assert 15000 < np.abs(spoken.astype(int)).max() < 17000
    before = path.stat().st_mtime_ns
    assert prompts.synthesise(f"  {text} ", language, tmp_path) == path
    assert path.stat().st_mtime_ns == before
    assert prompts.synthesise(text + " 2", language, tmp_path) != path


def test_what_cannot_be_spoken_is_refused(tmp_path: Path) -> None:
    for text, language in (("hello", "tlh"), ("", "en"), ("  \n", "en"), ("x" * 2001, "en")):
        with pytest.raises(prompts.SpeechError):
            prompts.synthesise(text, language, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_crash_of_the_speaker_is_an_error_here_and_nothing_more(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(prompts.sys, "executable", "/bin/false")
    with pytest.raises(prompts.SpeechError, match="ended with 1"):
        prompts.synthesise("hello", "en", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
def test_resampling_keeps_the_tone_and_adds_none(rate: int) -> None:
    result = resample(sine(1000, rate).astype(np.float32), rate)
    expected = sine(1000, 8000)[: result.size]
    assert abs(result.size - 8000) <= 1
    assert np.abs(result - expected)[200:-200].max() < 0.001


def test_what_a_telephone_cannot_carry_is_filtered_not_folded() -> None:
    result = resample(sine(6000, 44100).astype(np.float32), 44100)
    assert np.abs(result[200:-200]).max() < 0.001


@pytest.mark.parametrize(
    ("width", "scale", "kind"), [(1, 127, "u1"), (2, 32767, "<i2"), (4, 2**31 - 1, "<i4")]
)
def test_uploads_of_any_width_and_rate_become_telephone_sound(width, scale, kind, tmp_path: Path) -> None:
    both = np.repeat(sine(1000, 44100), 2) * scale + (128 if width == 1 else 0)
    path = prompts.normalise_upload(wav(both.astype(kind), 44100, channels=2, width=width), tmp_path)
    sound = read_sound(path)
    assert sound.size == 8000
    assert [round(f, -1) for f in loudest(sound)] == [1000]
    assert np.abs(sound.astype(int)).max() == pytest.approx(16384, rel=0.02)


def test_24_bit_uploads_are_understood(tmp_path: Path) -> None:
    words = (sine(1000, 48000) * (2**31 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:]
    path = prompts.normalise_upload(wav(np.ascontiguousarray(words), 48000, width=3), tmp_path)
    assert [round(f, -1) for f in loudest(read_sound(path))] == [1000]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_wav"),
        (b"ID3 an mp3 file, really", "not_wav"),
        (wav(np.zeros(8000, np.int16), 8000)[:30], "not_wav"),
        (wav(np.zeros(10, np.int16), 8000), "empty"),
        (wav(np.zeros(8000, np.int16), 4000), "unusual_format"),
        (wav(np.zeros(8000 * 901, np.uint8), 8000, width=1), "too_long"),
    ],
)
def test_what_is_no_usable_sound_is_refused_with_a_reason(data: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(prompts.UploadError) as refusal:
        prompts.normalise_upload(data, tmp_path)
    assert refusal.value.code == code
    assert not list(tmp_path.iterdir())


def test_too_large_an_upload_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(prompts, "MAXIMUM_UPLOAD_BYTES", 1000)
    with pytest.raises(prompts.UploadError) as refusal:
        prompts.normalise_upload(bytes(1001), tmp_path)
    assert refusal.value.code == "too_large"


def test_players_of_one_sound_are_read_together_at_their_own_places() -> None:
    sound = np.arange(1000, dtype=np.int16)
    ahead, behind = (Player(name, (), sound, loops=True) for name in ("ahead", "behind"))
    once = Player("once", (), sound, loops=False)
    ahead.position = 900
    heard = {name: [] for name in ("ahead", "behind", "once")}
    (choir,) = choirs_of([ahead, behind, once])
    for tick in range(8):
        if tick in (3, 5):
            choir.settle()
            (choir,) = choirs_of([ahead, behind, once])
        rows = choir.read()
        for name, row in zip(heard, rows, strict=True):
            heard[name].append(row.copy())
        assert choir.has_finished == (tick >= 6)
    expected = np.arange(8 * 160) % 1000
    assert np.concatenate(heard["ahead"]).tolist() == ((expected + 900) % 1000).tolist()
    assert np.concatenate(heard["behind"]).tolist() == expected.tolist()
    assert np.concatenate(heard["once"])[:1120].tolist() == [*range(1000), *[0] * 120]
    assert once.is_done


def test_the_cache_notices_a_changed_file_and_refuses_strange_ones(tmp_path: Path) -> None:
    cache = SoundCache()
    path = tmp_path / "prompt.wav"
    prompts.write_sound(path, tone(500, 8000))
    first = cache.get([path])
    assert cache.get([path]) is first
    assert cache.get([path, path]).size == 16000
    prompts.write_sound(path, tone(600, 4000))
    os.utime(path, ns=(1, 1))
    assert cache.get([path]).size == 4000
    path.write_bytes(b"RIFF but not really")
    with pytest.raises(SoundError, match="not a WAV"):
        cache.get([path])
    path.write_bytes(wav(np.zeros(8000, np.int16), 16000))
    with pytest.raises(SoundError, match="not 8 kHz mono 16 bit"):
        cache.get([path])

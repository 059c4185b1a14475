"""Stereo recordings, the customer left and the agent right, written by a thread and readable at any moment."""

from __future__ import annotations

import os
import queue
import secrets
import struct
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import structlog

from hallom.media.g711 import RATE

logger = structlog.get_logger(__name__)

FRAME_BYTES = 4
"""Two channels of 16 bits."""
HEADER_BYTES = 44
FLUSH_TICKS = 10
"""0.2 s: what a crash can cost at most. 0.4 s would save 0.004 % of a core for each call and cost 5 KiB of memory."""
PARTS_AT_ONCE = 1024
"""As many as Linux takes in one call (IOV_MAX)."""
QUEUE_CHUNKS = 20_000
"""Writes that may wait for a slow disk: 128 MB, then recordings fail and the calls go on."""
MAXIMUM_BYTES = 0xFFFFFFFF - HEADER_BYTES
"""RIFF counts in 32 bits: 37 hours."""
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


def wav_header(data_bytes: int) -> bytes:
    """Header of a stereo 16-bit 8 kHz WAV with `data_bytes` of samples."""
    rate = RATE * FRAME_BYTES
    form = (16, 1, 2, RATE, rate, FRAME_BYTES, 16)
    return _HEADER.pack(b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", *form, b"data", data_bytes)


class RecordingFile:
    """One file; after each write its header tells the true length, so a crash leaves it readable."""

    __slots__ = ("_bytes", "_descriptor")

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A recording is never written over: a second worker that takes a call on gets a file of its own.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._bytes = 0
        os.pwrite(self._descriptor, wav_header(0), 0)

    def append(self, parts: Sequence[bytes]) -> None:
        """Parts as they are: put together first, those of a tick took as much memory once more."""
        size = sum(map(len, parts))
        if self._bytes + size > MAXIMUM_BYTES:
            raise OSError("a WAV file cannot be longer than 37 hours")
        start = HEADER_BYTES + self._bytes
        written = os.pwritev(self._descriptor, parts[:PARTS_AT_ONCE], start) if parts else 0
        if written < size:
            self._append_rest(b"".join(parts)[written:], start + written)
        self._bytes += size
        os.pwrite(self._descriptor, wav_header(self._bytes), 0)

    def _append_rest(self, data: bytes, position: int) -> None:
        """After a write that was cut short (a disk that becomes full says so at the next)."""
        while data:
            written = os.pwrite(self._descriptor, data, position)
            data, position = data[written:], position + written

    def close(self) -> None:
        os.close(self._descriptor)


@dataclass(slots=True)
class _Work:
    recorder: Recorder
    parts: list[bytes]
    done: Future[None] | None = None


class Recorder:
    """Keeps a frame of both channels a tick until it is written; while paused the mixer gives silence, so that time goes on."""

    __slots__ = (
        "_parts", "_ticks_before", "_writer", "file", "has_failed", "is_paused", "left", "name", "path", "phase", "right",
    )  # fmt: skip

    def __init__(self, name: str, path: Path, writer: RecordingWriter) -> None:
        self.name = name
        # As text: a path keeps its parts as well, 250 bytes.
        self.path = str(path)
        self.left: tuple[str, ...] = ()
        self.right: tuple[str, ...] = ()
        self.is_paused = False
        self.has_failed = False
        self.file: RecordingFile | None = None
        # Recordings that began together need not all be written in the same tick.
        self.phase = secrets.randbelow(FLUSH_TICKS)
        self._parts: list[bytes] = []
        self._ticks_before = 0
        self._writer = writer

    @property
    def seconds(self) -> float:
        return (self._ticks_before + len(self._parts)) / 50

    @property
    def put(self) -> Callable[[bytes], None]:
        """What takes a frame: the mixer keeps it, as it calls it for each recording in each tick."""
        return self._parts.append

    def flush(self) -> None:
        """Hands over what came since the last time."""
        if self._parts:
            self._hand_over(None)

    def stop(self) -> Future[None]:
        """Done when the file is complete on disk."""
        done: Future[None] = Future()
        self._hand_over(done)
        return done

    def _hand_over(self, done: Future[None] | None) -> None:
        parts = self._parts.copy()
        self._ticks_before += len(parts)
        # The list stays: the mixer holds its `append`.
        self._parts.clear()
        self._writer.write(_Work(self, parts, done))


class RecordingWriter:
    """The thread that writes all recordings of a worker: the mixer never waits for a disk."""

    def __init__(self, on_failure: Callable[[Recorder, str], None]) -> None:
        self._on_failure = on_failure
        self._queue: queue.Queue[_Work | None] = queue.Queue(QUEUE_CHUNKS)
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
        self._thread.start()

    def write(self, work: _Work) -> None:
        """`on_failure` is called from here or from the thread when it cannot be written."""
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            self._fail(work.recorder, "the disk is too slow")
            if work.done is not None:
                work.done.set_result(None)

    def close(self) -> None:
        """Waits until everything handed over is written."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                self._carry_out(work)
            except OSError as error:
                self._fail(work.recorder, error.strerror or str(error))
            if work.done is not None:
                self._finish(work.recorder, work.done)

    def _carry_out(self, work: _Work) -> None:
        recorder = work.recorder
        if recorder.has_failed:
            return
        if recorder.file is None:
            recorder.file = RecordingFile(Path(recorder.path))
        if work.parts:
            recorder.file.append(work.parts)

    def _finish(self, recorder: Recorder, done: Future[None]) -> None:
        if recorder.file is not None:
            recorder.file.close()
            recorder.file = None
        done.set_result(None)

    def _fail(self, recorder: Recorder, reason: str) -> None:
        if not recorder.has_failed:
            recorder.has_failed = True
            logger.error("media.recording_failed", recorder=recorder.name, reason=reason)
            self._on_failure(recorder, reason)


def free_path(path: Path) -> Path:
    """`path`, or the same with a number when it is taken (a recording that is taken up again)."""
    number = 2
    candidate = path
    while candidate.exists():
        candidate = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return candidate

"""Mail of unusual size or shape is parsed in a process that may use 3 s of CPU and 200 MB, and no more.

The one file here that is not pure: it starts a process, which stays for the next such mail.
"""

import atexit
import io
import os
import pickle
import resource
import select
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from hallom.mail.parse.headers import END
from hallom.mail.parse.limits import (
    MAX_RAW,
    ORDINARY_DELIMITERS,
    ORDINARY_HEADER,
    ORDINARY_MULTIPARTS,
    ORDINARY_SIZE,
    Problem,
)
from hallom.mail.parse.mail import ParsedMail
from hallom.mail.parse.reading import parse as parse_here

# A mail may cost 5 s in all; what is left is for its HTML (`mail/clean_apart.py`).
CPU_SECONDS = 3
MEMORY = 200 * 1024 * 1024
# The CPU limit counts work; this one a process that waits for something that never comes.
PATIENCE_SECONDS = 30
FRAME = struct.Struct("<Q")
MULTIPART = b"multipart/"
ROOT = Path(__file__).resolve().parents[3]
ALLOWED = {
    ("hallom.mail.parse.mail", name) for name in ("ParsedMail", "Address", "Part", "Calendar", "Wrapper")
} | {
    ("datetime", "datetime"),
    ("datetime", "timezone"),
    ("datetime", "timedelta"),
    ("zoneinfo", "ZoneInfo._unpickle"),
}


def parse(raw: bytes) -> ParsedMail:
    """As ``hallom.mail.parse.parse``; the mail is ``unparsable`` when the process died of it."""
    return parse_here(raw) if is_ordinary(raw) else READER.parse(raw)


def is_ordinary(raw: bytes) -> bool:
    """By what can be counted without parsing."""
    if len(raw) > ORDINARY_SIZE:
        return False
    end = END.search(raw)
    if (end.start() if end else len(raw)) > ORDINARY_HEADER:
        return False
    if raw.count(b"\n--") > ORDINARY_DELIMITERS:
        return False
    return raw.lower().count(MULTIPART) <= ORDINARY_MULTIPARTS


class Child:
    """One process, started when first needed and again after it died; whoever asks it has the lock."""

    command: ClassVar[list[str]]

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0

    def close(self) -> None:
        process, self.process = self.process, None
        if process is not None and self.owner == os.getpid():
            process.kill()
            process.communicate()

    def ask(self, frame: bytes) -> bytes:
        """The first frame of the answer; raises OSError and EOFError when the process died of it."""
        _write(self._running(), FRAME.pack(len(frame)), frame)
        return self.next_frame()

    def next_frame(self) -> bytes:
        """Raises as `ask`."""
        if self.process is None:
            raise EOFError
        return _frame(self.process)

    def _running(self) -> subprocess.Popen[bytes]:
        # After a fork the pipes are the parent's.
        if self.process is None or self.owner != os.getpid() or self.process.poll() is not None:
            self.close()
            self.owner = os.getpid()
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")},
                bufsize=0,
            )
        return self.process


class Reader(Child):
    """Reads one mail at a time."""

    command: ClassVar[list[str]] = [sys.executable, "-m", "hallom.mail.parse.apart"]

    def parse(self, raw: bytes) -> ParsedMail:
        with self.lock:
            mail = self._parse(raw[: MAX_RAW + 1])
        return _heads_only(raw) if mail is None or Problem.UNPARSABLE in mail.problems else mail

    def _parse(self, raw: bytes) -> ParsedMail | None:
        try:
            mail = _Values(io.BytesIO(self.ask(raw))).load()
            if isinstance(mail, ParsedMail):
                files = tuple(replace(part, data=self.next_frame()) for part in mail.attachments)
                return replace(mail, attachments=files)
        except (OSError, EOFError, pickle.UnpicklingError):
            pass
        self.close()
        return None


def _heads_only(raw: bytes) -> ParsedMail:
    """Who wrote and about what can still be told: the fields alone cost little."""
    end = END.search(raw, 0, ORDINARY_HEADER)
    mail = parse_here(raw[: end.end()] + b"\n") if end else ParsedMail()
    return replace(mail, text="", html="", attachments=(), problems=(str(Problem.UNPARSABLE),))


def _write(process: subprocess.Popen[bytes], *pieces: bytes) -> None:
    if process.stdin is None:
        raise EOFError
    for piece in pieces:
        view = memoryview(piece)
        while view:
            _, ready, _ = select.select([], [process.stdin], [], PATIENCE_SECONDS)
            if not ready:
                raise EOFError
            view = view[os.write(process.stdin.fileno(), view[:65536]) :]


def _frame(process: subprocess.Popen[bytes]) -> bytes:
    return _read(process, FRAME.unpack(_read(process, FRAME.size))[0])


def _read(process: subprocess.Popen[bytes], size: int) -> bytes:
    kept = bytearray()
    source = process.stdout
    while source is not None and len(kept) < size:
        ready, _, _ = select.select([source], [], [], PATIENCE_SECONDS)
        piece = os.read(source.fileno(), min(size - len(kept), 1 << 20)) if ready else b""
        if not piece:
            raise EOFError
        kept += piece
    return bytes(kept)


class _Values(pickle.Unpickler):
    """Makes values of mails and times, and nothing else, whatever the other process writes."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(name)
        return super().find_class(module, name)


def serve(memory: int = MEMORY) -> None:
    """The limited process: mails come in on standard input, values go out on standard output."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    limit_memory(memory)
    while (raw := next_frame(source)) is not None:
        limit_time(CPU_SECONDS)
        mail = parse_here(raw)
        del raw
        _answer(mail, target)
        del mail


def limit_memory(more: int) -> None:
    """Than the process has now."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + more, used + more))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time(seconds: int) -> None:
    """Of CPU from now on."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    until = int(spent.ru_utime + spent.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def next_frame(source: BinaryIO) -> bytes | None:
    """None at the end."""
    head = source.read(FRAME.size)
    return source.read(FRAME.unpack(head)[0]) if head else None


def write_frame(target: BinaryIO, frame: bytes) -> None:
    target.write(FRAME.pack(len(frame)))
    target.write(frame)


def _answer(mail: ParsedMail, target: BinaryIO) -> None:
    """The files follow one by one: together with a copy of them all there would be too little memory."""
    bare = replace(mail, attachments=tuple(replace(part, data=b"") for part in mail.attachments))
    for frame in (pickle.dumps(bare, protocol=5), *(part.data for part in mail.attachments)):
        write_frame(target, frame)
    target.flush()


READER = Reader()
atexit.register(READER.close)

if __name__ == "__main__":
    serve(*(int(megabytes) * 1024 * 1024 for megabytes in sys.argv[1:2]))

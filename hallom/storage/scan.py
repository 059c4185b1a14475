"""Asking ClamAV about a file, when the house has one (``HALLOM_CLAMD``)."""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from typing import BinaryIO

from django.conf import settings

from hallom.storage import blobs
from hallom.storage.models import Blob, Scan

CHUNK = 1 << 16
SECONDS = 60.0
# "stream: Win.Test.EICAR_HDB-1 FOUND" and its like are short; more is not clamd's.
MAX_ANSWER = 4096


class ScannerAway(Exception):
    """No verdict: the scanner is not there, is too slow, or says something else."""


def is_on() -> bool:
    return bool(settings.HALLOM_CLAMD)


def scan(blob: Blob) -> Scan:
    """The verdict, kept with the file; raises ScannerAway. An infected file stays stored but is not given out."""
    with blobs.opened(blob) as file:
        verdict = ask(file, settings.HALLOM_CLAMD)
    Blob.objects.filter(pk=blob.pk).update(scan=verdict)
    blob.scan = verdict
    return verdict


def ask(file: BinaryIO, address: str, *, seconds: float = SECONDS) -> Scan:
    """``address``: ``host:port`` or the path of a socket. clamd's INSTREAM: lengths, pieces, an empty piece."""
    try:
        with closing(_connected(address, seconds)) as connection:
            answer = _conversation(connection, file)
    except (OSError, ValueError) as fault:
        raise ScannerAway(type(fault).__name__) from None
    text = answer.rstrip(b"\0").decode(errors="replace").strip()
    if text.endswith(" FOUND"):
        return Scan.INFECTED
    if text.endswith(": OK"):
        return Scan.CLEAN
    raise ScannerAway(text[:120] or "no answer")


def _conversation(connection: socket.socket, file: BinaryIO) -> bytes:
    connection.sendall(b"zINSTREAM\0")
    try:
        while piece := file.read(CHUNK):
            connection.sendall(struct.pack(">I", len(piece)) + piece)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # clamd hangs up when a file is larger than it takes; what it said before is read below.
        pass
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < MAX_ANSWER:
        if not (piece := connection.recv(MAX_ANSWER)):
            break
        answer += piece
    return answer


def _connected(address: str, seconds: float) -> socket.socket:
    if "/" in address:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)

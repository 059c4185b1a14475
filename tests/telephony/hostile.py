"""Whoever means us harm over SIP: sources of their own on 127.0.0.0/8, each with a thread that sends at a pace."""

import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hallom.sip.digest import digest_parameters, expected, hashed

HOST = "127.0.0.1"
TICK = 0.01

Message = Callable[[int], bytes]


@dataclass(slots=True)
class Source:
    """One address of the attacker; `answers` are what came back."""

    host: str
    sip_port: int
    sent: int = 0
    answers: list[tuple[float, bytes]] = field(default_factory=list)
    wire: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind((self.host, 0))
        self.wire.setblocking(False)

    def __del__(self) -> None:
        self.wire.close()

    def send(self, data: bytes) -> None:
        self.wire.sendto(data, (HOST, self.sip_port))
        self.sent += 1

    def read(self) -> None:
        try:
            while True:
                self.answers.append((time.time(), self.wire.recv(65_536)))
        except BlockingIOError:
            return

    def ask(self, data: bytes, *, seconds: float = 5.0) -> bytes:
        """The first answer to this, or nothing in so long; one to something earlier may still come."""
        self.read()
        looked_at = len(self.answers)
        branch = data.partition(b"branch=")[2].partition(b";")[0]
        self.send(data)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read()
            for _, answer in self.answers[looked_at:]:
                if branch in answer:
                    return answer
                looked_at += 1
        return b""

    @contextmanager
    def flooding(self, message: Message, *, rate: float) -> Iterator[None]:
        stopping = threading.Event()
        thread = threading.Thread(target=self._flood, args=(message, rate, stopping), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join(5)

    def _flood(self, message: Message, rate: float, stopping: threading.Event) -> None:
        began = time.monotonic()
        while not stopping.wait(TICK):
            due = int((time.monotonic() - began) * rate)
            while self.sent < due:
                self.send(message(self.sent))
            self.read()


def request(
    method: str, user: str, number: int, host: str, port: int, *, extra: str = "", sdp: str = ""
) -> bytes:
    tail = (
        f"Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}"
        if sdp
        else "Content-Length: 0\r\n\r\n"
    )
    return (
        f"{method} sip:{user}@{HOST} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{method}{user}{number};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{user}@{HOST}>;tag=t{number}\r\nTo: <sip:{user}@{HOST}>\r\n"
        f"Call-ID: {method}-{user}-{number}@{host}\r\nCSeq: {number + 1} {method}\r\n"
        f"Contact: <sip:{user}@{host}:{port}>\r\n{extra}{tail}"
    ).encode()


def challenge_in(answer: bytes) -> dict[str, str]:
    """What the first digest challenge of a 401 says."""
    for line in answer.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "www-authenticate" and (found := digest_parameters(value.strip())) is not None:
            return found
    return {}


def credentials(challenge: dict[str, str], method: str, username: str, password: str, count: int) -> str:
    """An Authorization line for MD5."""
    uri = f"sip:{HOST}"
    given = {
        "username": username, "realm": challenge["realm"], "nonce": challenge["nonce"], "uri": uri,
        "qop": "auth", "nc": f"{count:08x}", "cnonce": "x", "algorithm": "MD5",
    }  # fmt: skip
    ha1 = hashed("MD5", f"{username}:{challenge['realm']}:{password}")
    given["response"] = expected("MD5", ha1, given, method)
    listed = ", ".join(
        f'{name}="{value}"' for name, value in given.items() if name not in ("qop", "nc", "algorithm")
    )
    return f"Authorization: Digest {listed}, qop=auth, nc={given['nc']}, algorithm=MD5\r\n"


def junk(seed: int = 1) -> Message:
    """INVITEs of strangers, half of them broken in some place."""
    chance = random.Random(seed)

    def made(number: int) -> bytes:
        good = request("INVITE", str(100 + number % 900), number, "192.0.2.9", 5060, sdp="v=0\r\n")
        if number % 2:
            return good
        at = chance.randrange(len(good))
        return good[:at] + os.urandom(8) + good[at + 8 :]

    return made

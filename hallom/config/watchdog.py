"""How systemd hears that the supervisor itself still turns: all others are watched by it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from dataclasses import dataclass

# Told so often within the time that systemd allows; sd_watchdog_enabled(3) advises twice at least.
TOLD_WITHIN = 3


@dataclass(frozen=True, slots=True)
class Watchdog:
    """`address` is a datagram socket of systemd's, `seconds` how long it bears silence before it starts us anew."""

    address: str
    seconds: float

    @classmethod
    def taken(cls) -> Watchdog | None:
        """Out of the environment, as it is for this process alone; None when nobody asks for signs of life."""
        address = os.environ.pop("NOTIFY_SOCKET", "")
        micros, pid = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
        if not address or not micros.isdecimal() or not int(micros) or pid not in ("", str(os.getpid())):
            return None
        return cls(address, int(micros) / 1_000_000)

    async def keep_telling(self) -> None:
        """In the supervisor's own loop: when that stands still, this does."""
        where = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            while True:
                with contextlib.suppress(OSError):
                    out.sendto(b"WATCHDOG=1", where)
                await asyncio.sleep(self.seconds / TOLD_WITHIN)

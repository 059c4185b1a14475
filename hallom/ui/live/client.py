"""One browser tab: what it watches and what it has yet to be told."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

SEND_SECONDS = 20.0


@dataclass(eq=False, slots=True)
class Client:
    socket: WebSocket
    user: Any
    session: str
    topics: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    # One message a topic at most: "it changed" said twice means no more than once, so a slow reader costs no memory.
    pending: dict[str, str] = field(default_factory=dict)
    closing: asyncio.Task[None] | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, topic: str, message: str) -> None:
        # What is told last has the highest id: a client that is cut off in between asks on from what it has heard.
        self.pending.pop(topic, None)
        self.pending[topic] = message
        self._wake.set()

    async def write(self, sent: Callable[[int], None]) -> None:
        """Send what is pending until the socket is gone; a reader that takes nothing for long is cut off."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                messages, self.pending = self.pending, {}
                async with asyncio.timeout(SEND_SECONDS):
                    for message in messages.values():
                        await self.socket.send_text(message)
                sent(len(messages))

    async def close(self, code: int) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(2):
                await self.socket.close(code)

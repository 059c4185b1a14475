"""`hallom live`: the process that tells browsers what changed."""

import asyncio
from collections.abc import Sequence

import structlog
import uvicorn
from django.conf import settings

from hallom import pulse
from hallom.ui import hooks
from hallom.ui.live.listener import parameters
from hallom.ui.live.server import LiveServer, LiveSettings

log = structlog.get_logger(__name__)
LARGEST_MESSAGE = 8 * 1024
PING_SECONDS = 20.0


def main(arguments: Sequence[str] = ()) -> int:
    server = LiveServer(
        LiveSettings(
            connection=parameters(),
            web_port=settings.HALLOM_WEB_PORT,
            trusted_origins=tuple(settings.CSRF_TRUSTED_ORIGINS),
            allowed=hooks.may_watch,
        )
    )
    runner = uvicorn.Server(configuration(server, settings.HALLOM_HOST, settings.HALLOM_LIVE_PORT))
    with asyncio.Runner(loop_factory=runner.config.get_loop_factory()) as loop:
        return loop.run(_serve(server, runner))


def configuration(server: LiveServer, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        server.app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        # Messages are forty bytes: compressing them costs memory for each client and saves nothing.
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        timeout_graceful_shutdown=3,
    )


async def _serve(server: LiveServer, runner: uvicorn.Server) -> int:
    ready = asyncio.create_task(_say_ready(server, runner))
    try:
        await runner.serve()
    finally:
        ready.cancel()
    return 0 if runner.started else 1


async def _say_ready(server: LiveServer, runner: uvicorn.Server) -> None:
    await server.listener.ready.wait()
    while not runner.started:
        await asyncio.sleep(0.02)
    port = runner.servers[0].sockets[0].getsockname()[1]
    log.info("live_ready", port=port)
    pulse.tell_ready(port=port)
    await pulse.keep_beating()

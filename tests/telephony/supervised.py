"""Run in a process of its own with the house's environment: the telephone's processes under the real supervisor."""

import asyncio
import signal

from hallom.config import environment, logs, processes, startup
from hallom.config.supervisor import Supervisor

TELEPHONE = ("switch", "relay")


async def main() -> None:
    settings, data = environment.read(), environment.data_folder()
    logs.configure(data / "log", level=settings["HALLOM_LOG_LEVEL"])
    supervisor = Supervisor(data)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    media = processes.telephone_media(settings["HALLOM_MEDIA_WORKERS"])
    for program in media:
        supervisor.start(program)
    await startup._start_database(supervisor, settings)
    for program in processes.rest(settings, media):
        if program.name in TELEPHONE:
            supervisor.start(program)
    supervisor.complete = True
    try:
        await supervisor.wait_ready(*supervisor.children, seconds=60)
        print("ready", flush=True)
        await stopping.wait()
    finally:
        await supervisor.stop()


if __name__ == "__main__":
    asyncio.run(main())

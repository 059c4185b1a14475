"""The mailer as a process that can be killed: `python -m tests.mail.mailer_process [port]`. Each line on stdin forks a fresh
one, its number is answered; Django's start is paid once."""

import asyncio
import os
import sys
from ipaddress import ip_network

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings_for_tests")


def main(port: int) -> None:
    django.setup()
    from hallom.mail import mailer  # noqa: F401

    print("ready", flush=True)
    for _line in sys.stdin:
        child = os.fork()
        if not child:
            _mailer(port)
            os._exit(0)
        print(child, flush=True)


def _mailer(port: int) -> None:
    from hallom.mail.mailer import Mailer
    from hallom.mail.smtp_intake import Door

    # The test's end of the pipes is not ours to hold open.
    os.close(0)
    door = Door("127.0.0.1", port, (ip_network("127.0.0.0/8"),)) if port else None
    asyncio.run(Mailer(door).run(lambda **_ports: None))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)

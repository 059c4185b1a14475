"""The post as a process that can be killed: `python -m tests.mail.post_process`. Each line on stdin forks a fresh one, its
number is answered; Django's start is paid once."""

import asyncio
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings_for_tests")


def main() -> None:
    django.setup()
    from hallom.mail import sending  # noqa: F401

    print("ready", flush=True)
    for _line in sys.stdin:
        child = os.fork()
        if not child:
            _post()
            os._exit(0)
        print(child, flush=True)


def _post() -> None:
    from hallom.mail import sending
    from tests.mail.posting import QUICK

    # The test's end of the pipes is not ours to hold open.
    os.close(0)
    asyncio.run(sending.run(asyncio.Event(), asyncio.Event(), patience=QUICK))


if __name__ == "__main__":
    main()

"""The command `hallom`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

from hallom.config import environment, standby


@dataclass(frozen=True, slots=True)
class Command:
    """`entry` is module:function; it gets the arguments after the command's name and returns an exit code or None."""

    entry: str
    meaning: str
    needs_django: bool = True


COMMANDS = {
    "run": Command("hallom.config.startup:run_command", "start everything and keep it running", False),
    "status": Command(
        "hallom.config.startup:status_command", "which processes run, since when, on which port", False
    ),
    "web": Command("hallom.config.web_process:main", "pages", False),
    "live": Command("hallom.ui.live.process:main", "push to browsers"),
    "worker": Command("hallom.config.worker_process:main", "jobs"),
    "mailer": Command("hallom.config.mailer_process:main", "mail in and out"),
    "relay": Command("hallom.config.relay_process:main", "tells what happened to whom it concerns"),
    "switch": Command("hallom.calls.switch_process:main", "telephone exchange", False),
    "media": Command("hallom.config.media_process:main", "voice: --worker N", False),
    "migrate": Command("hallom.config.setup:migrate", "bring the tables up to date"),
    "demo": Command("hallom.config.setup:demo", "load the demo organisation into an empty database"),
    "links": Command("hallom.config.setup:links", "print one-time log-in links"),
    "practice-call": Command("hallom.calls.practice:main", "a customer phones in"),
    "practice-line": Command(
        "hallom.calls.practice_line:main", "a telephone company for the demo: answers calls out"
    ),
    "bench": Command("bench.run:main", "measure"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    # Whatever a process writes is its owner's alone: recordings, logs, journals hold personal data.
    os.umask(0o077)
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="hallom",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:<15} {command.meaning}" for name, command in COMMANDS.items()),
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of:")
    name = parser.parse_args(given[:1]).command
    command = COMMANDS[name]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    if command.needs_django:
        import django

        django.setup()
    name, _, function = command.entry.partition(":")
    module = _module(name)
    entry: Callable[[Sequence[str]], int | None] = getattr(module, function)
    if not standby.is_our_turn(getattr(module, "prepare", None)):
        return 0
    return entry(given[1:]) or 0


def _module(name: str) -> ModuleType:
    if not name.startswith("hallom"):
        # The measurements are not part of the installed package; they lie beside it.
        sys.path.insert(0, str(environment.ROOT))
    return importlib.import_module(name)


if __name__ == "__main__":
    sys.exit(main())

"""The set-up as last loaded, kept in a file: a switch that starts again has calls to see to before it asks the database."""

import pickle
from dataclasses import fields
from pathlib import Path
from typing import cast

import structlog

from hallom import replaced
from hallom.calls.directory import Device, Directory, Line
from hallom.flow.hours import Hours, Opening
from hallom.switch.config import Agent, Config, Number, Queue
from hallom.switch.numbers import Plan
from hallom.switch.toll import Narrower, Policy, Prices, Rules

logger = structlog.get_logger(__name__)

Kept = tuple[Config, Directory]
# A value of another version lacks fields, or has them in other places, and says so only when they are used.
SHAPE = tuple(
    (kind.__qualname__, *(field.name for field in fields(kind)))
    for kind in (
        Config,
        Number,
        Queue,
        Agent,
        Hours,
        Opening,
        Directory,
        Device,
        Line,
        Rules,
        Plan,
        Policy,
        Narrower,
        Prices,
    )
)


def read(path: Path) -> Kept | None:
    """None when there is none, or when another version wrote it."""
    try:
        kept = pickle.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except Exception as error:
        logger.info("setup.not_kept", error=type(error).__name__)
        return None
    is_whole = isinstance(kept, tuple) and len(kept) == 3 and kept[0] == SHAPE
    return cast(Kept, kept[1:]) if is_whole else None


def write(path: Path, config: Config, directory: Directory) -> None:
    """Replaces the file in one step, if it would change. Only the owner can read or write it.

    On a full disk the calls go on with the set-up that was loaded; it is only not kept.
    """
    data = pickle.dumps((SHAPE, config, directory.without_passwords()))
    try:
        if not path.exists() or path.read_bytes() != data:
            replaced.write(path, data)
    except OSError as error:
        logger.warning("setup.not_kept", error=type(error).__name__, errno=error.errno)

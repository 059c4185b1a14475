"""What the value of a setting must be like: a start with one that is not ends at once and says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from environs import ValidationError

Rule = Callable[[Any], None]
LAST_PORT = 65_535
# Ports below belong to the machine's own services.
FIRST_VOICE_PORT = 1024


def between(least: int, most: int) -> Rule:
    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValidationError(f"{value} is not a number from {least} to {most}")

    return check


def one_of(*choices: str) -> Rule:
    def check(value: str) -> None:
        if value not in choices:
            raise ValidationError(f"{value} is none of {', '.join(choices)}")

    return check


def url(*schemes: str) -> Rule:
    """Empty, or an address with one of these schemes and a host."""

    def check(value: str) -> None:
        try:
            parts = urlsplit(value)
            is_address = parts.scheme in schemes and bool(parts.hostname)
        except ValueError:
            is_address = False
        if value and not is_address:
            raise ValidationError(f"{value} is no address that begins with {' or '.join(schemes)}://")

    return check


def database(value: str) -> None:
    if not value:
        return
    # Media workers read the settings too and know no database: 17 MB each that they have no use for.
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(value)
    except psycopg.ProgrammingError:
        # What was given holds a password: it is not repeated.
        raise ValidationError("no address of a database, such as postgresql://name@host/hallom") from None


def log_level(value: str) -> None:
    if value not in logging.getLevelNamesMapping():
        raise ValidationError(f"{value} is none of DEBUG, INFO, WARNING, ERROR")


def networks(values: list[str]) -> None:
    for value in values:
        try:
            ip_network(value)
        except ValueError:
            raise ValidationError(f"{value} is no network, such as 10.0.0.0/8") from None


def time_zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (LookupError, OSError, ValueError):
        raise ValidationError(f"{value} is no time zone, such as Europe/Budapest") from None


def voice_ports(value: str) -> None:
    first, _, last = value.partition("-")
    if not (
        first.isdecimal() and last.isdecimal() and FIRST_VOICE_PORT <= int(first) < int(last) <= LAST_PORT
    ):
        raise ValidationError(
            f"{value} is no range of ports such as 20000-29999, at least {FIRST_VOICE_PORT}"
        )

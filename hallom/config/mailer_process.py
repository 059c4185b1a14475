"""The command `hallom mailer`: mail fetched, taken in, imported and sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

from django.conf import settings

from hallom import pulse
from hallom.mail.mailer import Mailer
from hallom.mail.smtp_intake import Door


def main(_arguments: Sequence[str]) -> None:
    """Runs until told to stop."""
    asyncio.run(_run())


async def _run() -> None:
    beating = asyncio.create_task(pulse.keep_beating())
    try:
        await Mailer(door()).run(pulse.tell_ready)
    finally:
        beating.cancel()


def door() -> Door | None:
    """Where other servers hand mail in; None when nobody does."""
    if not settings.HALLOM_MAIL_PORT:
        return None
    networks = tuple(ip_network(text.strip(), strict=False) for text in settings.HALLOM_MAIL_NETWORKS)
    return Door(settings.HALLOM_MAIL_HOST, settings.HALLOM_MAIL_PORT, networks)

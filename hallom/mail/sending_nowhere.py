"""The demo organisation sends its mail to nowhere: everything is taken, nothing leaves the machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.conf import settings

from hallom.mail.models import Mailbox
from hallom.mail.sending_rules import Attempt, Patience, Reply
from hallom.mail.sending_smtp import Connection, Parcel

# RFC 2606 2: nobody can ever have this name, so outside the demo it is a server that is not there.
NOWHERE = "nowhere.invalid"
TAKEN = Reply(250, "2.0.0")


class Nowhere:
    """Stands where a Connection does."""

    is_usable = True

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def offer(self, sender: str) -> None:
        pass

    async def hand_over(self, parcel: Parcel, before_data: Callable[[], Awaitable[bool]]) -> Attempt | None:
        if not await before_data():
            return None
        return Attempt(dict.fromkeys(parcel.recipients, TAKEN), TAKEN)


def connection_to(mailbox: Mailbox, patience: Patience) -> Connection | Nowhere:
    """Not opened yet."""
    if settings.HALLOM_DEMO and mailbox.smtp_host == NOWHERE:
        return Nowhere()
    return Connection(mailbox, patience)

"""Telling the mailer, in the transaction of the change: it hears when that is committed."""

from django.db import connection

CONFIG, SEND = "mail_config", "mail_send"
CHANNELS = (CONFIG, SEND)


def config_changed() -> None:
    """A mailbox was added, changed or taken out of use."""
    _notify(CONFIG)


def sending() -> None:
    """Something is to be sent."""
    _notify(SEND)


def _notify(channel: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {channel}")

"""Telling the mailer, in the transaction of the change: it hears when that is committed."""

from django.db import connection

CONFIG, SEND, IMPORT = "mail_config", "mail_send", "mail_import"
CHANNELS = (CONFIG, SEND, IMPORT)


def config_changed() -> None:
    """A mailbox was added, changed or taken out of use."""
    _notify(CONFIG)


def sending() -> None:
    """Something is to be sent."""
    _notify(SEND)


def storing() -> None:
    """A mail was stored by another process than the mailer."""
    _notify(IMPORT)


def _notify(channel: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {channel}")

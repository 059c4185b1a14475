from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from hallom.mail import connection_check, retention


@app.task(name="mail.try_out")
def try_out(mailbox: int, token: str) -> None:
    """An administrator wants to know whether a mailbox works."""
    connection_check.carry_out(mailbox, token)


@app.periodic(cron="37 2 * * *")
@app.task(name="mail.purge_raw", queueing_lock="mail.purge_raw")
def purge_raw(timestamp: int) -> None:
    """Each night: raw mails that have had their time."""
    retention.purge(timezone.now(), days=settings.HALLOM_MAIL_RAW_DAYS)

from procrastinate.contrib.django import app

from hallom.mail import connection_check


@app.task(name="mail.try_out")
def try_out(mailbox: int, token: str) -> None:
    """An administrator wants to know whether a mailbox works."""
    connection_check.carry_out(mailbox, token)

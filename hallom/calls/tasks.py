from pathlib import Path

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from hallom.calls import practice, unused_sounds


@app.task(name="calls.practice_call", queue="practice")
def practice_call() -> None:
    """A made-up customer phones in with a real voice track."""
    practice.run()


@app.periodic(cron="47 3 * * *")
@app.task(name="calls.remove_unused_sounds", queueing_lock="calls.remove_unused_sounds")
def remove_unused_sounds(timestamp: int) -> None:
    """Each night."""
    unused_sounds.remove(Path(settings.HALLOM_DATA) / "sounds", timezone.now())

from django.utils import timezone
from procrastinate.contrib.django import app

from hallom.knowledge import illustrations


@app.periodic(cron="27 3 * * *")
@app.task(name="knowledge.remove_unused_pictures", queueing_lock="knowledge.remove_unused_pictures")
def remove_unused_pictures(timestamp: int) -> None:
    """Each night: pictures that were uploaded and then not kept, or taken out of their article."""
    illustrations.remove_unused(timezone.now())

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("timeline", "0002_own_work"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind", "call.refused")),
                fields=["actor_id", "at"],
                name="timeline_refused",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0012_leg_arrived_at_filled")]

    operations = [
        migrations.AlterField("leg", "arrived_at", models.DateTimeField()),
        migrations.AddIndex(
            "leg",
            models.Index(
                fields=["agent", "-arrived_at", "-call"],
                name="leg_newest",
                condition=models.Q(agent__isnull=False, answered_at__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "call", models.Index(fields=["outcome", "-arrived_at", "-id"], name="call_outcome")
        ),
        migrations.AddIndex(
            "call",
            models.Index(
                fields=["-arrived_at", "-id"], name="call_returned", condition=models.Q(returns__gt=0)
            ),
        ),
        migrations.AddIndex("call", models.Index(fields=["talk_seconds"], name="call_talk")),
    ]

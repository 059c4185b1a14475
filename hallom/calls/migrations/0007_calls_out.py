import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0006_supervising"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="direction",
            field=models.CharField(
                choices=[("incoming", "incoming"), ("outgoing", "outgoing"), ("internal", "internal")],
                default="incoming",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(("kind", "dial.made")), fields=["agent", "at"], name="journal_dial"
            ),
        ),
        migrations.CreateModel(
            name="TrunkStatus",
            fields=[
                (
                    "trunk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="status",
                        serialize=False,
                        to="calls.trunk",
                    ),
                ),
                ("is_registered", models.BooleanField(null=True)),
                ("registered_status", models.PositiveSmallIntegerField(default=0)),
                ("failed_probes", models.PositiveIntegerField(default=0)),
                ("probe_status", models.PositiveSmallIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
    ]

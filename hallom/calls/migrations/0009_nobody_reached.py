from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0008_promises"),
    ]

    operations = [
        migrations.AlterField(
            model_name="call",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("open", "in progress"),
                    ("answered", "answered"),
                    ("abandoned", "hung up while waiting"),
                    ("left_early", "hung up during the greeting"),
                    ("closed", "called outside opening hours"),
                    ("rejected", "not let in"),
                    ("failed", "failed"),
                    ("unreached", "nobody reached"),
                ],
                default="open",
                max_length=12,
            ),
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hours", "0001_start"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dayexception",
            name="calendar",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="exceptions",
                to="hours.calendar",
            ),
        ),
        migrations.AlterField(
            model_name="opening",
            name="calendar",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="openings",
                to="hours.calendar",
            ),
        ),
    ]

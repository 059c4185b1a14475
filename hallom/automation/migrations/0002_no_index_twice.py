import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("automation", "0001_start"),
        ("staff", "0003_no_index_twice"),
    ]

    operations = [
        migrations.AlterField(
            model_name="signature",
            name="team",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="staff.team",
                verbose_name="team",
            ),
        ),
        migrations.AlterField(
            model_name="textversion",
            name="template",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="automation.texttemplate",
            ),
        ),
    ]

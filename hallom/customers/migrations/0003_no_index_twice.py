import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_bounced_address"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contactpoint",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="contact_points",
                to="customers.customer",
            ),
        ),
    ]

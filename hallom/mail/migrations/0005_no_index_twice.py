import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0004_recipients_not_reached"),
    ]

    operations = [
        migrations.AlterField(
            model_name="incomingmail",
            name="mailbox",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incoming",
                to="mail.mailbox",
            ),
        ),
        migrations.AlterField(
            model_name="recipient",
            name="mail",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recipients",
                to="mail.outgoingmail",
            ),
        ),
    ]

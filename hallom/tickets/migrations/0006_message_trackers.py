from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0005_message_reply_to")]

    operations = [
        migrations.AddField(
            model_name="message", name="trackers", field=models.PositiveSmallIntegerField(default=0)
        ),
    ]

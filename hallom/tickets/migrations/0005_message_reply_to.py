from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_woken_by_time")]

    operations = [
        migrations.AddField(
            model_name="message", name="reply_to", field=models.JSONField(blank=True, null=True)
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_what_a_mail_says")]

    operations = [
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(
                fields=["mail"],
                condition=models.Q(state__in=["refused", "bounced"]),
                name="mail_not_reached",
            ),
        ),
    ]

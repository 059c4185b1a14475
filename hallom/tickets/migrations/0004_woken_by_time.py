from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_waiting_since")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("mention", "you were mentioned"),
                    ("watched", "news in a ticket you watch"),
                    ("assigned", "a ticket was given to you"),
                    ("answered", "the customer answered"),
                    ("third", "a third party answered"),
                    ("stranger", "a stranger writes about a ticket"),
                    ("failed", "a message could not be delivered"),
                    ("woken", "a snoozed ticket is back"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(snoozed_until__isnull=False),
                fields=["snoozed_until"],
                name="tickets_snoozed",
            ),
        ),
    ]

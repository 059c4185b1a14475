from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0010_journal_bounds")]

    operations = [migrations.AddField("leg", "arrived_at", models.DateTimeField(null=True))]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0015_no_index_twice")]

    operations = [migrations.AddField("agentstatus", "forced", models.JSONField(default=dict))]

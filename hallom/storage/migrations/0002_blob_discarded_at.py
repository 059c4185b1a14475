from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0001_start")]

    operations = [
        migrations.AddField(
            model_name="blob", name="discarded_at", field=models.DateTimeField(blank=True, null=True)
        ),
    ]

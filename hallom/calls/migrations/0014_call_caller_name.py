from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("calls", "0013_leg_newest"), ("customers", "0001_start")]

    operations = [
        migrations.AddIndex(
            "call",
            GinIndex(OpClass(Upper("caller_name"), name="gin_trgm_ops"), name="call_caller_name"),
        )
    ]

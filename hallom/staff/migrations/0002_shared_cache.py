from django.db import migrations

MAKE = """
CREATE TABLE shared_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX shared_cache_expires ON shared_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_start")]

    operations = [migrations.RunSQL(MAKE, "DROP TABLE shared_cache")]

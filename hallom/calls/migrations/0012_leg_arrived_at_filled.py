from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Calls at a time: short transactions, so that the relay goes on.
BATCH = 5_000
FILL = """
    UPDATE calls_leg SET arrived_at = calls_call.arrived_at FROM calls_call
    WHERE calls_call.id = calls_leg.call_id AND calls_leg.arrived_at IS NULL AND call_id > %s AND call_id <= %s
"""
NEXT = "SELECT max(id) FROM (SELECT id FROM calls_call WHERE id > %s ORDER BY id LIMIT %s) batch"


def fill(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    after = ""
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(NEXT, [after, BATCH])
            last = cursor.fetchone()[0]
            if last is None:
                return
            cursor.execute(FILL, [after, last])
            after = last


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("calls", "0011_leg_arrived_at")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

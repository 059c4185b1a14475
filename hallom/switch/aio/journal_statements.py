"""What is said to the journal's table."""

_ROWS = "jsonb_to_recordset({}::jsonb) AS e(at float8, call text, agent int, kind text, data jsonb)"
_REPLIES = "jsonb_to_recordset({}::jsonb) AS r(id bigint, ok bool, error text)"
_INSERT = """INSERT INTO switch_journal (at, call, agent, kind, data)
    SELECT to_timestamp(e.at), e.call, e.agent, e.kind, e.data"""
INSERT = f"""
WITH added AS ({_INSERT} FROM {_ROWS.format("$1")} RETURNING id)
SELECT pg_notify('journal', max(id)::text) FROM added"""
# In one statement, for each more would be one more way to the database and back before anybody is told.
INSERT_AND_ANSWER = f"""
WITH added AS ({_INSERT} FROM {_ROWS.format("($1::jsonb->'entries')")} RETURNING id),
answered AS (UPDATE switch_order o SET done_at = clock_timestamp(), ok = r.ok, error = r.error,
        args = o.args - 'sealed'
    FROM {_REPLIES.format("($1::jsonb->'replies')")} WHERE o.id = r.id AND o.done_at IS NULL)
SELECT pg_notify('journal', max(id)::text) FROM added HAVING max(id) IS NOT NULL"""
# Compared with the newest rows only: an entry can be there already because the answer to its commit was lost.
INSERT_MISSING = f"""
WITH newest AS (SELECT * FROM switch_journal WHERE id > (SELECT max(id) FROM switch_journal) - %s),
added AS ({_INSERT} FROM {_ROWS.format("%s")} WHERE NOT EXISTS (
    SELECT FROM newest n WHERE n.at = to_timestamp(e.at) AND n.kind = e.kind AND n.data = e.data
    AND coalesce(n.call, '') = coalesce(e.call, '') AND coalesce(n.agent, 0) = coalesce(e.agent, 0)) RETURNING id)
SELECT pg_notify('journal', coalesce(max(id), 0)::text) FROM added"""
COMPARED_ROWS = 20_000

"""The SQL of lists: loading them, and the synchroniser's transaction."""

WATERMARK = """
SELECT coalesce((SELECT position FROM sync_watermarks WHERE journal_id = $1), 0) AS position,
       coalesce((SELECT parts FROM sync_watermarks WHERE journal_id = $1), 0) AS parts,
       coalesce((SELECT moved FROM sync_watermarks WHERE journal_id = $1), 0) AS moved
"""

REJECTED = "SELECT count(*) FROM sync_rejections WHERE journal_id = $1"

HIGHEST_POSITION = """
SELECT greatest((SELECT max(position) FROM sync_watermarks),
                (SELECT max(version) FROM user_selection_groups), 0)
"""

MAKE_WATERMARK = """
INSERT INTO sync_watermarks (journal_id, position) VALUES ($1, $2) ON CONFLICT DO NOTHING
"""

CLAIM = "SELECT claim, holder FROM sync_watermarks WHERE journal_id = $1"

LOCK_CLAIM = "SELECT claim, holder FROM sync_watermarks WHERE journal_id = $1 FOR UPDATE"

SET_CLAIM = "UPDATE sync_watermarks SET claim = $2, holder = $3 WHERE journal_id = $1"

GROUPS_OF = """
SELECT user_id, id, name, description, is_default, metadata, version, created_at, updated_at,
       restricted, made_by, four_eyes, journal_id
  FROM user_selection_groups WHERE user_id = ANY($1::uuid[])
"""

RECORDS_OF = """
SELECT user_id, selection_group, array_agg(record_no) AS records
  FROM user_record_selections WHERE user_id = ANY($1::uuid[]) GROUP BY user_id, selection_group
"""

ANNOTATIONS_OF = """
SELECT user_id, selection_group, record_no, metadata
  FROM user_record_selections WHERE user_id = ANY($1::uuid[]) AND metadata <> '{}'
"""

# The synchroniser's transaction

LOCK_WATERMARK = """
SELECT position, parts, holder, moved FROM sync_watermarks WHERE journal_id = $1 FOR UPDATE
"""

MOVE_WATERMARK = """
UPDATE sync_watermarks SET position = $2, parts = $3, updated_at = now() WHERE journal_id = $1
"""

SAVE_GROUP = """
INSERT INTO user_selection_groups
       (user_id, id, name, description, is_default, metadata, version, created_at, updated_at, restricted,
        made_by, four_eyes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (user_id, id) DO UPDATE
   SET name = excluded.name, description = excluded.description, metadata = excluded.metadata,
       version = excluded.version, updated_at = excluded.updated_at, restricted = excluded.restricted,
       four_eyes = excluded.four_eyes
"""

REMOVE_GROUP = """
DELETE FROM user_selection_groups WHERE user_id = $1 AND id = $2 AND NOT is_default
"""

MOVE_VERSIONS = """
UPDATE user_selection_groups g SET version = c.version, updated_at = c.at
  FROM (SELECT unnest($1::uuid[]) AS user_id, unnest($2::uuid[]) AS group_id, unnest($3::bigint[]) AS version,
               unnest($4::timestamptz[]) AS at) AS c
 WHERE g.user_id = c.user_id AND g.id = c.group_id
"""

# In what follows the first arrays are one element a record, with `list` an index (from 1) into the arrays of
# lists, which are one element a list. Arrays are opened side by side in the list of columns: opened after
# FROM, each would be written to a store of its own and read again, which took a tenth of a tick. Those of one
# element a record come as texts: see `arrays`.

# Materialised, so that each row is found by its whole key. With old statistics PostgreSQL would else walk the
# whole list for each of its records.
DELETE_SELECTIONS = """
WITH c AS MATERIALIZED (
  SELECT l.user_id, g.name, r.id
    FROM (SELECT unnest($1::text::int[]) AS list, unnest($2::text::int[]) AS record_no) AS c
    JOIN (SELECT unnest($3::uuid[]) AS user_id, unnest($4::uuid[]) AS group_id,
                 generate_series(1, cardinality($3::uuid[])) AS list) AS l USING (list)
    JOIN user_selection_groups g ON g.user_id = l.user_id AND g.id = l.group_id
    JOIN uk_lrt_records r ON r.record_no = c.record_no
)
DELETE FROM user_record_selections s
 USING c
 WHERE s.user_id = c.user_id AND s.selection_group = c.name AND s.record_id = c.id
"""

INSERT_SELECTIONS = """
INSERT INTO user_record_selections
       (id, user_id, record_id, record_no, selection_group, metadata, source, actor_id, created_at,
        updated_at)
SELECT c.id, l.user_id, r.id, r.record_no, g.name, coalesce(c.metadata, '{}'), c.source, c.actor, c.at, c.at
  FROM (SELECT unnest($1::text::int[]) AS list, unnest($2::text::int[]) AS record_no,
               unnest($3::text::jsonb[]) AS metadata, unnest($4::text::text[]) AS source,
               unnest($5::text::uuid[]) AS actor, unnest($6::text::timestamptz[]) AS at,
               unnest($9::text::uuid[]) AS id) AS c
  JOIN (SELECT unnest($7::uuid[]) AS user_id, unnest($8::uuid[]) AS group_id,
               generate_series(1, cardinality($7::uuid[])) AS list) AS l USING (list)
  JOIN user_selection_groups g ON g.user_id = l.user_id AND g.id = l.group_id
  JOIN uk_lrt_records r ON r.record_no = c.record_no
"""

ANNOTATE_SELECTIONS = """
WITH c AS MATERIALIZED (
  SELECT l.user_id, g.name, r.id, c.metadata, l.at
    FROM (SELECT unnest($1::int[]) AS list, unnest($2::int[]) AS record_no,
                 unnest($3::jsonb[]) AS metadata) AS c
    JOIN (SELECT unnest($4::uuid[]) AS user_id, unnest($5::uuid[]) AS group_id,
                 unnest($6::timestamptz[]) AS at,
                 generate_series(1, cardinality($4::uuid[])) AS list) AS l USING (list)
    JOIN user_selection_groups g ON g.user_id = l.user_id AND g.id = l.group_id
    JOIN uk_lrt_records r ON r.record_no = c.record_no
)
UPDATE user_record_selections s SET metadata = c.metadata, updated_at = c.at
  FROM c
 WHERE s.user_id = c.user_id AND s.selection_group = c.name AND s.record_id = c.id
"""

_INTO_AUDIT = """
INSERT INTO selection_audit_log
       (id, user_id, actor_id, group_id, selection_group, operation_id, position, session_id, ip_address,
        user_agent, created_at, journal_id, part, record_id, record_no, record_name, action, metadata)
SELECT row_id, o.owner, o.actor, o.group_id, o.group_name, o.id, o.position, o.session, o.ip::inet,
       o.user_agent, o.at, o.journal, o.part, r.id, r.record_no, r.name,
"""
_OPERATIONS = """
SELECT unnest($1::text::uuid[]) AS owner, unnest($2::text::uuid[]) AS actor,
       unnest($3::text::uuid[]) AS group_id, unnest($4::text::text[]) AS group_name,
       unnest($5::text::uuid[]) AS id, unnest($6::text::bigint[]) AS position,
       unnest($7::text::text[]) AS session, unnest($8::text::text[]) AS ip,
       unnest($9::text::text[]) AS user_agent, unnest($10::text::timestamptz[]) AS at,
       unnest($11::text::int[]) AS part, unnest($12::text::jsonb[]) AS metadata, $13::uuid AS journal
"""
_ROW_IDS = "unnest($14::text::uuid[]) AS row_id"

# Operations of one row each, which are the most: with their row beside them nothing has to be joined.
APPEND_SINGLE_AUDIT = f"""{_INTO_AUDIT} o.action, coalesce(o.metadata, '{{}}')
  FROM ({_OPERATIONS}, {_ROW_IDS}, unnest($15::text::int[]) AS record_no,
        unnest($16::text::text[]) AS action) AS o
  JOIN uk_lrt_records r ON r.record_no = o.record_no
"""

APPEND_AUDIT = f"""{_INTO_AUDIT} c.action, coalesce(o.metadata, '{{}}') || coalesce(c.metadata, '{{}}')
  FROM ({_OPERATIONS}, generate_series(1, cardinality($1::text::uuid[])) AS number) AS o
  JOIN (SELECT {_ROW_IDS}, unnest($15::text::int[]) AS number, unnest($16::text::int[]) AS record_no,
               unnest($17::text::text[]) AS action, unnest($18::text::jsonb[]) AS metadata) AS c
       USING (number)
  JOIN uk_lrt_records r ON r.record_no = c.record_no
"""

APPEND_GROUP_AUDIT = """
INSERT INTO selection_audit_log
       (user_id, actor_id, action, selection_group, group_id, operation_id, position, session_id, ip_address,
        user_agent, metadata, created_at, part, journal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::inet, $10, coalesce($11::jsonb, '{}'), $12, $13, $14)
"""

REJECT = """
INSERT INTO sync_rejections (journal_id, position, operation_id, user_id, operation, payload, reason, code)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT ON CONSTRAINT sync_rejections_once DO NOTHING
"""

"""Every SQL statement that reads the trail. It is written by the synchroniser only."""

LIST_ACTIONS = ("create_group", "update_group", "delete_group")

# ------------------------------------------------------------------------------------------------- trail

DEFAULT_GROUP = "SELECT id FROM user_selection_groups WHERE user_id = $1 AND is_default"

# The bound on created_at alone lets PostgreSQL leave out partitions; the row comparison is the keyset.
TRAIL = """
SELECT id, created_at, action, record_id, record_name, group_id, selection_group, operation_id, actor_id,
       session_id, ip_address, user_agent, metadata
  FROM selection_audit_log
 WHERE user_id = $1
   AND created_at >= $2 AND created_at < $3
   AND created_at <= $4 AND (created_at, id) < ($4, $5)
   AND ($6::uuid IS NULL OR group_id = $6)
   AND ($7::uuid IS NULL OR record_id = $7)
   AND action = ANY($8::text[])
 ORDER BY created_at DESC, id DESC
 LIMIT $9
"""

# For administrators, over everybody; in the order in which it happened.
WHOLE_TRAIL = """
SELECT id, created_at, action, record_id, record_name, group_id, selection_group, operation_id, actor_id,
       session_id, ip_address, user_agent, metadata, user_id
  FROM selection_audit_log
 WHERE ($1::uuid IS NULL OR user_id = $1) AND created_at >= $2
 ORDER BY created_at, position, id
"""

USER_BY_EMAIL = "SELECT id FROM users WHERE lower(email::text) = lower($1)"

# ---------------------------------------------------------------------------------------------- timeline

# All rows of an operation carry its time, so groups come out of the index on (user_id, created_at) in order.
TIMELINE = """
SELECT created_at, operation_id, max(position) AS position, min(group_id::text)::uuid AS group_id,
       min(selection_group) AS group_name, min(actor_id::text)::uuid AS actor_id,
       min(session_id) AS session_id, min(ip_address) AS ip_address, min(user_agent) AS user_agent,
       max(action) FILTER (WHERE record_id IS NULL) AS list_action,
       min(action) FILTER (WHERE record_id IS NOT NULL) AS record_action,
       count(*) FILTER (WHERE action IN ('select', 'bulk_select')) AS added,
       count(*) FILTER (WHERE action IN ('deselect', 'bulk_deselect', 'clear_all')) AS removed,
       count(*) FILTER (WHERE action = 'annotate') AS annotated,
       count(*) FILTER (WHERE record_id IS NOT NULL
                          AND (action <> 'annotate' OR metadata ? 'before')) AS undoable,
       max(metadata ->> 'source') AS source, max(metadata ->> 'undoes')::uuid AS undoes,
       min(record_id::text)::uuid AS record_id, min(record_name) AS record_name
  FROM selection_audit_log
 WHERE user_id = $1
   AND created_at >= $2 AND created_at < $3
   AND created_at <= $4 AND (created_at, operation_id) < ($4, $5)
   AND ($6::uuid IS NULL OR group_id = $6)
   AND ($9::uuid[] IS NULL OR operation_id IN (
         SELECT operation_id FROM selection_audit_log WHERE user_id = $1 AND record_id = ANY($9)))
 GROUP BY created_at, operation_id
HAVING $8::text[] IS NULL OR bool_or(action = ANY($8))
 ORDER BY created_at DESC, operation_id DESC
 LIMIT $7
"""

UNDONE_BY = """
SELECT DISTINCT ON (metadata ->> 'undoes') metadata ->> 'undoes' AS undone, operation_id
  FROM selection_audit_log
 WHERE user_id = $1 AND metadata ? 'undoes' AND metadata ->> 'undoes' = ANY($2::text[])
 ORDER BY metadata ->> 'undoes', position DESC
"""

# ----------------------------------------------------------------------------------------------- moments

REACHES_BACK_TO = "SELECT reaches_back_to FROM audit_baseline_position"

AS_OF = """
WITH later AS (
  SELECT DISTINCT ON (record_no) record_no, action
    FROM selection_audit_log
   WHERE user_id = $1 AND group_id = $2 AND created_at <= $3 AND record_no IS NOT NULL
     AND action <> 'annotate' AND position > (SELECT position FROM audit_baseline_position)
   ORDER BY record_no, position DESC
)
SELECT record_no FROM later WHERE action IN ('select', 'bulk_select')
UNION ALL
SELECT record_no FROM audit_baseline b
 WHERE user_id = $1 AND group_id = $2 AND NOT EXISTS (SELECT FROM later l WHERE l.record_no = b.record_no)
"""

# What each of some records took with it when it first left the list after a moment.
LEFT_WITH = """
SELECT record_no, dropped FROM (
  SELECT DISTINCT ON (record_no) record_no, metadata -> 'dropped' AS dropped
    FROM selection_audit_log
   WHERE user_id = $1 AND group_id = $2 AND created_at > $3 AND record_no = ANY($4::int[])
     AND action IN ('deselect', 'bulk_deselect', 'clear_all')
   ORDER BY record_no, position
) AS first_departures
 WHERE dropped IS NOT NULL
"""

ACTIVITY = """
SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS changes
  FROM selection_audit_log
 WHERE user_id = $1 AND created_at >= $2 AND created_at < $3
 GROUP BY 1 ORDER BY 1
"""

# ------------------------------------------------------------------------------------------------ verify

# Both in the order of (user_id, group_id), so that two cursors are walked side by side, one list at a time.
VERIFY_TRAIL = """
SELECT user_id, group_id, record_no, action, position, selection_group
  FROM selection_audit_log
 WHERE record_no IS NOT NULL AND action <> 'annotate' AND group_id IS NOT NULL
   AND position > (SELECT position FROM audit_baseline_position)
 ORDER BY user_id, group_id, position
"""

VERIFY_LISTS = """
SELECT k.user_id, k.group_id, g.name,
       ARRAY(SELECT s.record_no FROM user_record_selections s
              WHERE s.user_id = k.user_id AND s.selection_group = g.name) AS selected,
       ARRAY(SELECT b.record_no FROM audit_baseline b
              WHERE b.user_id = k.user_id AND b.group_id = k.group_id) AS baseline
  FROM (SELECT user_id, id AS group_id FROM user_selection_groups
        UNION SELECT user_id, group_id FROM audit_baseline b
               WHERE EXISTS (SELECT FROM users u WHERE u.id = b.user_id)) k
  LEFT JOIN user_selection_groups g ON g.user_id = k.user_id AND g.id = k.group_id
 ORDER BY k.user_id, k.group_id
"""

USER_EXISTS = "SELECT EXISTS (SELECT FROM users WHERE id = $1)"

WATERMARKS = "SELECT coalesce(max(position), 0) FROM sync_watermarks"

# -------------------------------------------------------------------------------------------- partitions

MAKE_PARTITIONS = "SELECT sertantai_make_audit_partitions($1)"
DROP_MONTHS = "SELECT sertantai_drop_audit_months($1)"

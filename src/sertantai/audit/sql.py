"""Every SQL statement that reads the trail, and rows for people. Both are written by the synchroniser only.

Which words of the audit mean what is told by parameters, from `core.audit_words`.
"""

# ------------------------------------------------------------------------------------------------- trail

DEFAULT_GROUP = "SELECT id FROM user_selection_groups WHERE user_id = $1 AND is_default"

# The row comparison is the keyset; the same bound on created_at alone lets PostgreSQL leave out partitions.
# There is no further bound from above: of several PostgreSQL may begin at the newest, and walk from there.
TRAIL = """
SELECT id, created_at, action, record_id, record_name, group_id, selection_group, operation_id, actor_id,
       session_id, ip_address, user_agent, metadata
  FROM selection_audit_log
 WHERE user_id = $1
   AND created_at >= $2 AND created_at <= $3 AND (created_at, id) < ($3, $4)
   AND ($5::uuid IS NULL OR group_id = $5)
   AND ($6::uuid IS NULL OR record_id = $6)
   AND action = ANY($7::text[])
   AND ($8::uuid IS NULL OR actor_id = $8)
 ORDER BY created_at DESC, id DESC
 LIMIT $9
"""

# Of one of several people: see `TIMELINE_OF_ACTOR`.
TRAIL_OF_ANOTHER = TRAIL.replace(
    "($8::uuid IS NULL OR actor_id = $8)", "actor_id = $8 AND actor_id <> user_id"
)

# Whose a list was before, and until which version, where its history was given then and each time since;
# whoever had it several times is one. See `lineage`.
FORMERS = """
SELECT from_owner, max(until_position) AS until_position FROM selection_group_lineage
 WHERE group_id = $1 AND from_owner <> $2
   AND until_position > coalesce((SELECT max(until_position) FROM selection_group_lineage
                                   WHERE group_id = $1 AND NOT shows_history), -1)
 GROUP BY from_owner ORDER BY until_position DESC LIMIT $3
"""

# Whose it was at a moment: theirs who handed it over next.
WHOSE_THEN = """
SELECT from_owner FROM selection_group_lineage WHERE group_id = $1 AND at > $2 ORDER BY until_position LIMIT 1
"""

CAME_WITHOUT_HISTORY = """
SELECT max(at) FROM selection_group_lineage WHERE group_id = $1 AND NOT shows_history
"""

CLAIM_FORMER = """
SELECT set_config('sertantai.owner_id', $1, true), set_config('sertantai.until', $2, true)
"""

# The same page of what was done there: without from where.
FORMER_TRAIL = TRAIL.replace(
    "session_id, ip_address, user_agent", "NULL AS session_id, NULL AS ip_address, NULL AS user_agent"
).replace(" ORDER BY", " AND position <= $10 ORDER BY")

# For administrators, over everybody; in the order in which it happened. Positions order what happened to one
# owner's lists at one moment, and say nothing of two owners.
WHOLE_TRAIL = """
SELECT id, created_at, action, record_id, record_name, group_id, selection_group, operation_id, actor_id,
       session_id, ip_address, user_agent, metadata, user_id
  FROM selection_audit_log
 WHERE ($1::uuid IS NULL OR user_id = $1) AND created_at >= $2
 ORDER BY created_at, user_id, position, id
"""

USER_BY_EMAIL = """
SELECT id FROM users WHERE lower(email::text) = ANY ($1::text[])
ORDER BY array_position($1::text[], lower(email::text)), id LIMIT 1
"""

# ---------------------------------------------------------------------------------------------- timeline

# One row an operation, written with the rows of the trail. Each narrowing has an index in this order.
_OPERATION = """
SELECT o.created_at, o.operation_id, o.position, o.group_id, o.group_name, o.actor_id, o.session_id,
       o.ip_address, o.user_agent, o.list_action, o.record_action, o.added, o.removed, o.annotated,
       o.undoable, o.source, o.undoes, o.record_id, o.record_name
"""
_NARROWED = """
 WHERE o.user_id = $1
   AND o.created_at >= $2 AND o.created_at <= $3 AND (o.created_at, o.operation_id) < ($3, $4)
   AND ($5::uuid IS NULL OR o.group_id = $5)
"""
_NEWEST_FIRST = " ORDER BY o.created_at DESC, o.operation_id DESC LIMIT $6"
_KINDS = {
    "": "",
    "ticked": " AND o.added > 0",
    "unticked": " AND o.removed > 0",
    "notes": " AND o.annotated > 0",
    "lists": " AND o.list_action IS NOT NULL",
}

# By what the operations did; "" is all of them. Made of constants only.
TIMELINE = {
    kind: f"{_OPERATION}  FROM selection_operations o{_NARROWED}{condition}{_NEWEST_FIRST}"
    for kind, condition in _KINDS.items()
}

# What was done to a list while it was another's, see `lineage`: without from where.
TIMELINE_OF_FORMER = {
    kind: statement.replace("o.session_id", "NULL AS session_id")
    .replace("o.ip_address", "NULL AS ip_address")
    .replace("o.user_agent", "NULL AS user_agent")
    .replace(
        " ORDER BY",
        " AND ($7::uuid IS NULL OR coalesce(o.actor_id, o.user_id) = $7) AND o.position <= $8 ORDER BY",
    )
    for kind, statement in TIMELINE.items()
}

# Those that changed some records: few, found through the records.
_OF_RECORDS = """
  FROM (SELECT DISTINCT created_at, operation_id FROM selection_audit_log
         WHERE user_id = $1 AND record_id = ANY($7::uuid[])) AS t
  JOIN selection_operations o USING (created_at, operation_id)
"""
TIMELINE_OF_RECORDS = {
    kind: _OPERATION + _OF_RECORDS + _NARROWED + condition + _NEWEST_FIRST
    for kind, condition in _KINDS.items()
}

# Those of one person, among the operations of an owner in whose lists several people work: what others than
# the owner did has an index of its own, which is asked for in its own words.
_OF_ANOTHER = " AND o.actor_id = $7 AND o.actor_id <> o.user_id ORDER BY"
TIMELINE_OF_ACTOR = {
    kind: statement.replace(" ORDER BY", _OF_ANOTHER) for kind, statement in TIMELINE.items()
}

# And those that the owner did: of a person all, of an organization what happens there by itself.
TIMELINE_OF_OWNER = {
    kind: statement.replace(" ORDER BY", " AND coalesce(o.actor_id, o.user_id) = $1 ORDER BY")
    for kind, statement in TIMELINE.items()
}

# Who changed laws of some lists since a moment, and how many: of each list its newest operations, walked no
# further than so many, in the order of its index: how much is in one list is nothing a statistic tells, and
# who expects few of them reads all and sorts.
OFF_THE_INDEX = "SELECT set_config('enable_sort', 'off', true)"
CHANGED_BY = """
SELECT wanted.group_id, o.actor, count(*) AS walked,
       coalesce(sum(o.added) FILTER (WHERE o.list_action IS NULL), 0)::bigint AS added,
       coalesce(sum(o.removed) FILTER (WHERE o.list_action IS NULL), 0)::bigint AS removed,
       coalesce(sum(o.annotated) FILTER (WHERE o.list_action IS NULL), 0)::bigint AS annotated
  FROM unnest($2::uuid[]) AS wanted(group_id)
 CROSS JOIN LATERAL (
       SELECT coalesce(actor_id, user_id) AS actor, list_action, added, removed, annotated
         FROM selection_operations
        WHERE user_id = $1 AND group_id = wanted.group_id AND created_at >= $3
        ORDER BY created_at DESC, operation_id DESC LIMIT $4) AS o
 GROUP BY wanted.group_id, o.actor
"""

# What operations without records say of themselves. The bound on created_at leaves out partitions.
SAID = """
SELECT operation_id, metadata FROM selection_audit_log
 WHERE user_id = $1 AND operation_id = ANY($2::uuid[]) AND created_at >= $3 AND created_at <= $4
   AND record_id IS NULL
"""

# Why laws went, of operations that removed any: each row of one says it again, so one is enough.
REASONS = """
SELECT asked.operation_id, found.reason
  FROM unnest($2::uuid[], $3::timestamptz[]) AS asked(operation_id, at)
 CROSS JOIN LATERAL (
       SELECT metadata ->> 'reason' AS reason FROM selection_audit_log
        WHERE user_id = $1 AND operation_id = asked.operation_id AND created_at = asked.at
          AND action = ANY($4::text[])
        LIMIT 1) AS found
 WHERE found.reason IS NOT NULL
"""

UNDONE_BY = """
SELECT DISTINCT ON (undoes) undoes AS undone, operation_id
  FROM selection_operations
 WHERE user_id = $1 AND undoes = ANY($2::uuid[])
 ORDER BY undoes, position DESC
"""

# ----------------------------------------------------------------------------------------------- moments

# From when on somebody's trail is complete; null: from the start.
REACHES_BACK_TO = """
SELECT coalesce((SELECT reaches_back_to FROM audit_baseline_owners WHERE user_id = $1),
                (SELECT reaches_back_to FROM audit_baseline_reach))
"""

# In one value: as rows, a whole register would be read by itself for a while.
AS_OF = """
WITH later AS (
  SELECT DISTINCT ON (record_no) record_no, action
    FROM selection_audit_log
   WHERE user_id = $1 AND group_id = $2 AND created_at <= $3 AND record_no IS NOT NULL
     AND action <> ALL($4::text[])
     AND position > coalesce((SELECT position FROM audit_baseline_owners WHERE user_id = $1), 0)
   ORDER BY record_no, position DESC
)
SELECT string_agg(int4send(record_no), ''::bytea) FROM (
  SELECT record_no FROM later WHERE action = ANY($5::text[])
  UNION ALL
  SELECT record_no FROM audit_baseline b
   WHERE user_id = $1 AND group_id = $2 AND NOT EXISTS (SELECT FROM later l WHERE l.record_no = b.record_no)
) AS selected
"""

# What each of some records took with it when it first left the list after a moment; that the list itself went
# to another owner is no leaving. IS TRUE: looked up in a table of hashes, and never joined, as PostgreSQL
# takes every such array for a short one.
LEFT_WITH = """
SELECT DISTINCT ON (record_no) record_no, position, metadata -> 'dropped' AS dropped
  FROM selection_audit_log
 WHERE user_id = $1 AND group_id = $2 AND created_at > $3
   AND (record_no IN (SELECT unnest($4::text::int[]))) IS TRUE
   AND action = ANY($5::text[]) AND NOT metadata ?| $6::text[]
 ORDER BY record_no, position
"""

# Of each day the quarters of an hour that begin in it. Days that follow one another at the same time of day,
# as all do between two changes of the clocks, are read together: from $2, where the first begins, up to $3.
ACTIVITY = """
SELECT date_bin('1 day', at, $2) AS day, sum(changes)::bigint AS changes FROM selection_activity
 WHERE user_id = $1 AND at >= $2 AND at < $3 GROUP BY 1
"""

# ---------------------------------------------------------------------------------------------- effects

EFFECT_OF = """
SELECT group_id, record_no, action, metadata, position, actor_id FROM selection_audit_log
 WHERE user_id = $1 AND operation_id = $2 AND record_no IS NOT NULL AND NOT metadata ?| $3::text[]
"""

EFFECT_BEFORE = EFFECT_OF + " AND group_id = $4 AND position <= $5"

# Another's undo counts: what it took back is in effect no longer. An index by actor would be one more to
# write with each tick; so a list is walked from its newest operation on, and only so far at a time. In no
# order, with a row more that says where the walk ended; no position there: at the end.
RECENT_OPERATIONS = """
WITH walked AS MATERIALIZED (
  SELECT operation_id, undoes, coalesce(actor_id, user_id) AS actor, position
    FROM selection_operations
   WHERE user_id = $1 AND group_id = $2 AND undoable > 0
     AND (list_action IS NULL OR list_action <> ALL($6::text[]))
     AND position < coalesce($4::bigint, 9223372036854775807)
   ORDER BY position DESC LIMIT $5
)
SELECT operation_id, undoes, position FROM walked WHERE actor = $3 OR undoes IS NOT NULL
UNION ALL
SELECT NULL, NULL, CASE WHEN count(*) >= $5 THEN min(position) END FROM walked
"""

CHANGED_BY_OTHERS = """
SELECT EXISTS (SELECT FROM selection_operations
                WHERE user_id = $1 AND group_id = $2 AND position > $3
                  AND coalesce(actor_id, user_id) NOT IN ($1, $4))
"""

# What was added last and was not there at first was added once more than it was removed. Up to a position: of
# an operation that is written in parts, the first ones are here already. Rows of the list itself, which have
# no record, count for its version.
CHANGES_SINCE = """
SELECT max(last) AS version,
       string_agg(int4send(record_no), ''::bytea) FILTER (WHERE more > 0) AS added,
       string_agg(int4send(record_no), ''::bytea) FILTER (WHERE more < 0) AS removed,
       $3 < coalesce((SELECT position FROM audit_baseline_owners WHERE user_id = $1), 0) AS is_dropped
  FROM (SELECT record_no, max(position) AS last,
               sum(CASE WHEN action = ANY($5::text[]) THEN 1 WHEN action = ANY($6::text[]) THEN -1 ELSE 0 END)
                 AS more
          FROM selection_audit_log
         WHERE user_id = $1 AND group_id = $2 AND position > $3 AND position <= $4
         GROUP BY record_no) AS later
"""

# Rows name their list as it was called when the database heard of it last; whoever asks knows its id.
# One value with all of them, four bytes each: of 200,000 rows each would be read by itself.
IN_ORDER_OF_COMING = """
SELECT string_agg(int4send(record_no), ''::bytea ORDER BY created_at, record_no)
  FROM user_record_selections
 WHERE user_id = $1
   AND selection_group = (SELECT name FROM user_selection_groups WHERE user_id = $1 AND id = $2)
"""

# With how far they go: exports ask for some hundred rows at a time, and one statement is one snapshot.
DETAILS = """
SELECT w.position AS upto, s.record_no, s.created_at, s.source, s.actor_id
  FROM (SELECT coalesce((SELECT position FROM sync_watermarks WHERE journal_id = $4), 0) AS position) AS w
  LEFT JOIN user_record_selections s
    ON s.user_id = $1
   AND s.selection_group = (SELECT name FROM user_selection_groups WHERE user_id = $1 AND id = $2)
   AND s.record_id = ANY($3::uuid[])
"""

# ------------------------------------------------------------------------------------------------ verify

# Both in the order of (user_id, group_id), so that two cursors are walked side by side, one list at a time.
VERIFY_TRAIL = """
SELECT l.user_id, l.group_id, l.record_no, l.action, l.position, l.selection_group
  FROM selection_audit_log l LEFT JOIN audit_baseline_owners b ON b.user_id = l.user_id
 WHERE l.record_no IS NOT NULL AND l.action <> ALL($1::text[]) AND l.group_id IS NOT NULL
   AND l.position > coalesce(b.position, 0)
 ORDER BY l.user_id, l.group_id, l.position
"""

# When one of some records of a list changed last, by the trail and by the ticks themselves.
LAST_CHANGED = """
SELECT max(at) FROM (
  SELECT created_at AS at FROM selection_audit_log
   WHERE user_id = $1 AND group_id = $2 AND record_no = ANY($3::int[])
  UNION ALL
  SELECT s.created_at FROM user_record_selections s
    JOIN user_selection_groups g ON g.user_id = s.user_id AND g.name = s.selection_group
   WHERE s.user_id = $1 AND g.id = $2 AND s.record_no = ANY($3::int[])) AS changes
"""

VERIFY_LISTS = """
SELECT k.user_id, k.group_id, coalesce(g.name, e.name) AS name, e.user_id IS NOT NULL AS erased,
       ARRAY(SELECT s.record_no FROM user_record_selections s
              WHERE s.user_id = k.user_id AND s.selection_group = g.name)
         || coalesce(e.records, '{}') AS selected,
       ARRAY(SELECT b.record_no FROM audit_baseline b
              WHERE b.user_id = k.user_id AND b.group_id = k.group_id) AS baseline
  FROM (SELECT user_id, id AS group_id FROM user_selection_groups
        UNION SELECT user_id, group_id FROM erased_lists
        UNION SELECT user_id, group_id FROM audit_baseline) k
  LEFT JOIN user_selection_groups g ON g.user_id = k.user_id AND g.id = k.group_id
  LEFT JOIN erased_lists e ON g.id IS NULL AND e.user_id = k.user_id AND e.group_id = k.group_id
 ORDER BY k.user_id, k.group_id
"""

# What was done to an organization itself, and to its lists: of an operation one line, which names no record.
RIGHTS_TRAIL = """
SELECT user_id, operation_id, action, group_id, actor_id, position, created_at, metadata
  FROM selection_audit_log
 WHERE user_id = $1 AND record_id IS NULL AND action = ANY($2::text[])
   AND ($3::timestamptz IS NULL OR created_at <= $3) AND position > $4
 ORDER BY position
"""

# What members suggested, and what became of it.
SUGGESTED = """
SELECT operation_id, action, group_id, actor_id, position, created_at, metadata
  FROM selection_audit_log
 WHERE user_id = $1 AND record_id IS NULL AND action = ANY($2::text[]) AND position > $3
 ORDER BY position
"""

# Of each list what says who may do what with it.
LISTS_THEMSELVES = "SELECT id, restricted, made_by, four_eyes FROM user_selection_groups WHERE user_id = $1"

FOUNDED = """
SELECT o.founder_id, o.created_at, g.id AS group_id
  FROM organizations o JOIN user_selection_groups g ON g.user_id = o.id AND g.is_default WHERE o.id = $1
"""

# Who changed records of an organization's lists, and where: of each operation, in order.
ACTED = """
SELECT o.position, o.actor_id, o.group_id, o.record_action, o.list_action, o.undoes, o.operation_id,
       CASE WHEN o.record_action = 'annotate' THEN ARRAY(
         SELECT DISTINCT k.key FROM selection_audit_log l
          CROSS JOIN LATERAL jsonb_object_keys(CASE WHEN jsonb_typeof(l.metadata -> 'changes') = 'object'
                                                    THEN l.metadata -> 'changes' ELSE '{}' END) AS k (key)
          WHERE l.operation_id = o.operation_id AND l.user_id = o.user_id) END AS keys
  FROM selection_operations o
 WHERE o.user_id = $1 AND o.record_action IS NOT NULL AND o.position > $2
 ORDER BY o.position
"""

EXPORT_SNAPSHOT = "SELECT pg_export_snapshot()"
# It takes no parameter; PostgreSQL itself has named it.
SEE_SNAPSHOT = "SET TRANSACTION SNAPSHOT '{snapshot}'"

WATERMARKS = "SELECT journal_id, position FROM sync_watermarks WHERE position > 0 ORDER BY journal_id"

# -------------------------------------------------------------------------------------------- partitions

# Before a snapshot is taken: a month that is rewritten meanwhile would be empty to an older one.
LOCK_TRAIL = "LOCK TABLE ONLY selection_audit_log IN ACCESS SHARE MODE"

LAST_BEFORE = """
SELECT coalesce(max(position), 0) FROM selection_audit_log WHERE user_id = $1 AND created_at < $2
"""

RIGHTS_KEPT = "SELECT position, state FROM audit_baseline_rights WHERE user_id = $1"

KEEP_RIGHTS = """
INSERT INTO audit_baseline_rights AS b (user_id, position, state) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET position = excluded.position, state = excluded.state
 WHERE b.position <= excluded.position
"""

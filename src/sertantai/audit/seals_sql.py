"""The SQL of holding the trail against the sealed log."""

from typing import Final

# In the order of each owner's positions, an operation's rows together. Those from before the log was sealed
# have no journal: they are played, for what lists held then. First what tells an operation or a part of one,
# then what its rows have in common: `sealed_rows` takes them by their places.
SEALED_TRAIL: Final = """
SELECT l.user_id, l.journal_id, l.position, l.part, l.operation_id, l.actor_id, l.group_id,
       l.selection_group, l.created_at, l.session_id, abbrev(l.ip_address) AS ip_address, l.user_agent,
       l.action, l.record_no, l.record_name, l.metadata
  FROM selection_audit_log l LEFT JOIN audit_baseline_owners b ON b.user_id = l.user_id
 WHERE ($1::uuid IS NULL OR l.user_id = $1) AND l.position > coalesce(b.position, 0)
 ORDER BY l.user_id, l.position, l.journal_id, l.part, l.record_no NULLS LAST
"""

BASELINE_OF: Final = """
SELECT group_id, array_agg(record_no) AS records FROM audit_baseline WHERE user_id = $1 GROUP BY group_id
"""

FLOORS: Final = """
SELECT user_id, group_id, number, head FROM audit_chain_floors WHERE $1::uuid IS NULL OR user_id = $1
"""

CHAINS: Final = "SELECT user_id, group_id, number, head FROM audit_chains"

OPAQUE_OF: Final = """
SELECT field, commitment, notice FROM audit_opaque WHERE journal_id = $1 AND position = $2 AND part = $3
"""

OPAQUE_BY_ACTS: Final = """
SELECT notice, journal_id, position, part, field, commitment FROM audit_opaque
 ORDER BY notice, journal_id, position, part, field COLLATE "C"
"""

OPAQUE_BY_ACT: Final = """
SELECT notice, journal_id, position, part, field, commitment FROM audit_opaque WHERE notice = $1
 ORDER BY journal_id, position, part, field COLLATE "C"
"""

CUTS_OF: Final = "SELECT user_id, position, reaches_back_to, lists, floors FROM sertantai_cuts($1)"

REACH: Final = "SELECT max(reaches_back_to) FROM audit_baseline_reach"

RIGHTS_KEPT: Final = "SELECT user_id, position, state FROM audit_baseline_rights ORDER BY user_id"

STILL_THERE: Final = """
SELECT id FROM users WHERE id = ANY ($1::uuid[])
 UNION SELECT id FROM organizations WHERE id = ANY ($1::uuid[])
"""

HAS_OPAQUE: Final = "SELECT EXISTS (SELECT FROM audit_opaque)"

LEAVES_WAITING: Final = """
SELECT position, part, places, leaves FROM audit_leaves
 WHERE journal_id = ANY ($1::uuid[]) ORDER BY position, part
"""

NOTICES: Final = "SELECT id, told, at, kind, subject, actor, body, mac FROM audit_notices ORDER BY told"

# Of some kinds, beside those that are known already.
NOTICES_BESIDE: Final = """
SELECT id, at, kind, subject, actor, body, mac FROM audit_notices n
 WHERE kind = ANY ($1::text[])
   AND NOT EXISTS (SELECT FROM unnest($2::uuid[]) AS known (id) WHERE known.id = n.id)
 ORDER BY told
"""

# Those from before the log was sealed: no journal is written with them.
ROWS_AS_FOUND: Final = """
SELECT user_id, position, operation_id, actor_id, group_id, selection_group, created_at, action, record_no,
       record_name, metadata
  FROM selection_audit_log WHERE journal_id IS NULL
 ORDER BY user_id, position NULLS FIRST, record_no NULLS LAST, id
"""

WAS_FOUND: Final = "SELECT EXISTS (SELECT FROM audit_notices WHERE kind = 'balance' AND body ? 'found')"

WAS_KEPT: Final = "SELECT EXISTS (SELECT FROM audit_notices WHERE kind = 'balance' AND body ? 'kept')"

LOCK_FINDING: Final = "SELECT pg_advisory_xact_lock(hashtextextended('sertantai_rows_as_found', 0))"

FOUND: Final = """
SELECT body -> 'found' AS found FROM audit_notices
 WHERE kind = 'balance' AND body ? 'found' ORDER BY told LIMIT 1
"""

# Months from before that were dropped or rewritten since: told by a notice of retention or erasure.
MONTHS_TOLD_GONE: Final = """
SELECT DISTINCT body ->> 'month' AS month FROM audit_notices WHERE kind IN ('retention', 'erasure')
"""

HALF_WRITTEN: Final = """
SELECT EXISTS (SELECT FROM sync_watermarks WHERE journal_id = ANY ($1::uuid[]) AND parts > 0)
"""

# Rows that another server's log knows of.
HAS_OTHER_JOURNALS: Final = """
SELECT EXISTS (SELECT FROM sync_watermarks WHERE journal_id <> ALL ($1::uuid[]) AND position > 0)
"""

DROP_LEAVES: Final = "DELETE FROM audit_leaves WHERE journal_id = ANY ($1::uuid[])"

A_LIST_BY_CHANCE: Final = """
SELECT user_id, group_id FROM audit_chains WHERE group_id <> user_id ORDER BY random() LIMIT 1
"""

OWNERS: Final = "SELECT DISTINCT user_id FROM selection_audit_log ORDER BY user_id"

# Of operations whose rows are gone, what is left of them elsewhere.
OPERATIONS_AT: Final = """
SELECT position, operation_id, user_id, actor_id, group_id, group_name, created_at
  FROM selection_operations WHERE position = ANY ($1::bigint[])
"""

HISTORIES_ENDING_IN: Final = "SELECT user_id, group_id, head FROM audit_chains WHERE head = ANY ($1::bytea[])"

LISTS_CALLED: Final = "SELECT id, name FROM user_selection_groups WHERE id = ANY ($1::uuid[])"
LAWS_CALLED: Final = "SELECT record_no, name FROM uk_lrt_records WHERE record_no = ANY ($1::bigint[])"

# What the constraints `…_readable` refuse, as text: whoever takes them away can write it.
UNREADABLE: Final = """
WITH rows (name, id, owner, position, at, said, ip, record, time) AS (
  SELECT 'selection_audit_log', id, user_id, position, created_at::text, metadata, ip_address, record_no,
         created_at
    FROM selection_audit_log
  UNION ALL
  SELECT 'security_events', id, user_id, NULL, at::text, details, ip_address, NULL, at FROM security_events
  UNION ALL
  SELECT 'audit_notices', id, subject, NULL, at::text, body, NULL, NULL, at FROM audit_notices
), looked AS (
  SELECT name, id::text AS id, owner::text AS owner, position, at,
         concat_ws(' and ',
           CASE WHEN jsonb_typeof(said) <> 'object' THEN 'details' END,
           CASE WHEN time < '0001-01-02 00:00+00' OR time >= '9999-01-01 00:00+00' THEN 'time' END,
           CASE WHEN record <= 0 THEN 'number of a law' END,
           CASE WHEN masklen(ip) <> CASE family(ip) WHEN 4 THEN 32 ELSE 128 END THEN 'IP address' END) AS what
    FROM rows)
SELECT name, id, owner, position, at, what FROM looked WHERE what <> '' ORDER BY name, position LIMIT $1
"""

SAID_OF_MOVES: Final = """
SELECT id::text AS id, user_id::text AS owner, position, created_at::text AS at,
       metadata ->> 'selected_at' AS selected_at, metadata ->> 'selected_by' AS selected_by
  FROM selection_audit_log
 WHERE jsonb_typeof(metadata) = 'object' AND metadata ?| ARRAY['selected_at', 'selected_by']
"""

"""The SQL of what stands now."""

from typing import Final

# An operation is what its lines say. Of rows whose words went nothing tells any more whether they can be
# undone. What was dropped before the trail of an owner begins is not looked at. $1: at most so many; $2: what
# notes.
OPERATIONS: Final = """
SELECT user_id, operation_id, at, name, group_id, what, found FROM (
  SELECT coalesce(o.user_id, t.user_id) AS user_id, coalesce(o.operation_id, t.operation_id) AS operation_id,
         coalesce(o.created_at, t.created_at) AS at, coalesce(t.group_name, o.group_name) AS name,
         coalesce(t.group_id, o.group_id::text) AS group_id,
         concat_ws(' ', o.position, o.group_name, o.list_action, o.record_action, o.undoes, o.undoable,
                   o.record_name, o.record_id) AS found,
         CASE WHEN o.operation_id IS NULL THEN 'is not among the operations'
              WHEN t.operation_id IS NOT NULL
               AND (b.reaches_back_to IS NULL OR o.created_at >= b.reaches_back_to)
              THEN nullif(concat_ws(', ',
                CASE WHEN o.position IS DISTINCT FROM t.position THEN 'its place in the log' END,
                CASE WHEN o.group_name IS DISTINCT FROM t.group_name THEN 'the list''s name' END,
                CASE WHEN o.list_action IS DISTINCT FROM t.list_action
                       OR o.record_action IS DISTINCT FROM t.record_action THEN 'what was done' END,
                CASE WHEN o.undoes IS DISTINCT FROM t.undoes THEN 'what it undoes' END,
                CASE WHEN o.undoable <> t.undoable AND NOT t.redacted THEN 'what of it can be undone' END,
                CASE WHEN t.laws = 1 AND (o.record_name IS DISTINCT FROM t.record_name
                       OR o.record_id::text IS DISTINCT FROM t.record_id) THEN 'the law' END), '')
         END AS what
    FROM (
      SELECT user_id, created_at, operation_id, max(position) AS position, min(selection_group) AS group_name,
             min(group_id::text) AS group_id,
             max(action) FILTER (WHERE record_id IS NULL) AS list_action,
             min(action) FILTER (WHERE record_id IS NOT NULL) AS record_action, count(record_id) AS laws,
             count(*) FILTER (WHERE record_id IS NOT NULL
                                AND (action <> ALL ($2::text[]) OR metadata ? 'before')) AS undoable,
             max(metadata ->> 'undoes')::uuid AS undoes, min(record_id::text) AS record_id,
             min(record_name) AS record_name, bool_or(metadata ? 'redacted') AS redacted
        FROM selection_audit_log WHERE operation_id IS NOT NULL GROUP BY user_id, created_at, operation_id
    ) t
    FULL JOIN selection_operations o
      ON o.user_id = t.user_id AND o.created_at = t.created_at AND o.operation_id = t.operation_id
    LEFT JOIN audit_baseline_owners b ON b.user_id = o.user_id
) AS compared WHERE what IS NOT NULL ORDER BY at, user_id, operation_id LIMIT $1
"""

# Changes in each quarter of an hour.
ACTIVITY: Final = """
SELECT user_id, at, coalesce(t.n, 0) AS lines, coalesce(a.changes, 0) AS counted
  FROM (
    SELECT user_id, date_bin('15 minutes', created_at, 'epoch') AS at, count(*) AS n
      FROM selection_audit_log GROUP BY 1, 2
  ) t
  FULL JOIN selection_activity a USING (user_id, at)
 WHERE t.n IS DISTINCT FROM a.changes ORDER BY at, user_id LIMIT $1
"""

CHAINS_OF: Final = """
SELECT user_id, group_id, number, head FROM audit_chains WHERE user_id = ANY ($1::uuid[])
"""

# Of accounts that are there, of whom the trail has nothing, and of whom nothing went. $1: at most so many.
CHAINS_OF_NOTHING: Final = """
SELECT c.user_id, c.group_id, c.number, c.head FROM audit_chains c JOIN users u ON u.id = c.user_id
 WHERE NOT EXISTS (SELECT FROM audit_baseline_owners b WHERE b.user_id = c.user_id)
   AND NOT EXISTS (SELECT FROM audit_chain_floors f WHERE f.user_id = c.user_id)
   AND NOT EXISTS (SELECT FROM selection_audit_log t WHERE t.user_id = c.user_id)
 ORDER BY 1, 2 LIMIT $1
"""

# From when on the trail of an owner is complete, where something of it was let go.
SINCE: Final = """
SELECT user_id, coalesce(reaches_back_to, 'epoch') AS since FROM audit_baseline_owners
"""

LIST_LINES: Final = """
SELECT group_id, user_id, position, action, selection_group, operation_id, created_at, metadata
  FROM selection_audit_log WHERE record_id IS NULL AND group_id IS NOT NULL AND action = ANY ($1::text[])
 ORDER BY group_id, position
"""

LISTS: Final = """
SELECT id, user_id, name, description, is_default, metadata, created_at, now() AS now
  FROM user_selection_groups ORDER BY id
"""

IS_THERE: Final = "SELECT EXISTS (SELECT FROM users WHERE id = $1)"

ORGANIZATIONS: Final = "SELECT id FROM organizations"

# All lines of laws that are in a list now, and of which something is or ever was noted. $1: what notes.
NOTED_LINES: Final = """
WITH noted AS MATERIALIZED (
  SELECT group_id, record_no FROM selection_audit_log
   WHERE record_id IS NOT NULL AND (action = ANY ($1::text[]) OR metadata ? 'noted')
), there AS MATERIALIZED (
  SELECT g.id AS group_id, s.record_no, s.user_id AS owner, s.metadata AS stored, g.name AS list_name,
         s.record_id
    FROM user_record_selections s
    JOIN user_selection_groups g ON g.user_id = s.user_id AND g.name = s.selection_group
   WHERE s.metadata <> '{}' OR (g.id, s.record_no) IN (SELECT group_id, record_no FROM noted)
)
SELECT t.group_id, t.record_no, t.owner, t.stored, t.list_name, r.name AS law,
       l.user_id, l.actor_id, l.action, l.metadata, l.created_at
  FROM there t
  JOIN uk_lrt_records r ON r.id = t.record_id
  LEFT JOIN selection_audit_log l ON l.group_id = t.group_id AND l.record_id = t.record_id
 ORDER BY t.group_id, t.record_no, l.position, l.part
"""

PEOPLE: Final = """
SELECT u.id, u.role, u.disabled_at, u.created_at, g.id AS list, g.name, g.created_at AS list_made
  FROM users u LEFT JOIN user_selection_groups g ON g.user_id = u.id AND g.is_default ORDER BY u.id
"""

LINKS: Final = """
SELECT l.id, l.user_id, l.group_id, encode(sha256(l.token_hash), 'hex') AS secret, g.name
  FROM selection_group_links l LEFT JOIN user_selection_groups g ON g.id = l.group_id ORDER BY l.id
"""

# Without what an organization's own log says, which is compared with that.
POLICIES: Final = """
SELECT class, organization_id, action, keep_months, keep_days, in_force_from, set_at, reason
  FROM retention_policies
 WHERE NOT (class = 'deeds' AND organization_id IS NOT NULL AND action IS NULL)
 ORDER BY class, organization_id, action, in_force_from
"""

HOLDS: Final = """
SELECT id, scope, target, placed_by, placed_at, released_at, reason, release_reason
  FROM legal_holds ORDER BY placed_at, id
"""

ERASURES: Final = """
SELECT id, person, asked_at, due_at, again, taken_back_at, done_at, reason FROM erasures ORDER BY asked_at, id
"""

# Of which comparison, and of all before it, was told how what stood then was found; 0: of none.
STOOD_UPTO: Final = """
SELECT coalesce(max(coalesce((body ->> 'upto')::int, 1)), 0) FROM audit_notices
 WHERE kind = 'balance' AND body ? 'standing'
"""

NOTICES_OF: Final = "SELECT id FROM audit_notices WHERE kind = ANY ($1::text[]) ORDER BY told"

THESE_NOTICES: Final = """
SELECT id, at, kind, subject, actor, body, mac FROM audit_notices WHERE id = ANY ($1::uuid[]) ORDER BY told
"""

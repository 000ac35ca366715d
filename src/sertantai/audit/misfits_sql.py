"""What `misfits` asks of the whole trail.

Every statement reads each partition once, in no order: its work is the database's, and grows with the trail
alone. What does not fit comes by list: of one line, all that is said is of that line; of many, where they
begin.
"""

from typing import Final

# For this transaction: months are compared one by one, in memory of one size, in the order as written. What
# is joined is hashed: after a large import PostgreSQL does not know yet how much there is, and takes an hour
# for what a minute is enough for.
WITH_ROOM: Final = """
SELECT set_config('work_mem', '64MB', true), set_config('enable_partitionwise_join', 'on', true),
       set_config('enable_partitionwise_aggregate', 'on', true), set_config('jit', 'off', true),
       set_config('join_collapse_limit', '1', true), set_config('enable_nestloop', 'off', true),
       set_config('enable_mergejoin', 'off', true)
"""


_FOUND_IN: Final = """
SELECT fault, user_id, group_id, max(name) AS name, count(*) AS lines, min(at) AS at,
       min(position) AS position, min(operation::text)::uuid AS operation, min(record) AS record
"""
_AND_PUT_TOGETHER: Final = """
 WHERE fault IS NOT NULL
 GROUP BY fault, user_id, group_id ORDER BY min(at), user_id, group_id, fault LIMIT $1
"""


def _by_list(lines: str, before: str = "") -> str:
    return f"{before}{_FOUND_IN} FROM ({lines}) AS found {_AND_PUT_TOGETHER}"


# $2: actions that add or remove or note; $3: those without a record. Times of lines that say that they were
# sealed are what was sealed: a server's clock may have been wrong. Of others a day's grace is enough. An
# operation whose last part was set aside, and done again, has the place where it was done again.
LINES: Final = _by_list(
    """
  SELECT l.user_id, l.group_id, l.selection_group AS name, l.created_at AS at, l.position,
         l.operation_id AS operation, l.record_no AS record,
         CASE
           WHEN owner.id IS NULL AND went.user_id IS NULL THEN 'owner_unknown'
           WHEN l.actor_id IS NOT NULL AND actor.id IS NULL AND NOT EXISTS (
             SELECT FROM former_accounts f WHERE f.user_id = l.actor_id
           ) THEN 'actor_unknown'
           WHEN l.operation_id IS NULL OR l.position IS NULL THEN 'of_no_operation'
           WHEN l.position NOT BETWEEN 1 AND reached.position THEN 'position_not_reached'
           WHEN l.action = ANY($2::text[]) AND l.group_id IS NULL THEN 'of_no_list'
           WHEN (l.record_id IS NULL) <> (l.action = ANY($3::text[]))
             OR l.record_no IS DISTINCT FROM r.record_no
             OR l.record_name IS DISTINCT FROM r.name THEN 'another_law'
           WHEN l.journal_id IS NULL AND l.created_at > now() + interval '1 day' THEN 'not_yet'
           WHEN l.journal_id IS NULL
            AND l.created_at < coalesce(owner.created_at, went.made_at) - interval '1 day'
             THEN 'before_account'
           WHEN l.journal_id IS NULL AND owner.id IS NULL AND l.created_at > went.erased_at + interval '1 day'
             THEN 'after_account'
           WHEN g.user_id <> l.user_id AND NOT EXISTS (
             SELECT FROM selection_group_lineage x WHERE x.group_id = l.group_id AND x.from_owner = l.user_id
           ) THEN 'list_of_another'
           WHEN l.journal_id IS NULL AND l.position > sealed.since THEN 'unsealed'
           WHEN o.operation_id IS NULL THEN 'not_counted'
           WHEN o.position < l.position OR o.actor_id IS DISTINCT FROM l.actor_id
             OR o.group_id IS DISTINCT FROM l.group_id OR o.session_id IS DISTINCT FROM l.session_id
             OR o.ip_address IS DISTINCT FROM l.ip_address OR o.user_agent IS DISTINCT FROM l.user_agent
             OR o.source IS DISTINCT FROM coalesce(
               l.metadata ->> 'source',
               -- Laws that change hands with their list have the way in its line only.
               CASE WHEN l.metadata ?| ARRAY['handed_over_to', 'handed_over_from'] THEN o.source END
             ) THEN 'counted_otherwise'
         END AS fault
    FROM selection_audit_log l
    LEFT JOIN selection_operations o
      ON o.user_id = l.user_id AND o.created_at = l.created_at AND o.operation_id = l.operation_id
    LEFT JOIN uk_lrt_records r ON r.id = l.record_id
    LEFT JOIN users owner ON owner.id = l.user_id
    LEFT JOIN former_accounts went ON went.user_id = l.user_id
    LEFT JOIN users actor ON actor.id = l.actor_id
    LEFT JOIN user_selection_groups g ON g.id = l.group_id
    LEFT JOIN (
      SELECT user_id, min(position) AS since FROM selection_audit_log
       WHERE journal_id IS NOT NULL GROUP BY user_id
    ) sealed ON sealed.user_id = l.user_id
   CROSS JOIN reached
""",
    before="""
WITH reached AS (
  SELECT greatest((SELECT max(position) FROM sync_watermarks),
                  (SELECT max(version) FROM user_selection_groups), 0) + 1 AS position
)""",
)

# Of each operation as many changes as are counted; $2 to $4: actions that add, remove, note.
COUNTS: Final = _by_list(
    """
  SELECT o.user_id, o.group_id, o.group_name AS name, o.created_at AS at, o.position,
         o.operation_id AS operation, NULL::int AS record,
         CASE WHEN (t.operation_id IS NULL OR t.added <> o.added OR t.removed <> o.removed
                    OR t.annotated <> o.annotated)
               AND (b.reaches_back_to IS NULL OR o.created_at >= b.reaches_back_to)
              THEN 'lines_missing' END AS fault
    FROM selection_operations o
    LEFT JOIN audit_baseline_owners b ON b.user_id = o.user_id
    LEFT JOIN (
      SELECT user_id, created_at, operation_id,
             count(*) FILTER (WHERE action = ANY($2::text[])) AS added,
             count(*) FILTER (WHERE action = ANY($3::text[])) AS removed,
             count(*) FILTER (WHERE action = ANY($4::text[])) AS annotated
        FROM selection_audit_log GROUP BY user_id, created_at, operation_id
    ) t ON t.user_id = o.user_id AND t.created_at = o.created_at AND t.operation_id = o.operation_id
"""
)

# How much was done on each day is what a count of the trail says. Such a sum is of a day, of no operation.
TALLIES: Final = _by_list(
    """
  SELECT user_id, nullif(group_id, '00000000-0000-0000-0000-000000000000') AS group_id, NULL::text AS name,
         day::timestamp AT TIME ZONE 'UTC' AS at, NULL::bigint AS position, NULL::uuid AS operation,
         NULL::int AS record,
         CASE WHEN t.n IS DISTINCT FROM d.n THEN 'tallied_otherwise' END AS fault
    FROM (
      SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, action,
             coalesce(group_id, '00000000-0000-0000-0000-000000000000') AS group_id,
             coalesce(actor_id, '00000000-0000-0000-0000-000000000000') AS actor_id, count(*) AS n
        FROM selection_audit_log GROUP BY 1, 2, 3, 4, 5
    ) t
    FULL JOIN (
      SELECT user_id, day, action, coalesce(group_id, '00000000-0000-0000-0000-000000000000') AS group_id,
             coalesce(actor_id, '00000000-0000-0000-0000-000000000000') AS actor_id, n FROM audit_daily
    ) d USING (user_id, day, action, group_id, actor_id)
"""
)

# A place in the log is one operation's.
PLACES: Final = _by_list(
    """
  SELECT o.user_id, o.group_id, o.group_name AS name, o.created_at AS at, o.position,
         o.operation_id AS operation, NULL::int AS record, 'same_position' AS fault
    FROM selection_operations o
    JOIN (
      SELECT user_id, position FROM selection_operations GROUP BY user_id, position HAVING count(*) > 1
    ) twice ON twice.user_id = o.user_id AND twice.position = o.position
"""
)

# A tick says when, by whom and how it was made: as a line of the trail does, or, where its list came from
# another owner, the line that says that it was there, as a line of that owner's does. $2: actions that add.
TICKS: Final = _by_list(
    """
  SELECT s.user_id, g.id AS group_id, g.name, s.created_at AS at, NULL::bigint AS position,
         NULL::uuid AS operation, s.record_no AS record, 'tick_untold' AS fault
    FROM user_record_selections s
    JOIN user_selection_groups g ON g.user_id = s.user_id AND g.name = s.selection_group
    LEFT JOIN audit_baseline_owners b ON b.user_id = s.user_id
    LEFT JOIN selection_audit_log t
      ON t.user_id = s.user_id AND t.created_at = s.created_at AND t.record_id = s.record_id
     AND t.group_id = g.id AND t.action = ANY($2::text[])
     AND t.actor_id IS NOT DISTINCT FROM s.actor_id AND coalesce(t.metadata ->> 'source', 'hand') = s.source
   WHERE t.id IS NULL AND (b.reaches_back_to IS NULL OR s.created_at >= b.reaches_back_to)
     AND NOT EXISTS (
       SELECT FROM selection_audit_log m
        WHERE m.user_id = s.user_id AND m.record_id = s.record_id AND m.group_id = g.id
          AND (m.metadata ? 'redacted'
               OR (m.metadata ? 'handed_over_from'
                   AND (m.metadata ->> 'selected_at')::timestamptz = s.created_at
                   AND (m.metadata ->> 'selected_by')::uuid = coalesce(s.actor_id, s.user_id))))
  UNION ALL
  SELECT m.user_id, m.group_id, m.selection_group, m.created_at, m.position, m.operation_id, m.record_no,
         'tick_untold'
    FROM selection_audit_log m
    LEFT JOIN audit_baseline_owners b ON b.user_id::text = m.metadata ->> 'handed_over_from'
   WHERE m.metadata ?& ARRAY['handed_over_from', 'selected_at'] AND m.record_id IS NOT NULL
     AND (b.reaches_back_to IS NULL OR (m.metadata ->> 'selected_at')::timestamptz >= b.reaches_back_to)
     AND NOT EXISTS (
       SELECT FROM selection_audit_log t
        WHERE t.user_id::text = m.metadata ->> 'handed_over_from' AND t.group_id = m.group_id
          AND t.record_id = m.record_id AND t.action = ANY($2::text[])
          AND ((t.created_at = (m.metadata ->> 'selected_at')::timestamptz
                AND coalesce(t.actor_id, t.user_id)::text = m.metadata ->> 'selected_by')
               OR (t.metadata ? 'redacted')
               OR (t.metadata ->> 'selected_at' = m.metadata ->> 'selected_at'
                   AND t.metadata ->> 'selected_by' = m.metadata ->> 'selected_by')))
"""
)

# The newest change of each list stands in the trail.
NEWEST: Final = _by_list(
    """
  SELECT g.user_id, g.id AS group_id, g.name, g.updated_at AS at, g.version AS position,
         NULL::uuid AS operation, NULL::int AS record, 'newest_missing' AS fault
    FROM user_selection_groups g
    LEFT JOIN audit_baseline_owners b ON b.user_id = g.user_id
   WHERE g.version > 0 AND (b.reaches_back_to IS NULL OR g.updated_at >= b.reaches_back_to)
     AND NOT EXISTS (SELECT FROM selection_audit_log t
                      WHERE t.user_id = g.user_id AND t.group_id = g.id AND t.position = g.version)
"""
)

# What was dropped: whole months, none of them this one or later; nothing before is left, and what is kept of
# them is not younger. What is held, or kept by its action, stays where the rest has gone: not looked at.
CUTS: Final = _by_list(
    """
  SELECT c.user_id, NULL::uuid AS group_id, NULL::text AS name, coalesce(c.at, now()) AS at, c.position,
         NULL::uuid AS operation, NULL::int AS record,
         CASE WHEN c.at IS NULL OR c.at > date_trunc('month', now(), 'UTC')
                OR c.at <> date_trunc('month', c.at, 'UTC') THEN 'cut_without_month' END AS fault
    FROM cut c
  UNION ALL
  SELECT h.user_id, h.group_id, NULL, now(), NULL, NULL, h.record_no, 'held_without_cut'
    FROM audit_baseline h
   WHERE NOT EXISTS (SELECT FROM cut c WHERE c.user_id = h.user_id AND c.at IS NOT NULL)
  UNION ALL
  SELECT h.user_id, h.group_id, g.name, s.created_at, NULL, NULL, h.record_no, 'held_too_young'
    FROM audit_baseline h
    JOIN cut c ON c.user_id = h.user_id
    JOIN user_selection_groups g ON g.user_id = h.user_id AND g.id = h.group_id
    JOIN user_record_selections s
      ON s.user_id = h.user_id AND s.selection_group = g.name AND s.record_no = h.record_no
   WHERE s.created_at >= c.at
     AND NOT EXISTS (SELECT FROM selection_audit_log t
                      WHERE t.user_id = h.user_id AND t.record_id = s.record_id AND t.group_id = g.id
                        AND t.created_at >= c.at)
  UNION ALL
  SELECT l.user_id, l.group_id, l.selection_group, l.created_at, l.position, l.operation_id, l.record_no,
         'line_before_cut'
    FROM cut c JOIN selection_audit_log l ON l.user_id = c.user_id AND l.created_at < c.at
   WHERE l.tableoid <> 'selection_audit_log_default'::regclass
     AND (l.journal_id IS NULL OR l.position <= c.position)
     AND NOT EXISTS (SELECT FROM legal_holds)
     AND NOT EXISTS (SELECT FROM retention_policies WHERE action IS NOT NULL)
""",
    before="WITH cut AS (SELECT user_id, position, reaches_back_to AS at FROM audit_baseline_owners)",
)

# Each month holds what is of it.
MONTHS: Final = """
SELECT l.tableoid::regclass::text AS month, min(l.created_at) AS first, max(l.created_at) AS last
  FROM selection_audit_log l GROUP BY l.tableoid
"""

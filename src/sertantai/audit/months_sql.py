"""What is asked of the functions that make, drop and rewrite months, and what is noted of it."""

MAKE_PARTITIONS = "SELECT sertantai_make_audit_partitions($1)"
ORGANIZATIONS_DUE = "SELECT organization, month_after FROM sertantai_organizations_due()"
RETAIN_MONTH = "SELECT month, change, is_dropped, leaving FROM sertantai_retain_audit_month()"
TIDY_AFTER_MONTHS = "SELECT sertantai_tidy_after_months()"
FORGET_REJECTIONS = "SELECT sertantai_forget_rejections()"
SET_POLICY = "SELECT sertantai_set_policy($1, $2, $3, $4, $5, $6, $7)"

# What counts of whoever loses something: the installation's, and of them so many.
POLICIES_OF = """
SELECT class, organization_id::text AS organization_id, action, keep_months, keep_days
  FROM sertantai_policies_now()
 WHERE class IN ('deeds', 'origins', 'guest_deeds')
   AND (organization_id IS NULL OR organization_id = ANY ($1::uuid[]))
 ORDER BY organization_id NULLS FIRST, class, action NULLS FIRST LIMIT $2
"""

NOTE_ACT = """
INSERT INTO retention_acts (id, at, class, act, month, rows_gone, rows_changed, by_action, operations_gone,
                            owners, policies, archive)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
LOOKS_DUE = "SELECT id, told FROM sertantai_access_due($1, $2)"
DROP_LOOKS = "SELECT id, at FROM sertantai_drop_access($1, $2, $3, $4, $5)"
POLICIES_OF_CLASS = "SELECT * FROM sertantai_policies_now() WHERE class = $1"
NOTE_RUN = "INSERT INTO retention_runs (id, started_at, ended_at, acts, error) VALUES ($1, $2, $3, $4, $5)"

MONTH_AS_JSON = """
SELECT to_jsonb(l)::text AS line FROM selection_audit_log l
 WHERE l.created_at >= sertantai_start_of_month($1) AND l.created_at < sertantai_end_of_month($1)
 ORDER BY l.user_id, l.created_at, l.id
"""

# Of one month that is rewritten: with the rest of its transaction.
AT_MOST = "SELECT set_config('statement_timeout', $1, true)"
FINISH_REWRITE = """
SELECT month, rows_gone, rows_changed, gone_by_action, operations_gone FROM sertantai_finish_rewrite()
"""

# Up to where the history of each owner who loses something ends, and up to where it had ended before.
WHAT_ENDS = """
SELECT l.user_id, coalesce(max(b.position), 0) AS reached, max(l.position) AS upto
  FROM selection_audit_log l LEFT JOIN audit_baseline_owners b USING (user_id)
 WHERE l.user_id = ANY ($1::uuid[]) AND l.created_at < $2 AND l.position IS NOT NULL
 GROUP BY l.user_id
"""

ENTRIES_THAT_END = """
SELECT l.user_id, l.position, l.part, min(l.group_id::text)::uuid AS group_id
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS ends (owner, reached, upto)
  JOIN selection_audit_log l
    ON l.user_id = ends.owner AND l.position > ends.reached AND l.position <= ends.upto
 WHERE l.journal_id = ANY ($4::uuid[])
 GROUP BY l.user_id, l.position, l.part ORDER BY l.user_id, l.position, l.part
"""

FLOORS_OF = "SELECT user_id, group_id, number, head FROM audit_chain_floors WHERE user_id = ANY ($1::uuid[])"

KEEP_FLOORS = """
INSERT INTO audit_chain_floors AS f (user_id, group_id, number, head)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[])
ON CONFLICT (user_id, group_id) DO UPDATE SET number = excluded.number, head = excluded.head
 WHERE f.number < excluded.number
"""

ORIGINS_THAT_GO = """
SELECT journal_id, position, part, actor_id, session_id, ip_address, user_agent
  FROM sertantai_origins_that_go($1, $2)
"""

KEEP_ORIGINS = """
INSERT INTO audit_opaque (journal_id, position, part, field, commitment, notice)
SELECT j, p, n, 'origin', c, $5
  FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::bytea[]) AS o (j, p, n, c)
ON CONFLICT DO NOTHING
"""

HELD_BY_LISTS = "SELECT user_id, group_id, records FROM sertantai_held_by_lists($1)"

END_OF_MONTH = "SELECT sertantai_end_of_month($1)"
FORGET_ORIGIN_KEYS = "SELECT subject, month FROM sertantai_forget_origin_keys()"

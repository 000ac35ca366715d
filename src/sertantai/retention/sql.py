"""The statements of this room. What goes, and by what, the database works out by itself: here it is asked."""

from typing import Final

# What counts now, and what was asked for later and waits.
POLICIES: Final = """
SELECT c.class, c.organization_id, c.action, c.keep_months, c.keep_days,
       NULL::timestamptz AS in_force_from, '' AS reason, o.name AS organization, o.slug
  FROM sertantai_policies_now() c LEFT JOIN organizations o ON o.id = c.organization_id
UNION ALL
SELECT p.class, p.organization_id, p.action, p.keep_months, p.keep_days,
       greatest(p.in_force_from, coalesce(n.told_at, now()) + interval '14 days'), p.reason, o.name, o.slug
  FROM retention_policies p
  LEFT JOIN retention_notices n ON n.class = p.class AND n.in_force_from = p.in_force_from
   AND n.organization_id IS NOT DISTINCT FROM p.organization_id AND n.action IS NOT DISTINCT FROM p.action
  LEFT JOIN organizations o ON o.id = p.organization_id
 WHERE p.in_force_from > p.set_at
   AND greatest(p.in_force_from, coalesce(n.told_at, now()) + interval '14 days') > now()
 ORDER BY 1, 8 NULLS FIRST, 3 NULLS FIRST, 6 NULLS FIRST
"""

UNTOLD: Final = """
SELECT p.class, p.organization_id, p.action, p.keep_months, p.keep_days, p.in_force_from,
       o.name AS organization
  FROM retention_policies p LEFT JOIN organizations o ON o.id = p.organization_id
 WHERE p.in_force_from > p.set_at
   AND NOT (p.class = 'deeds' AND p.organization_id IS NOT NULL AND p.action IS NULL)
   AND NOT EXISTS (SELECT FROM retention_notices n
                    WHERE n.class = p.class AND n.in_force_from = p.in_force_from
                      AND n.organization_id IS NOT DISTINCT FROM p.organization_id
                      AND n.action IS NOT DISTINCT FROM p.action)
 ORDER BY p.in_force_from, p.class LIMIT $1
"""

TELL: Final = """
INSERT INTO retention_notices (class, organization_id, action, in_force_from, told_at)
VALUES ($1, $2, $3, $4, sertantai_settled_now()) ON CONFLICT DO NOTHING RETURNING told_at
"""

# Who administers the site, and of an organization who owns it.
TOLD: Final = """
SELECT u.email::text AS email FROM users u
 WHERE u.email IS NOT NULL AND u.disabled_at IS NULL
   AND (u.role = 'admin' OR EXISTS (SELECT FROM user_organization_memberships m
                                     WHERE m.user_id = u.id AND m.organization_id = $1 AND m.role = 'owner'
                                       AND NOT m.suspended))
 ORDER BY u.id LIMIT $2
"""

PLAN: Final = """
SELECT p.class, p.act, p.month, p.organization_id, p.by, p.rows, p.held, p.bytes, o.name AS organization
  FROM (SELECT * FROM sertantai_retention_plan($1) UNION ALL SELECT * FROM sertantai_access_plan($1)) p
  LEFT JOIN organizations o ON o.id = p.organization_id
"""

SETTLED_NOW: Final = "SELECT least(now(), settled_at) FROM settled_time"

# ------------------------------------------------------------------------------------------------ holds

PLACE_HOLD: Final = """
INSERT INTO legal_holds (id, scope, target, reason, placed_by, placed_at) VALUES ($1, $2, $3, $4, $5, now())
RETURNING placed_at
"""

RELEASE_HOLD: Final = """
UPDATE legal_holds SET released_by = $2, released_at = now(), release_reason = $3
 WHERE id = $1 AND released_at IS NULL RETURNING id, scope, target
"""

# Those that hold, and a few of those that did; with what they are called now, where it still is there.
HOLDS: Final = """
SELECT h.id, h.scope, h.target, h.reason, h.placed_at, h.released_at, h.release_reason,
       p.email::text AS placed_by, r.email::text AS released_by,
       CASE h.scope WHEN 'organization' THEN o.name WHEN 'list' THEN g.name
                    WHEN 'law' THEN coalesce(l.title_en, l.name) WHEN 'person' THEN t.email::text
       END AS called
  FROM legal_holds h
  LEFT JOIN users p ON p.id = h.placed_by LEFT JOIN users r ON r.id = h.released_by
  LEFT JOIN organizations o ON h.scope = 'organization' AND o.id = h.target
  LEFT JOIN user_selection_groups g ON h.scope = 'list' AND g.id = h.target
  LEFT JOIN uk_lrt_records l ON h.scope = 'law' AND l.id = h.target
  LEFT JOIN users t ON h.scope = 'person' AND t.id = h.target
 ORDER BY h.released_at IS NOT NULL, h.placed_at DESC, h.id LIMIT $1
"""

ACTIVE_HOLDS: Final = "SELECT count(*) FROM legal_holds WHERE released_at IS NULL"

# Whoever is gone may be held by the id that is in the trail.
IS_KNOWN: Final = {
    "organization": """
SELECT EXISTS (SELECT FROM organizations WHERE id = $1)
    OR EXISTS (SELECT FROM retention_policies WHERE organization_id = $1)
""",
    "list": """
SELECT EXISTS (SELECT FROM user_selection_groups WHERE id = $1)
    OR EXISTS (SELECT FROM erased_lists WHERE group_id = $1)
""",
    "law": "SELECT EXISTS (SELECT FROM uk_lrt_records WHERE id = $1)",
    "person": """
SELECT EXISTS (SELECT FROM users WHERE id = $1) OR EXISTS (SELECT FROM erased_lists WHERE user_id = $1)
""",
}
ID_OF: Final = {
    "organization": "SELECT id FROM organizations WHERE slug = $1",
    "law": "SELECT id FROM uk_lrt_records WHERE name = $1",
    "person": "SELECT id FROM users WHERE lower(email::text) = lower($1)",
}

# ------------------------------------------------------------------------------------------- what was done

ACTS: Final = """
SELECT id, at, class, act, month, rows_gone, rows_changed, by_action, operations_gone, owners, policies,
       archive
  FROM retention_acts WHERE at >= $1 AND at < $2 ORDER BY at, id LIMIT $3
"""

NEWEST_ACTS: Final = """
SELECT id, at, class, act, month, rows_gone, rows_changed, by_action, operations_gone, owners, policies,
       archive
  FROM retention_acts ORDER BY at DESC, id DESC LIMIT $1
"""

LAST_RUN: Final = (
    "SELECT started_at, ended_at, acts, error FROM retention_runs ORDER BY ended_at DESC LIMIT 1"
)

HOLDS_WITHIN: Final = """
SELECT count(*) FILTER (WHERE placed_at >= $1 AND placed_at < $2) AS placed,
       count(*) FILTER (WHERE released_at >= $1 AND released_at < $2) AS released,
       count(*) FILTER (WHERE placed_at < $2 AND (released_at IS NULL OR released_at >= $2)) AS held
  FROM legal_holds
"""

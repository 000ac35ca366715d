"""The SQL of organizations' members, teams, grants and suggestions, as their log has made them."""

from typing import Final

ORGANIZATIONS_OF: Final = """
SELECT id, name, slug, metadata, founder_id, offered_to, ends_at FROM organizations WHERE id = ANY($1::uuid[])
"""

MEMBERS_OF: Final = """
SELECT m.organization_id, m.user_id, m.role, m.name, m.permissions, m.suspended, m.created_at, m.position,
       ARRAY(SELECT t.team_id FROM organization_team_members t
              WHERE t.organization_id = m.organization_id AND t.user_id = m.user_id) AS teams
  FROM user_organization_memberships m WHERE m.organization_id = ANY($1::uuid[])
"""

TEAMS_OF: Final = (
    "SELECT organization_id, id, name FROM organization_teams WHERE organization_id = ANY($1::uuid[])"
)

GRANTS_OF: Final = """
SELECT user_id, group_id, grantee_id, level, granted_by, granted_at, ends_at, position
  FROM selection_group_grants WHERE user_id = ANY($1::uuid[])
"""

# In the order in which they went: whoever went first is forgotten first.
DEPARTED_OF: Final = """
SELECT organization_id, user_id, name, role, joined_at, left_at, removed_by, position, kept
  FROM organization_former_members
 WHERE organization_id = ANY($1::uuid[]) AND kept IS NOT NULL ORDER BY organization_id, position
"""

RETENTION_OF: Final = """
SELECT organization_id, keep_months, in_force_from, set_at, set_by FROM retention_policies
 WHERE class = 'deeds' AND action IS NULL AND organization_id = ANY($1::uuid[])
 ORDER BY organization_id, in_force_from
"""

SUGGESTIONS_OF: Final = """
SELECT user_id, group_id, id, suggested_by, suggested_at, position, ticks, unticks, reason
  FROM selection_suggestions WHERE user_id = ANY($1::uuid[]) ORDER BY position
"""

# Each may be written a second time: what was half done before is done again from its beginning.

SAVE_MEMBER: Final = """
INSERT INTO user_organization_memberships
       (organization_id, user_id, role, name, permissions, suspended, created_at, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT ON CONSTRAINT unique_user_org DO UPDATE
   SET role = excluded.role, name = excluded.name, permissions = excluded.permissions,
       suspended = excluded.suspended, position = excluded.position
"""

END_MEMBER: Final = """
WITH gone AS (
  DELETE FROM user_organization_memberships WHERE organization_id = $1 AND user_id = $2
  RETURNING organization_id, user_id, name, role, created_at
)
INSERT INTO organization_former_members
       (organization_id, user_id, name, role, joined_at, left_at, removed_by, position, kept)
SELECT organization_id, user_id, name, role, created_at, $3, $4, $5, $6 FROM gone ON CONFLICT DO NOTHING
"""

# Who comes in anew is what they are then, and not what they were.
FORGET_DEPARTURE: Final = """
UPDATE organization_former_members SET kept = NULL
 WHERE organization_id = $1 AND user_id = $2 AND kept IS NOT NULL
"""

FORGET_DEPARTURES_BEFORE: Final = """
UPDATE organization_former_members SET kept = NULL
 WHERE organization_id = $1 AND position < $2 AND kept IS NOT NULL
"""

# It is as if they had not gone.
UNDO_DEPARTURE: Final = (
    "DELETE FROM organization_former_members WHERE organization_id = $1 AND user_id = $2 AND position = $3"
)

# What stands at its position was handed on by that departure, and not changed since. Each is found by its
# key, which is kept with who went: an organization may have a million grants.
END_HANDED_ON: Final = """
DELETE FROM selection_group_grants g
 USING organization_former_members f, jsonb_each(f.kept -> 'hands') AS hand (list, said)
 WHERE f.organization_id = $1 AND f.user_id = $2 AND f.position = $3
   AND g.user_id = $1 AND g.group_id = hand.list::uuid AND g.grantee_id = (hand.said ->> 'to')::uuid
   AND g.position = $3
"""

END_GRANTS_OF: Final = "DELETE FROM selection_group_grants WHERE user_id = $1 AND grantee_id = $2"

SAVE_TEAM: Final = """
INSERT INTO organization_teams (organization_id, id, name) VALUES ($1, $2, $3)
ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name
"""

END_TEAM: Final = "DELETE FROM organization_teams WHERE organization_id = $1 AND id = $2"

JOIN_TEAMS: Final = """
INSERT INTO organization_team_members (organization_id, team_id, user_id)
SELECT $1, unnest($2::uuid[]), $3 ON CONFLICT DO NOTHING
"""

LEAVE_TEAM: Final = """
DELETE FROM organization_team_members WHERE organization_id = $1 AND team_id = $2 AND user_id = $3
"""

SAVE_GRANT: Final = """
INSERT INTO selection_group_grants
       (user_id, group_id, grantee_id, level, granted_by, granted_at, ends_at, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (grantee_id, user_id, group_id) DO UPDATE
   SET level = excluded.level, granted_by = excluded.granted_by, granted_at = excluded.granted_at,
       ends_at = excluded.ends_at, position = excluded.position
"""

END_GRANT: Final = """
DELETE FROM selection_group_grants WHERE user_id = $1 AND group_id = $2 AND grantee_id = $3
"""

SAVE_ORGANIZATION: Final = """
UPDATE organizations
   SET name = $2, slug = $3, metadata = $4, offered_to = $5, ends_at = $6, position = $7
 WHERE id = $1
"""

# The period in force, and one that waits: nothing else of what was ever asked for, which the trail says.
FORGET_RETENTION: Final = """
DELETE FROM retention_policies WHERE organization_id = $1 AND class = 'deeds' AND action IS NULL
"""

SAVE_RETENTION: Final = """
INSERT INTO retention_policies (organization_id, class, keep_months, in_force_from, set_at, set_by)
VALUES ($1, 'deeds', $2, $3, $4, $5)
"""

SAVE_SUGGESTION: Final = """
INSERT INTO selection_suggestions
       (user_id, group_id, id, suggested_by, suggested_at, position, ticks, unticks, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (user_id, group_id, id) DO UPDATE SET ticks = excluded.ticks, unticks = excluded.unticks
"""

END_SUGGESTION: Final = "DELETE FROM selection_suggestions WHERE user_id = $1 AND group_id = $2 AND id = $3"

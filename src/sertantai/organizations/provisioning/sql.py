"""The statements of directories: their tokens, and what they say of people and teams. No right is here."""

from typing import Final

from sertantai.organizations.invitations_sql import SHOWN

PUT_KEY: Final = """
INSERT INTO organization_directory_tokens (organization_id, id, token_hash, role, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""

KEYS: Final = """
SELECT t.id, t.role, t.made_by, t.made_at, t.last_used_at,
       EXISTS (SELECT FROM users u WHERE u.id = t.made_by AND u.disabled_at IS NULL) AS is_open
  FROM organization_directory_tokens t WHERE t.organization_id = $1 ORDER BY t.made_at DESC, t.id
"""

# Whose account is shut can do nothing, and neither can what they have made.
FIND_KEY: Final = """
SELECT t.organization_id, t.id, t.role, t.made_by, t.made_at, t.last_used_at
  FROM organization_directory_tokens t JOIN users u ON u.id = t.made_by
 WHERE t.token_hash = $1 AND u.disabled_at IS NULL
"""

USE_KEY: Final = """
UPDATE organization_directory_tokens SET last_used_at = $3 WHERE organization_id = $1 AND id = $2
"""

END_KEY: Final = """
DELETE FROM organization_directory_tokens WHERE organization_id = $1 AND id = $2 RETURNING id
"""

USERS: Final = """
SELECT id, user_id, user_name, email_key, external_id, attributes, standing, role, teams, created_at,
       updated_at
  FROM organization_directory_users WHERE organization_id = $1
"""

# When people have gone, since anything was said of somebody: of nobody else it matters.
LEAVINGS: Final = """
SELECT f.user_id, u.email::text AS email, max(f.left_at) AS left_at
  FROM organization_former_members f LEFT JOIN users u ON u.id = f.user_id
 WHERE f.organization_id = $1
   AND f.left_at > (SELECT min(d.updated_at) FROM organization_directory_users d WHERE d.organization_id = $1)
 GROUP BY f.user_id, u.email
"""

LEFT_BY_THEMSELVES: Final = """
SELECT f.removed_by = f.user_id FROM organization_former_members f
 WHERE f.organization_id = $1 AND f.user_id = $2 ORDER BY f.left_at DESC LIMIT 1
"""

SAVE_USER: Final = """
INSERT INTO organization_directory_users
       (organization_id, id, user_id, user_name, email_key, external_id, attributes, standing, role, teams,
        created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (organization_id, id) DO UPDATE SET
  user_id = excluded.user_id, user_name = excluded.user_name, email_key = excluded.email_key,
  external_id = excluded.external_id, attributes = excluded.attributes, standing = excluded.standing,
  role = excluded.role, teams = excluded.teams, updated_at = excluded.updated_at,
  revision = organization_directory_users.revision + 1
"""

DELETE_USER: Final = "DELETE FROM organization_directory_users WHERE organization_id = $1 AND id = $2"

# By a directory only: who was invited by a colleague, or by the operator, stays so.
REVOKE_INVITATION: Final = f"""
UPDATE organization_invitations SET revoked_at = $3
 WHERE organization_id = $1 AND email_key = $2 AND directory_token IS NOT NULL AND revoked_at IS NULL
   AND used < uses_max
RETURNING {SHOWN}
"""  # noqa: S608  # the columns are a constant

REVOKE_INVITATIONS_OF: Final = """
UPDATE organization_invitations SET revoked_at = $3
 WHERE organization_id = $1 AND directory_token = $2 AND revoked_at IS NULL AND used < uses_max
"""

INVITE_INTO: Final = f"""
UPDATE organization_invitations SET teams = $3
 WHERE organization_id = $1 AND email_key = $2 AND directory_token IS NOT NULL AND revoked_at IS NULL
   AND used < uses_max
RETURNING {SHOWN}
"""  # noqa: S608  # the columns are a constant

GROUPS: Final = """
SELECT team_id, external_id, created_at, updated_at
  FROM organization_directory_groups WHERE organization_id = $1
"""

SAVE_GROUP: Final = """
INSERT INTO organization_directory_groups (organization_id, team_id, external_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (organization_id, team_id) DO UPDATE SET external_id = excluded.external_id, updated_at = $4
"""

DELETE_GROUP: Final = "DELETE FROM organization_directory_groups WHERE organization_id = $1 AND team_id = $2"

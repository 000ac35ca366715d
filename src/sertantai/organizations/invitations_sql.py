"""The statements of invitations. Their secrets are kept as hashes only."""

from typing import Final

SHOWN: Final = (
    "id, email, domains, role, teams, uses_max, used, invited_by, invited_at, expires_at, as_before"
)
_OPEN: Final = "revoked_at IS NULL AND used < uses_max AND expires_at >"

# One after the other in one organization, so that what is counted is so.
LOCK: Final = "SELECT id FROM organizations WHERE id = $1 FOR UPDATE"

COUNTS: Final = f"""
SELECT count(*) FILTER (WHERE {_OPEN} $2) AS open,
       coalesce(sum(sends) FILTER (WHERE invited_at > $3), 0) AS sent_in_hour,
       coalesce(sum(sends) FILTER (WHERE invited_at > $4 AND email_key = $5), 0) AS sent_to_address
  FROM organization_invitations WHERE organization_id = $1
"""  # noqa: S608  # constants of this module

DELETE_OLD: Final = """
DELETE FROM organization_invitations WHERE organization_id = $1 AND id IN (
  SELECT id FROM organization_invitations WHERE organization_id = $1 AND expires_at < $2 LIMIT 1000)
"""

SAVE: Final = f"""
INSERT INTO organization_invitations (organization_id, id, email, email_key, domains, role, teams, token_hash,
                                      uses_max, sends, invited_by, invited_at, expires_at, right_of,
                                      directory_token, as_before)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $4::text IS NULL THEN 0 ELSE 1 END, $10, $11, $12, $13,
        $14, $15)
ON CONFLICT (organization_id, email_key) WHERE email_key IS NOT NULL AND revoked_at IS NULL AND used = 0
DO UPDATE SET email = EXCLUDED.email, role = EXCLUDED.role, teams = EXCLUDED.teams,
              token_hash = EXCLUDED.token_hash, invited_by = EXCLUDED.invited_by,
              invited_at = EXCLUDED.invited_at, expires_at = EXCLUDED.expires_at,
              right_of = EXCLUDED.right_of, directory_token = EXCLUDED.directory_token,
              as_before = EXCLUDED.as_before,
              sends = organization_invitations.sends + 1
RETURNING {SHOWN}
"""  # noqa: S608  # constants of this module

# What an invitation to this address takes the place of.
FIND_SENT: Final = f"""
SELECT {SHOWN} FROM organization_invitations
 WHERE organization_id = $1 AND email_key = $2 AND revoked_at IS NULL AND used = 0
"""  # noqa: S608  # constants of this module

LIST: Final = f"""
SELECT {SHOWN} FROM organization_invitations
 WHERE organization_id = $1 AND {_OPEN} $2 ORDER BY invited_at DESC, id LIMIT $3
"""  # noqa: S608  # constants of this module

FIND: Final = f"""
SELECT {SHOWN} FROM organization_invitations WHERE organization_id = $1 AND id = $2 AND {_OPEN} $3
"""  # noqa: S608  # constants of this module

RENEW: Final = f"""
UPDATE organization_invitations
   SET token_hash = $3, invited_by = $4, invited_at = $5, expires_at = $6, right_of = NULL,
       directory_token = NULL,
       sends = CASE WHEN email IS NULL THEN 0 ELSE sends + 1 END
 WHERE organization_id = $1 AND id = $2 AND {_OPEN} $5
RETURNING {SHOWN}
"""  # noqa: S608  # constants of this module

REVOKE: Final = f"""
UPDATE organization_invitations SET revoked_at = $3
 WHERE organization_id = $1 AND id = $2 AND {_OPEN} $3 RETURNING {SHOWN}
"""  # noqa: S608  # constants of this module

# Whose account is shut lets nobody in.
FIND_BY_HASH: Final = f"""
SELECT organization_id, email_key, right_of, directory_token, {SHOWN} FROM organization_invitations
 WHERE token_hash = $1 AND {_OPEN} $2
   AND EXISTS (SELECT FROM users u WHERE u.id = coalesce(right_of, invited_by) AND u.disabled_at IS NULL)
"""  # noqa: S608  # constants of this module

# Whoever was removed after it was made does not come back with it. (Who left by themselves may.)
SPEND: Final = f"""
UPDATE organization_invitations i SET used = used + 1
 WHERE token_hash = $1 AND {_OPEN} $2
   AND NOT EXISTS (SELECT FROM organization_former_members f
                    WHERE f.organization_id = i.organization_id AND f.user_id = $3
                      AND f.left_at >= i.invited_at AND f.removed_by IS DISTINCT FROM f.user_id)
RETURNING id
"""  # noqa: S608  # constants of this module

# Nobody was admitted: it is as good as before.
GIVE_BACK: Final = """
UPDATE organization_invitations SET used = used - 1 WHERE organization_id = $1 AND id = $2 AND used > 0
"""

"""Every statement of personal API tokens, and of callers who have no session."""

from typing import Final

# Nobody has more than the bound; an expired one does not count.
INSERT: Final = """
INSERT INTO user_api_tokens (id, user_id, name, token_hash, shown_part, scopes, created_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6::text[], $7, $8
WHERE (SELECT count(*) FROM user_api_tokens
       WHERE user_id = $2 AND revoked_at IS NULL AND expires_at > $7) < $9
RETURNING id
"""
LIST: Final = """
SELECT id, name, shown_part, scopes, created_at, expires_at, last_used_at, host(last_used_ip) AS last_used_ip
FROM user_api_tokens
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
ORDER BY created_at DESC, id LIMIT $3
"""
TOUCH: Final = """
UPDATE user_api_tokens AS token SET last_used_at = $2, last_used_ip = coalesce($3::text::inet, last_used_ip)
FROM users AS owner
WHERE token.token_hash = $1 AND owner.id = token.user_id AND owner.disabled_at IS NULL
  AND token.revoked_at IS NULL AND token.expires_at > $2
RETURNING token.user_id, token.scopes, token.expires_at, owner.email::text AS email, owner.role
"""
REVOKE: Final = """
UPDATE user_api_tokens SET revoked_at = $3
WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL
RETURNING id
"""
REVOKE_ALL: Final = """
UPDATE user_api_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL
RETURNING id
"""
# Ended by its time or by its owner, whichever was earlier.
DELETE_OLD: Final = """
DELETE FROM user_api_tokens
WHERE id IN (SELECT id FROM user_api_tokens WHERE least(expires_at, revoked_at) < $1 LIMIT $2)
"""
FIND_ENABLED_USER: Final = """
SELECT id AS user_id, email::text AS email, role FROM users WHERE id = $1 AND disabled_at IS NULL
"""

"""Every statement of users and sessions, each written once."""

from typing import Final

_USER: Final = "id, email::text AS email, role, created_at, confirmed_at, disabled_at"

# New addresses are in one spelling (`parse_email`), and the index on it is unique; accounts of before may be
# in another, which the index cannot see.
INSERT_USER: Final = f"""
INSERT INTO users (id, email, hashed_password, role, confirmed_at, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $6
WHERE NOT EXISTS (SELECT FROM users WHERE lower(email::text) = ANY ($7::text[]))
RETURNING {_USER}
"""  # noqa: S608  # the columns are a constant

FIND_BY_EMAIL: Final = f"""
SELECT {_USER}, hashed_password FROM users WHERE lower(email::text) = ANY ($1::text[])
ORDER BY array_position($1::text[], lower(email::text)), id LIMIT $2
"""  # noqa: S608  # the columns are a constant

FIND_USER: Final = f"""
SELECT {_USER} FROM users WHERE id = $1
"""  # noqa: S608  # the columns are a constant

LIST_USERS: Final = f"""
SELECT {_USER} FROM users
WHERE email IS NOT NULL AND (created_at, id) > ($1, $2)
ORDER BY created_at, id LIMIT $3
"""  # noqa: S608  # the columns are a constant

# Only if the password has not been changed in the meantime.
UPGRADE_HASH: Final = """
UPDATE users SET hashed_password = $3, updated_at = $4 WHERE id = $1 AND hashed_password = $2
"""

INSERT_SESSION: Final = """
INSERT INTO user_sessions
  (id, user_id, token_hash, kind, created_at, expires_at, last_seen_at, ip_address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $5, $7::text::inet, $8)
"""

# Finding a session notes that it is in use; a session found is good for a while (`session_recheck_s`),
# so this runs once a minute and session at most. A guest has no e-mail address but may have a session.
_TOUCHED: Final = """
SET last_seen_at = $2
FROM users AS owner
WHERE owner.id = session.user_id AND owner.disabled_at IS NULL
  AND session.revoked_at IS NULL AND session.expires_at > $2
"""
_LIVE: Final = """
RETURNING session.id, session.token_hash, session.user_id, session.expires_at, owner.email::text AS email,
          owner.role
"""
TOUCH_BY_ID: Final = f"""
UPDATE user_sessions AS session {_TOUCHED}
  AND session.id = $1 AND session.kind = 'bearer' {_LIVE}
"""
TOUCH_BY_TOKEN: Final = f"""
UPDATE user_sessions AS session {_TOUCHED}
  AND session.token_hash = $1 AND session.kind = 'cookie' {_LIVE}
"""
# Of many at once. What somebody else is changing at this moment is left out: nobody waits for another's.
TOUCH_MANY_BY_ID: Final = f"""
WITH free AS MATERIALIZED (
  SELECT id FROM user_sessions WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE user_sessions AS session {_TOUCHED}
  AND session.id IN (SELECT id FROM free) AND session.kind = 'bearer' {_LIVE}
"""  # noqa: S608  # parts of it are constants
TOUCH_MANY_BY_TOKEN: Final = f"""
WITH free AS MATERIALIZED (
  SELECT id FROM user_sessions WHERE token_hash = ANY ($1::bytea[]) FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE user_sessions AS session {_TOUCHED}
  AND session.id IN (SELECT id FROM free) AND session.kind = 'cookie' {_LIVE}
"""  # noqa: S608  # parts of it are constants

REVOKE_SESSION: Final = """
UPDATE user_sessions SET revoked_at = $3
WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL
"""
REVOKE_BY_COOKIE: Final = """
UPDATE user_sessions SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL RETURNING id
"""
REVOKE_SESSIONS: Final = """
UPDATE user_sessions SET revoked_at = $2
WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3
"""
LIST_SESSIONS: Final = """
SELECT id, user_id, kind, created_at, expires_at, last_seen_at, host(ip_address) AS ip, user_agent
FROM user_sessions
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
ORDER BY last_seen_at DESC NULLS LAST, id LIMIT $3
"""
# The longest idle ones go when somebody has more than the bound.
REVOKE_BEYOND: Final = """
UPDATE user_sessions SET revoked_at = $2
WHERE id IN (
  SELECT id FROM user_sessions
  WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
  ORDER BY last_seen_at DESC NULLS LAST, id OFFSET $3
)
RETURNING id
"""
DELETE_OLD_SESSIONS: Final = """
DELETE FROM user_sessions WHERE id IN (SELECT id FROM user_sessions WHERE expires_at < $1 LIMIT $2)
"""

NOTIFY: Final = "SELECT pg_notify('sertantai_sessions', $1)"
CHANNEL: Final = "sertantai_sessions"

# Whether another program made the table, and may check the passwords in it.
USERS_IS_FOREIGN: Final = """
SELECT pg_get_userbyid(relowner) <> 'sertantai_migrator' FROM pg_class WHERE oid = 'public.users'::regclass
"""

FIND_HASH: Final = "SELECT hashed_password FROM users WHERE id = $1 AND disabled_at IS NULL"
SET_HASH: Final = """
UPDATE users SET hashed_password = $2, updated_at = $3 WHERE id = $1 AND disabled_at IS NULL RETURNING id
"""
CONFIRM_EMAIL: Final = """
UPDATE users SET confirmed_at = coalesce(confirmed_at, $2), updated_at = $2 WHERE id = $1
"""
# Its password may be anybody's: whoever makes an account need not have its mailbox.
RECLAIM: Final = """
UPDATE users SET confirmed_at = $2, hashed_password = NULL, updated_at = $2
WHERE id = $1 AND confirmed_at IS NULL RETURNING id
"""
SET_DISABLED: Final = f"""
UPDATE users SET disabled_at = $2, updated_at = $3 WHERE id = $1 RETURNING {_USER}
"""  # noqa: S608  # the columns are a constant

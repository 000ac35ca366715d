"""Every statement of second factors and recovery codes."""

from typing import Final

FIND: Final = """
SELECT secret, enabled_at, last_step,
  (SELECT count(*) FROM user_recovery_codes AS code
   WHERE code.user_id = factor.user_id AND code.used_at IS NULL) AS codes_left
FROM user_second_factors AS factor WHERE user_id = $1
"""

# What a step of a sign-in is bound to: any code that is used, a new password, another factor change it.
STATE: Final = """
SELECT owner.hashed_password, factor.enabled_at, factor.last_step,
  (SELECT count(*) FROM user_recovery_codes AS code
   WHERE code.user_id = owner.id AND code.used_at IS NULL) AS codes_left
FROM users AS owner LEFT JOIN user_second_factors AS factor ON factor.user_id = owner.id
WHERE owner.id = $1
"""
LOCK: Final = "SELECT 1 FROM user_second_factors WHERE user_id = $1 FOR UPDATE"

# A factor that is in use is never replaced by one that is only being set up.
PREPARE: Final = """
INSERT INTO user_second_factors (user_id, secret, created_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET secret = $2, created_at = $3, last_step = 0
WHERE user_second_factors.enabled_at IS NULL
RETURNING user_id
"""
ENABLE: Final = """
UPDATE user_second_factors SET enabled_at = $3, last_step = $2
WHERE user_id = $1 AND enabled_at IS NULL AND last_step < $2
RETURNING user_id
"""
# One of two tries with the same code finds the step already taken.
TAKE_STEP: Final = """
UPDATE user_second_factors SET last_step = $2
WHERE user_id = $1 AND enabled_at IS NOT NULL AND last_step < $2
RETURNING user_id
"""
DELETE: Final = "DELETE FROM user_second_factors WHERE user_id = $1"

DELETE_CODES: Final = "DELETE FROM user_recovery_codes WHERE user_id = $1"
INSERT_CODES: Final = """
INSERT INTO user_recovery_codes (user_id, code_hash, created_at)
SELECT $1, code_hash, $3 FROM unnest($2::bytea[]) AS code_hash
"""
USE_CODE: Final = """
UPDATE user_recovery_codes SET used_at = $3
WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL
RETURNING user_id
"""

LIST_SECRETS: Final = """
SELECT user_id, secret FROM user_second_factors WHERE user_id > $1 ORDER BY user_id LIMIT $2
"""
# Only if it has not been replaced in the meantime.
RESEAL: Final = "UPDATE user_second_factors SET secret = $3 WHERE user_id = $1 AND secret = $2"

"""Every statement of one-time links and of the mail that carries them."""

from typing import Final

# At most so many in an hour, whoever asks.
INSERT_LINK: Final = """
INSERT INTO user_one_time_links (id, user_id, purpose, email, created_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6
WHERE (SELECT count(*) FROM user_one_time_links
       WHERE user_id = $2 AND purpose = $3 AND created_at > $7) < $8
RETURNING id
"""
FIND_LINK: Final = """
SELECT link.id FROM user_one_time_links AS link JOIN users ON users.id = link.user_id
WHERE link.id = $1 AND link.user_id = $2 AND link.purpose = $3
  AND link.used_at IS NULL AND link.expires_at > $4
  AND lower(link.email) = lower(users.email::text) AND users.disabled_at IS NULL
"""
USE_LINK: Final = """
UPDATE user_one_time_links AS link SET used_at = $4 FROM users
WHERE link.id = $1 AND link.user_id = $2 AND link.purpose = $3
  AND link.used_at IS NULL AND link.expires_at > $4
  AND users.id = link.user_id AND lower(link.email) = lower(users.email::text) AND users.disabled_at IS NULL
RETURNING link.id
"""
# After a new password no older link may set another.
USE_ALL_LINKS: Final = """
UPDATE user_one_time_links SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL
"""
DELETE_OLD_LINKS: Final = """
DELETE FROM user_one_time_links
WHERE id IN (SELECT id FROM user_one_time_links WHERE expires_at < $1 LIMIT $2)
"""

INSERT_MAIL: Final = """
INSERT INTO mail_outbox (id, user_id, recipient, subject, body, created_at, next_attempt_at, html)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# Taken for a while: should this server die meanwhile, the mail is due again.
TAKE_DUE_MAIL: Final = """
UPDATE mail_outbox SET attempts = attempts + 1, next_attempt_at = $2
WHERE id = (SELECT id FROM mail_outbox WHERE next_attempt_at <= $1
            ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, recipient, subject, body, created_at, attempts, html
"""
MAIL_SENT: Final = """
UPDATE mail_outbox SET sent_at = $2, next_attempt_at = NULL, last_error = NULL, body = '', html = ''
WHERE id = $1
"""
# The text of what is given up is not kept either.
MAIL_FAILED: Final = """
UPDATE mail_outbox
SET next_attempt_at = $2, last_error = $3,
    body = CASE WHEN $2::timestamptz IS NULL THEN '' ELSE body END,
    html = CASE WHEN $2::timestamptz IS NULL THEN '' ELSE html END
WHERE id = $1
"""
NEXT_MAIL_AT: Final = "SELECT min(next_attempt_at) FROM mail_outbox WHERE next_attempt_at IS NOT NULL"
LIST_MAIL: Final = """
SELECT id, recipient, subject, created_at, attempts, sent_at, next_attempt_at, last_error
FROM mail_outbox ORDER BY created_at DESC, id DESC LIMIT $1
"""
DELETE_OLD_MAIL: Final = """
DELETE FROM mail_outbox WHERE id IN (SELECT id FROM mail_outbox WHERE created_at < $1 LIMIT $2)
"""

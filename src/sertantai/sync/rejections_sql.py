"""The SQL of rejected operations: reading them, and what becomes of them."""

_COLUMNS = """
SELECT id, position, operation_id, user_id, operation ->> 'action' AS action, reason, code, created_at,
       retry_requested_at, resolved_at, resolution
  FROM sync_rejections
"""
ALL = _COLUMNS + " ORDER BY created_at, position"
WAITING = _COLUMNS + " WHERE resolved_at IS NULL ORDER BY created_at, position"
REQUEST_RETRY = """
UPDATE sync_rejections SET retry_requested_at = now()
 WHERE resolved_at IS NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
"""
RESOLVE = """
UPDATE sync_rejections SET resolved_at = now(), resolution = $2, retry_requested_at = NULL
 WHERE resolved_at IS NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
RETURNING position, operation_id
"""
SET_ASIDE = """
SELECT position, payload FROM sync_rejections
 WHERE journal_id = $1 AND user_id = $2 AND position > $3 AND payload IS NOT NULL ORDER BY position LIMIT $4
"""
REFUSED_AGAIN = "UPDATE sync_rejections SET retry_requested_at = NULL, reason = $2, code = $3 WHERE id = $1"
REQUESTED = """
SELECT id, payload, position FROM sync_rejections
 WHERE retry_requested_at IS NOT NULL AND resolved_at IS NULL ORDER BY position LIMIT $1
"""

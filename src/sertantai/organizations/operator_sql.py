"""The statements of what the operator asks of a server that runs, and of what is listed without one."""

from typing import Final

ASK: Final = "INSERT INTO organization_requests (id, asked_at, work) VALUES ($1, $2, $3)"

ARE_WAITING: Final = (
    "SELECT EXISTS (SELECT FROM organization_requests WHERE taken_at IS NULL AND asked_at > $1)"
)

# Taken once: what a server that has died since has done is not done twice.
TAKE: Final = """
UPDATE organization_requests SET taken_at = $1
 WHERE id IN (SELECT id FROM organization_requests WHERE taken_at IS NULL AND asked_at > $2
               ORDER BY asked_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, work
"""

LEAVE: Final = "UPDATE organization_requests SET taken_at = NULL WHERE id = $1"

ANSWER: Final = "UPDATE organization_requests SET done_at = $2, answer = $3 WHERE id = $1"

FIND_ANSWER: Final = "SELECT answer FROM organization_requests WHERE id = $1 AND done_at IS NOT NULL"

WITHDRAW: Final = "DELETE FROM organization_requests WHERE id = $1 AND taken_at IS NULL RETURNING id"

DELETE_OLD: Final = "DELETE FROM organization_requests WHERE asked_at < $1"

MEMBERS: Final = """
SELECT m.user_id, u.email::text AS email, m.name, m.role, m.suspended, m.created_at AS joined_at
  FROM user_organization_memberships m JOIN users u ON u.id = m.user_id
 WHERE m.organization_id = $1
 ORDER BY array_position(ARRAY['owner', 'admin', 'member', 'viewer'], m.role), m.name, m.user_id
"""

"""Every statement about guests."""

from typing import Final

INSERT_GUEST: Final = "INSERT INTO guests (id, created_at, expires_at) VALUES ($1, $2, $3)"

# Whoever is first has it; nobody can take over what another has, or what is over.
CLAIM: Final = """
UPDATE guests SET claimed_by = $2, claimed_at = $3
WHERE id = $1 AND claimed_by IS NULL AND purged_at IS NULL AND expires_at > $3
"""
WAITING: Final = """
SELECT id FROM guests
WHERE claimed_by = $1 AND settled_at IS NULL AND purged_at IS NULL AND expires_at > $2
ORDER BY claimed_at, id LIMIT $3
"""
# The first choice stands, however often it is sent; $4: a list that was chosen and is gone since.
DECIDE: Final = """
UPDATE guests SET group_id = $3, decided_at = $5
WHERE id = $1 AND claimed_by = $2 AND settled_at IS NULL AND purged_at IS NULL AND expires_at > $5
  AND (decided_at IS NULL OR group_id = $4)
"""
DECISION: Final = """
SELECT group_id, settled_at, coalesce(picked, 0) AS picked, coalesce(added, 0) AS added
FROM guests WHERE id = $1 AND claimed_by = $2 AND decided_at IS NOT NULL
"""
# A settled guest is not needed any more: its time is over.
SETTLE: Final = """
UPDATE guests SET settled_at = $3, picked = $4, added = $5, expires_at = least(expires_at, $3)
WHERE id = $1 AND claimed_by = $2 AND settled_at IS NULL
"""

# In pages, so that one who cannot be purged is in nobody's way.
DUE: Final = """
SELECT id, expires_at FROM guests
WHERE purged_at IS NULL AND expires_at <= $1 AND (expires_at, id) > ($3, $4)
ORDER BY expires_at, id LIMIT $2
"""
# The role is asked again: no mistake above may remove somebody with an account.
DELETE_GUEST: Final = "DELETE FROM users WHERE id = $1 AND role = 'guest' AND email IS NULL"
MARK_PURGED: Final = "UPDATE guests SET purged_at = $2 WHERE id = $1"
FORGET_PURGED: Final = """
DELETE FROM guests WHERE id IN (SELECT id FROM guests WHERE purged_at < $1 LIMIT $2)
"""

"""The statement of what ends grants."""

from typing import Final

# Of deleted lists they end with the list.
EXPIRED: Final = """
SELECT a.user_id, a.group_id, a.grantee_id
  FROM selection_group_grants a
  JOIN user_selection_groups g ON g.user_id = a.user_id AND g.id = a.group_id
 WHERE a.ends_at <= $1 AND NOT g.metadata ? 'deleted_at'
 ORDER BY a.ends_at LIMIT $2
"""

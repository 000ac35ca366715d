"""The SQL of evidence packs."""

from typing import Final

# What colleagues are shown, or were when they left; else the address.
NAMES: Final = """
SELECT u.id, coalesce(nullif(m.name, ''), nullif(f.name, ''), u.email::text) AS name
  FROM users u
  LEFT JOIN user_organization_memberships m ON m.user_id = u.id AND m.organization_id = $2
  LEFT JOIN LATERAL (SELECT name FROM organization_former_members
                      WHERE user_id = u.id AND organization_id = $2 LIMIT 1) f ON true
 WHERE u.id = ANY($1::uuid[])
"""

OWNER_OF_LIST: Final = "SELECT user_id FROM user_selection_groups WHERE id = $1"

WHOSE_OPERATION: Final = """
SELECT user_id, group_id FROM selection_operations WHERE operation_id = $1 AND user_id = ANY($2::uuid[])
"""

LAW: Final = "SELECT record_no, name FROM uk_lrt_records WHERE name = $1 OR id::text = $1 LIMIT 1"

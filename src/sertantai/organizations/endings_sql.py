"""The statements of what ends by itself in organizations: grants, and organizations."""

from typing import Final

# Of owners whom this server's journal keeps; of all while no other server runs.
_KEPT_HERE: Final = """
   (EXISTS (SELECT FROM user_selection_groups own
             WHERE own.user_id = {owner} AND own.is_default AND own.journal_id = {journal}::uuid)
    OR NOT EXISTS (SELECT FROM sertantai_running_journals()
                    WHERE lock <> sertantai_lock_of_journal({journal})))
"""

# A list that was deleted keeps what it is granted; should it come back, that ends then.
EXPIRED_GRANTS: Final = f"""
SELECT a.user_id, a.group_id, a.grantee_id, a.ends_at
  FROM selection_group_grants a JOIN user_selection_groups g ON g.user_id = a.user_id AND g.id = a.group_id
 WHERE a.ends_at <= $1 AND NOT g.metadata ? 'deleted_at'
   AND (a.ends_at, a.user_id, a.group_id, a.grantee_id) > ($2, $3, $4, $5)
   AND {_KEPT_HERE.format(owner="a.user_id", journal="$7")}
 ORDER BY a.ends_at, a.user_id, a.group_id, a.grantee_id LIMIT $6
"""  # noqa: S608  # constants of this module

ENDING: Final = f"""
SELECT o.id, o.ends_at FROM organizations o
 WHERE o.ends_at IS NOT NULL AND (o.ends_at, o.id) > ($1, $2)
   AND {_KEPT_HERE.format(owner="o.id", journal="$4")}
 ORDER BY o.ends_at, o.id LIMIT $3
"""  # noqa: S608  # constants of this module

# Once for each end: one that was called off, and asked for again, is told of again.
TELL: Final = """
INSERT INTO organization_end_notices (organization_id, ends_at, days, told_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING days
"""

# That it is one, and that it ends, is asked again: no mistake above may remove a person.
DELETE_ENDED: Final = """
DELETE FROM users u WHERE u.id = $1 AND u.email IS NULL AND u.role <> 'guest'
   AND EXISTS (SELECT FROM organizations o WHERE o.id = u.id AND o.ends_at <= $2)
RETURNING u.id
"""

"""The statements of this room. Rights are written by the synchroniser, from the log."""

from typing import Final

# The principal: a user without address and password, as a guest is one. What else a foreign table of users
# demands has its defaults.
INSERT_PRINCIPAL: Final = "INSERT INTO users (id, created_at, updated_at) VALUES ($1, $2, $2)"

INSERT_ORGANIZATION: Final = """
INSERT INTO organizations (id, name, slug, founder_id, created_at) VALUES ($1, $2, $3, $4, $5)
"""

# Made by the same person, and never got as far as its first member: the process ended in between.
UNFINISHED: Final = """
SELECT id FROM organizations o
 WHERE slug = $1 AND founder_id = $2 AND position = 0
   AND NOT EXISTS (SELECT FROM user_organization_memberships m WHERE m.organization_id = o.id)
"""

SLUG_IS_FREE: Final = "SELECT NOT EXISTS (SELECT FROM organizations WHERE slug = $1)"

RENAME_SLUG: Final = "UPDATE organizations SET slug = $2 WHERE id = $1"

CREATED_AT: Final = "SELECT id, created_at FROM organizations WHERE id = ANY($1::uuid[])"

# With how far it goes: one statement is one snapshot.
MEMBERSHIPS_OF: Final = """
SELECT coalesce((SELECT position FROM sync_watermarks WHERE journal_id = $2), 0) AS upto,
       ARRAY(SELECT organization_id FROM user_organization_memberships
              WHERE user_id = $1 ORDER BY created_at, organization_id) AS organizations
"""

ADDRESSES: Final = """
SELECT id, email::text AS email, disabled_at IS NOT NULL AS disabled FROM users WHERE id = ANY($1::uuid[])
"""

# Whom the site, or the directory that made the account, has shut out cannot sign in.
OPEN_ACCOUNT: Final = """
SELECT u.email::text FROM users u
 WHERE u.id = $1 AND u.email IS NOT NULL AND u.disabled_at IS NULL
   AND NOT EXISTS (SELECT FROM provisioned_accounts p WHERE p.user_id = u.id AND p.shut_at IS NOT NULL)
"""

# Of these people those who can sign in.
OPEN_ACCOUNTS: Final = """
SELECT ARRAY(SELECT u.id FROM users u
              WHERE u.id = ANY($1::uuid[]) AND u.disabled_at IS NULL
                AND NOT EXISTS (SELECT FROM provisioned_accounts p
                                 WHERE p.user_id = u.id AND p.shut_at IS NOT NULL))
"""

FORMER_NAMES: Final = """
SELECT DISTINCT ON (user_id) user_id, name FROM organization_former_members
 WHERE organization_id = $1 AND user_id = ANY($2::uuid[]) ORDER BY user_id, position DESC
"""

ALL_ORGANIZATIONS: Final = """
SELECT o.id, o.name, o.slug, o.created_at, o.ends_at,
       (SELECT count(*) FROM user_organization_memberships m WHERE m.organization_id = o.id) AS members
  FROM organizations o ORDER BY o.slug
"""

# For administrators of the site, a page at a time: how much there is, and nothing of it.
ORGANIZATIONS_AFTER: Final = """
SELECT o.id, o.name, o.slug, o.created_at, o.ends_at,
       (SELECT count(*) FROM user_organization_memberships m WHERE m.organization_id = o.id) AS members,
       (SELECT count(*) FROM user_selection_groups g WHERE g.user_id = o.id
            AND NOT g.metadata ? 'deleted_at') AS lists
  FROM organizations o WHERE o.slug > $1 ORDER BY o.slug LIMIT $2
"""

# By what it is called, or by its id: each has an index, so neither is cast.
FIND_BY_REFERENCE: Final = "SELECT id FROM organizations WHERE slug = $1 OR id = $2"

# The period in force, and one that waits.
RETENTION: Final = """
SELECT keep_months, in_force_from, set_at, set_by FROM retention_policies
 WHERE organization_id = $1 AND class = 'deeds' AND action IS NULL ORDER BY in_force_from LIMIT 2
"""

# ------------------------------------------------------------------------------- what ends by itself

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

# Once, at a start: of those there are few, and of settings a handful each.
LOOKED_INTO: Final = f"""
SELECT o.id FROM organizations o
 WHERE EXISTS (SELECT FROM jsonb_object_keys(o.metadata) AS setting WHERE setting LIKE 'look:%')
   AND {_KEPT_HERE.format(owner="o.id", journal="$1")}
 ORDER BY o.id
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

# What waits, or came to wait in vain, and was told to nobody.
UNTOLD_RETENTION: Final = f"""
SELECT p.organization_id, p.in_force_from
  FROM retention_policies p JOIN organizations o ON o.id = p.organization_id
 WHERE p.class = 'deeds' AND p.action IS NULL AND p.in_force_from > p.set_at
   AND ($1::uuid IS NULL OR p.organization_id > $1)
   AND NOT EXISTS (SELECT FROM retention_notices n WHERE n.organization_id = p.organization_id
                      AND n.class = p.class AND n.action IS NULL AND n.in_force_from = p.in_force_from)
   AND {_KEPT_HERE.format(owner="p.organization_id", journal="$2")}
 ORDER BY p.organization_id, p.in_force_from LIMIT $3
"""  # noqa: S608  # constants of this module

TELL_RETENTION: Final = """
INSERT INTO retention_notices (organization_id, class, in_force_from, told_at) VALUES ($1, 'deeds', $2, $3)
ON CONFLICT DO NOTHING RETURNING told_at
"""

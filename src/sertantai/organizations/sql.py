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

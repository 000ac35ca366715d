"""The SQL of who people were."""

from typing import Final

# Who has an address, and nothing was ever told of: accounts of before, and those that another program made.
UNTOLD: Final = """
SELECT u.id, u.email::text AS email, u.role, u.created_at AS made_at FROM users u
 WHERE u.email IS NOT NULL
   AND NOT EXISTS (SELECT FROM audit_notices n WHERE n.subject = u.id AND n.kind = 'person')
 ORDER BY u.created_at, u.id LIMIT $1
"""

# What was told last of each person's address, with what is needed to hold it against the one of now: a key of
# its month, or of the one that ended while it was told.
LAST_TOLD: Final = """
SELECT u.id, u.email::text AS email, t.at, t.told,
       ARRAY(SELECT b.key FROM audit_blinds b
              WHERE b.subject = t.subject AND b.class = 'identity' AND b.month = ANY (ARRAY[
                to_char(t.at AT TIME ZONE 'UTC', 'YYYYMM')::int,
                to_char((t.at - interval '1 minute') AT TIME ZONE 'UTC', 'YYYYMM')::int])) AS keys
  FROM (SELECT DISTINCT ON (subject) subject, at, body ->> 'email' AS told
          FROM audit_notices WHERE kind = 'person' AND body ? 'email'
         ORDER BY subject, at DESC) AS t
  JOIN users u ON u.id = t.subject
 ORDER BY u.id
"""

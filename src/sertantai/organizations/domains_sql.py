"""The statements of organizations' domains."""

from typing import Final

_SHOWN: Final = "domain, txt_token, mode, added_by, added_at, verified_at, checked_at, missing_since"
# Who asks may join: by a domain whose DNS says today what it said when it was verified.
_GOOD: Final = "verified_at IS NOT NULL AND missing_since IS NULL"

COUNT: Final = "SELECT count(*) FROM organization_domains WHERE organization_id = $1"

ADD: Final = f"""
INSERT INTO organization_domains (organization_id, domain, txt_token, added_by, added_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING {_SHOWN}
"""  # noqa: S608  # constants of this module

LIST: Final = f"""
SELECT {_SHOWN} FROM organization_domains WHERE organization_id = $1 ORDER BY domain LIMIT $2
"""  # noqa: S608  # constants of this module

FIND: Final = f"""
SELECT {_SHOWN} FROM organization_domains WHERE organization_id = $1 AND domain = $2
"""  # noqa: S608  # constants of this module

VERIFIED: Final = f"""
UPDATE organization_domains
   SET verified_at = coalesce(verified_at, $4), checked_at = $4, missing_since = NULL,
       look_at = $5, silent_since = NULL
 WHERE organization_id = $1 AND domain = $2 AND txt_token = $3 RETURNING {_SHOWN}
"""  # noqa: S608  # constants of this module

# Kept for a while, so that a mistake in the DNS can be mended; nobody joins by it meanwhile. $7: there was no
# answer, which says nothing at first, and after as long a while that the record is gone.
MISSING: Final = f"""
UPDATE organization_domains
   SET checked_at = CASE WHEN $7::boolean THEN checked_at ELSE $4 END,
       look_at = $5,
       silent_since = CASE WHEN $7::boolean THEN coalesce(silent_since, $4) END,
       missing_since = CASE WHEN verified_at IS NULL OR missing_since < $6 THEN NULL
                            WHEN $7::boolean AND coalesce(silent_since, $4) >= $6 THEN missing_since
                            ELSE coalesce(missing_since, $4) END,
       verified_at = CASE WHEN missing_since < $6 THEN NULL ELSE verified_at END
 WHERE organization_id = $1 AND domain = $2 AND txt_token = $3 RETURNING {_SHOWN}
"""  # noqa: S608  # constants of this module

SET_MODE: Final = f"""
UPDATE organization_domains SET mode = $3 WHERE organization_id = $1 AND domain = $2 RETURNING {_SHOWN}
"""  # noqa: S608  # constants of this module

REMOVE: Final = "DELETE FROM organization_domains WHERE organization_id = $1 AND domain = $2 RETURNING domain"

DUE: Final = """
SELECT organization_id, domain, txt_token FROM organization_domains
 WHERE verified_at IS NOT NULL AND look_at <= $1 ORDER BY look_at LIMIT $2
"""

IS_PROVEN: Final = f"""
SELECT EXISTS (SELECT FROM organization_domains WHERE organization_id = $1 AND domain = $2 AND {_GOOD})
"""  # noqa: S608  # constants of this module

# Whoever was removed by somebody else does not come back by a domain.
TO_JOIN: Final = f"""
SELECT d.organization_id, d.mode FROM organization_domains d
 WHERE d.domain = $1 AND {_GOOD}
   AND NOT EXISTS (SELECT FROM organization_former_members f
                    WHERE f.organization_id = d.organization_id AND f.user_id = $2
                      AND f.removed_by IS DISTINCT FROM f.user_id)
   AND ($3::uuid IS NULL OR d.organization_id = $3)
"""  # noqa: S608  # constants of this module

"""The statements of sign-ins with a provider. What is secret in them is kept as hashes only."""

from typing import Final

_USER: Final = "u.id, u.email::text AS email, u.role, u.created_at, u.confirmed_at, u.disabled_at"

BEGIN: Final = """
INSERT INTO provider_sign_ins
  (token_hash, browser_hash, provider, issuer, wanted, subject, user_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

# Good once: whoever comes second finds nothing.
TAKE: Final = """
DELETE FROM provider_sign_ins WHERE token_hash = $1 AND browser_hash = $2 AND expires_at > $3
RETURNING provider, issuer, wanted, subject, user_id
"""

FIND: Final = """
SELECT provider, issuer, wanted, subject, user_id FROM provider_sign_ins
 WHERE token_hash = $1 AND browser_hash = $2 AND expires_at > $3
"""

COUNT_MAIL: Final = """
UPDATE provider_sign_ins SET mails = mails + 1 WHERE token_hash = $1 AND mails < $2 RETURNING mails
"""

DELETE_OLD: Final = """
DELETE FROM provider_sign_ins WHERE token_hash IN (
  SELECT token_hash FROM provider_sign_ins WHERE expires_at < $1 LIMIT $2)
"""

FIND_USER: Final = f"""
UPDATE user_identities i SET used_at = $4 FROM users u
 WHERE i.provider = $1 AND i.issuer = $2 AND i.subject = $3 AND u.id = i.user_id
RETURNING {_USER}
"""  # noqa: S608  # the columns are a constant

LINK: Final = """
INSERT INTO user_identities (provider, issuer, subject, user_id, linked_at, used_at)
VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING RETURNING user_id
"""

_SHOWN: Final = "p.organization_id, p.issuer, p.client_id, p.client_secret, p.changed_by, p.changed_at"
_GOOD: Final = "d.verified_at IS NOT NULL AND d.missing_since IS NULL"

FIND_PROVIDER: Final = f"""
SELECT {_SHOWN}, ARRAY(SELECT d.domain FROM organization_domains d
                        WHERE d.organization_id = p.organization_id AND {_GOOD}) AS domains
  FROM organization_providers p WHERE p.organization_id = $1
"""  # noqa: S608  # constants of this module

WHOSE_DOMAIN: Final = f"""
SELECT d.organization_id FROM organization_domains d JOIN organization_providers p USING (organization_id)
 WHERE d.domain = $1 AND {_GOOD}
"""  # noqa: S608  # constants of this module

SAVE_PROVIDER: Final = """
INSERT INTO organization_providers (organization_id, issuer, client_id, client_secret, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (organization_id) DO UPDATE
SET issuer = EXCLUDED.issuer, client_id = EXCLUDED.client_id, client_secret = EXCLUDED.client_secret,
    changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at
"""

REMOVE_PROVIDER: Final = """
DELETE FROM organization_providers WHERE organization_id = $1 RETURNING organization_id
"""

LIST_SECRETS: Final = """
SELECT organization_id AS user_id, client_secret AS secret FROM organization_providers
 WHERE organization_id > $1 AND client_secret IS NOT NULL ORDER BY organization_id LIMIT $2
"""
# Only if it has not been replaced in the meantime.
RESEAL: Final = """
UPDATE organization_providers SET client_secret = $3 WHERE organization_id = $1 AND client_secret = $2
"""

UNLINK_ALL: Final = "DELETE FROM user_identities WHERE provider = $1"

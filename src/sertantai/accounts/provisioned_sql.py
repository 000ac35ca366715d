"""The statements of accounts that an organization's directory has made."""

from typing import Final

COUNT: Final = "SELECT count(*) FROM provisioned_accounts WHERE organization_id = $1"

INSERT: Final = "INSERT INTO provisioned_accounts (user_id, organization_id, made_at) VALUES ($1, $2, $3)"

# One after the other, whoever shuts or opens an account.
LOCK: Final = "SELECT disabled_at FROM users WHERE id = $1 FOR UPDATE"

FIND: Final = """
SELECT p.organization_id, p.shut_at, o.name AS organization
  FROM provisioned_accounts p JOIN organizations o ON o.id = p.organization_id WHERE p.user_id = $1
"""

# An account that is to be erased.
TO_BE_ERASED: Final = """
SELECT due_at FROM erasures WHERE person = $1 AND taken_back_at IS NULL AND done_at IS NULL
"""

SET_SHUT: Final = "UPDATE provisioned_accounts SET shut_at = $2 WHERE user_id = $1"

FIND_BY_EMAIL: Final = """
SELECT u.id FROM provisioned_accounts p JOIN users u ON u.id = p.user_id
 WHERE p.organization_id = $1 AND lower(u.email::text) = ANY ($2::text[])
"""

"""The statements of links to read a list: where a secret leads, how often it was opened; no right."""

from typing import Final

INSERT: Final = """
INSERT INTO selection_group_links (token_hash, user_id, group_id, id, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""

# An owner's that are over, when they make another: nobody asks for them any more.
DELETE_OLD: Final = "DELETE FROM selection_group_links WHERE user_id = $1 AND expires_at < $2"

DELETE: Final = "DELETE FROM selection_group_links WHERE user_id = $1 AND group_id = $2 AND id = $3"

FIND: Final = """
SELECT user_id, group_id, id FROM selection_group_links WHERE token_hash = $1 AND expires_at > $2
"""

# Whose account is shut shows nobody anything.
MAKER_IS_OPEN: Final = "SELECT EXISTS (SELECT FROM users WHERE id = $1 AND disabled_at IS NULL)"

NOTE_OPENED: Final = """
UPDATE selection_group_links SET opened = opened + 1, opened_at = $2 WHERE token_hash = $1
"""

OPENED: Final = "SELECT id, opened, opened_at FROM selection_group_links WHERE user_id = $1 AND group_id = $2"

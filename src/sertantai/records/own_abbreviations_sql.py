"""Every statement of people's own abbreviations, and organizations'. Row security leaves each user their own,
and those of the organizations that they are in."""

from typing import Final

_COLUMNS: Final = "id, abbreviation, laws, created_at, updated_at"

LIST_ABBREVIATIONS: Final = f"SELECT {_COLUMNS} FROM own_abbreviations WHERE user_id = $1 ORDER BY key"  # noqa: S608  # the columns are a constant

# What is there already can always be changed; a new one only while there is room.
PUT_ABBREVIATION: Final = f"""
INSERT INTO own_abbreviations (user_id, id, abbreviation, key, laws, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $6
 WHERE EXISTS (SELECT FROM own_abbreviations WHERE user_id = $1 AND id = $2)
    OR (SELECT count(*) FROM own_abbreviations WHERE user_id = $1) < $7
    ON CONFLICT (user_id, id) DO UPDATE
   SET abbreviation = excluded.abbreviation, key = excluded.key, laws = excluded.laws,
       updated_at = excluded.updated_at
RETURNING {_COLUMNS}
"""  # noqa: S608  # the columns are a constant

DELETE_ABBREVIATION: Final = "DELETE FROM own_abbreviations WHERE user_id = $1 AND id = $2"

"""Every statement of saved views. Row security leaves each user their own."""

from typing import Final

_COLUMNS: Final = "id, name, query, columns, created_at, updated_at"

LIST_VIEWS: Final = f"SELECT {_COLUMNS} FROM saved_views WHERE user_id = $1 ORDER BY lower(name), name, id"  # noqa: S608  # the columns are a constant

# What is there already can always be changed; a new one only while there is room.
PUT_VIEW: Final = f"""
INSERT INTO saved_views (user_id, id, name, query, columns, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $6
 WHERE EXISTS (SELECT FROM saved_views WHERE user_id = $1 AND id = $2)
    OR (SELECT count(*) FROM saved_views WHERE user_id = $1) < $7
    ON CONFLICT (user_id, id) DO UPDATE
   SET name = excluded.name, query = excluded.query, columns = excluded.columns,
       updated_at = excluded.updated_at
RETURNING {_COLUMNS}
"""  # noqa: S608  # the columns are a constant

DELETE_VIEW: Final = "DELETE FROM saved_views WHERE user_id = $1 AND id = $2"

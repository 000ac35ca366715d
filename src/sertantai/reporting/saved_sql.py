"""Every statement of saved reports. Row security leaves each user their own."""

from typing import Final

_COLUMNS: Final = (
    "user_id, id, name, question, query, schedule, zone, recipients, next_at, sent_at, last_error, "
    "created_at, updated_at"
)

LIST_REPORTS: Final = (
    f"SELECT {_COLUMNS} FROM saved_reports WHERE user_id = $1 ORDER BY lower(name), name, id"  # noqa: S608  # the columns are a constant
)

# What is there already can always be changed; a new one only while there is room.
PUT_REPORT: Final = f"""
INSERT INTO saved_reports (user_id, id, name, question, query, schedule, zone, recipients, next_at,
                           created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10
 WHERE EXISTS (SELECT FROM saved_reports WHERE user_id = $1 AND id = $2)
    OR (SELECT count(*) FROM saved_reports WHERE user_id = $1) < $11
    ON CONFLICT (user_id, id) DO UPDATE
   SET name = excluded.name, question = excluded.question, query = excluded.query,
       schedule = excluded.schedule, zone = excluded.zone, recipients = excluded.recipients,
       next_at = excluded.next_at, last_error = '', updated_at = excluded.updated_at
RETURNING {_COLUMNS}
"""  # noqa: S608  # the columns are a constant

DELETE_REPORT: Final = "DELETE FROM saved_reports WHERE user_id = $1 AND id = $2"

# Taken until a moment from every other server; whoever has it says what became of it.
TAKE_DUE: Final = f"""
UPDATE saved_reports SET next_at = $2
 WHERE (user_id, id) = (SELECT user_id, id FROM saved_reports WHERE next_at <= $1
                         ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}
"""  # noqa: S608  # the columns are a constant

SENT: Final = """
UPDATE saved_reports SET next_at = $3, sent_at = $4, last_error = '' WHERE user_id = $1 AND id = $2
"""
NOT_SENT: Final = """
UPDATE saved_reports SET next_at = $3, last_error = $4 WHERE user_id = $1 AND id = $2
"""
ADDRESSES_OF: Final = """
SELECT id, email::text AS email FROM users
 WHERE id = ANY ($1::uuid[]) AND email IS NOT NULL AND disabled_at IS NULL
"""

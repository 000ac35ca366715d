"""The SQL of erasures."""

from typing import Final

IN_THE_WAY: Final = "SELECT what, about FROM sertantai_in_the_way_of_erasing($1)"

ROWS_OF: Final = "SELECT name, act, rows FROM sertantai_rows_of_person($1, $2) WHERE rows > 0"

_ERASURE: Final = """
id, person, asked_at, asked_by, reason, greatest(due_at, asked_at) AS due_at, again, taken_back_at, begun_at,
done_at, went
"""

# So many days from now by the clock, which the time that is believed may be far behind: in a directory that
# was copied or restored it leaps to the clock a day later. A clock that is wrong by years puts it off by one.
# Without days nothing is waited for.
ASK: Final = f"""
INSERT INTO erasures (id, person, asked_at, asked_by, reason, due_at, again)
VALUES ($1, $2, $3, $4, $5,
        CASE WHEN $6 = 0 THEN sertantai_settled_now()
             ELSE make_interval(days => $6) + greatest(
                    sertantai_settled_now(), least($3, sertantai_settled_now() + interval '366 days')) END,
        $7)
ON CONFLICT (person) WHERE taken_back_at IS NULL AND done_at IS NULL DO NOTHING RETURNING {_ERASURE}
"""  # noqa: S608  # the columns are a constant

OPEN_OF: Final = f"""
SELECT {_ERASURE} FROM erasures WHERE person = $1 AND taken_back_at IS NULL AND done_at IS NULL
"""  # noqa: S608  # the columns are a constant

TAKE_BACK: Final = f"""
UPDATE erasures SET taken_back_at = $2
 WHERE person = $1 AND taken_back_at IS NULL AND done_at IS NULL AND begun_at IS NULL RETURNING {_ERASURE}
"""  # noqa: S608  # the columns are a constant

ALL: Final = f"SELECT {_ERASURE} FROM erasures ORDER BY asked_at DESC, id LIMIT $1"  # noqa: S608  # a constant

ONE: Final = f"SELECT {_ERASURE} FROM erasures WHERE id = $1"  # noqa: S608  # the columns are a constant

DUE: Final = f"""
SELECT {_ERASURE} FROM erasures
 WHERE taken_back_at IS NULL AND done_at IS NULL
   AND erasures.due_at <= sertantai_settled_now()
 ORDER BY due_at, id LIMIT $1
"""  # noqa: S608  # the columns are a constant

# Asked for before the database was restored to then: that one is asked for anew.
TAKE_BACK_OLDER: Final = """
UPDATE erasures SET taken_back_at = $2
 WHERE person = ANY ($1::uuid[]) AND taken_back_at IS NULL AND done_at IS NULL AND begun_at IS NULL
   AND NOT again
"""

DONE: Final = "SELECT person, min(done_at) AS done_at FROM erasures WHERE done_at IS NOT NULL GROUP BY person"

STILL_THERE: Final = "SELECT id FROM users WHERE id = ANY ($1::uuid[]) ORDER BY id"

SHUT_OUT: Final = """
UPDATE users SET disabled_at = coalesce(disabled_at, $2), updated_at = $2 WHERE id = ANY ($1::uuid[])
"""

ADDRESS_OF: Final = "SELECT email::text AS email FROM users WHERE id = $1"

ADDRESSES_OF: Final = """
SELECT id, email::text AS email FROM users WHERE id = ANY ($1::uuid[]) AND email IS NOT NULL
"""

ERASE: Final = "SELECT sertantai_erase_person($1, $2)"

ERASE_FROM_MONTH: Final = "SELECT sertantai_erase_from_month($1)"

# Of each entry what all its rows say of from where it was done; of whatever they did, and in their lists.
ORIGINS_OF: Final = """
SELECT journal_id, position, part, min(actor_id::text)::uuid AS actor_id, min(created_at) AS at,
       min(session_id) AS session_id, min(ip_address) AS ip_address, min(user_agent) AS user_agent
  FROM selection_audit_log
 WHERE (user_id = $1 OR actor_id = $1) AND journal_id IS NOT NULL
   AND coalesce(session_id, ip_address::text, user_agent) IS NOT NULL
 GROUP BY journal_id, position, part
"""

KEEP_OPAQUE: Final = """
INSERT INTO audit_opaque (journal_id, position, part, field, commitment, notice)
SELECT j, p, n, f, c, $6
  FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::bytea[]) AS o (j, p, n, f, c)
ON CONFLICT DO NOTHING
"""

DELETE_KEYS: Final = "DELETE FROM audit_blinds WHERE subject = $1 RETURNING month"

END: Final = "UPDATE erasures SET done_at = $2, went = went || $3 WHERE id = $1 AND done_at IS NULL"

"""Every statement of import reports. Row security leaves each owner their own."""

from typing import Final

# Two imports at the same moment would each not see the other where room is made.
LOCK_REPORTS: Final = "SELECT pg_advisory_xact_lock(hashtextextended('import_reports ' || $1::uuid::text, 0))"

HELD_OF_IMPORT: Final = """
SELECT count(*) AS parts, coalesce(sum(octet_length(report)), 0)::bigint AS bytes,
       coalesce(sum(plain_bytes), 0)::bigint AS plain_bytes
  FROM import_reports
 WHERE (user_id, group_id, import_id) = ($1, $2, $3) AND operation_id <> $4
"""

KEEP_PART: Final = """
INSERT INTO import_reports
  (user_id, group_id, import_id, operation_id, actor_id, imported_at,
   imported, already, repeated, ambiguous, missing, left_out, plain_bytes, report)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING
"""

# The newest of each list, and of all lists, as far as they fit; and nothing of lists that are no more.
MAKE_ROOM: Final = """
WITH imports AS (
  SELECT group_id, import_id, max(imported_at) AS at, sum(octet_length(report)) AS bytes
    FROM import_reports WHERE user_id = $1 GROUP BY group_id, import_id
), ranked AS (
  SELECT group_id, import_id,
         row_number() OVER of_list AS place_in_list, sum(bytes) OVER of_list AS bytes_of_list,
         row_number() OVER of_owner AS place, sum(bytes) OVER of_owner AS bytes
    FROM imports
  WINDOW of_list AS (PARTITION BY group_id ORDER BY at DESC, import_id DESC ROWS UNBOUNDED PRECEDING),
         of_owner AS (ORDER BY at DESC, import_id DESC ROWS UNBOUNDED PRECEDING)
)
DELETE FROM import_reports r USING ranked k
 WHERE r.user_id = $1 AND (r.group_id, r.import_id) = (k.group_id, k.import_id)
   AND (k.place_in_list > $2 OR k.bytes_of_list > $3 OR k.place > $4 OR k.bytes > $5
        OR k.group_id <> ALL ($6::uuid[]))
"""

LIST_IMPORTS: Final = """
SELECT import_id, min(actor_id::text)::uuid AS actor_id, max(imported_at) AS imported_at,
       sum(imported) AS imported, sum(already) AS already, sum(repeated) AS repeated,
       sum(ambiguous) AS ambiguous, sum(missing) AS missing, sum(left_out) AS left_out
  FROM import_reports WHERE (user_id, group_id) = ($1, $2)
 GROUP BY import_id ORDER BY max(imported_at) DESC, import_id DESC
"""

PARTS_OF_IMPORT: Final = """
SELECT operation_id, imported_at, missing + ambiguous AS not_found,
       imported + already + repeated AS with_law
  FROM import_reports WHERE (user_id, group_id, import_id) = ($1, $2, $3)
 ORDER BY imported_at, operation_id
"""

PART: Final = """
SELECT report FROM import_reports WHERE (user_id, group_id, import_id, operation_id) = ($1, $2, $3, $4)
"""

REMOVE_IMPORT: Final = "DELETE FROM import_reports WHERE (user_id, group_id, import_id) = ($1, $2, $3)"

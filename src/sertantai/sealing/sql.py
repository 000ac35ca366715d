"""The SQL of the sealed log."""

from typing import Final

KEEP_BLINDS: Final = """
INSERT INTO audit_blinds (subject, month, class, key)
SELECT unnest($1::uuid[]), unnest($2::int[]), unnest($3::text[]), unnest($4::bytea[])
ON CONFLICT DO NOTHING
"""

# The first that was kept counts, whoever made it.
BLINDS: Final = """
SELECT subject, month, class, key
  FROM audit_blinds JOIN (SELECT unnest($1::uuid[]) AS subject, unnest($2::int[]) AS month,
                                 unnest($3::text[]) AS class) AS w USING (subject, month, class)
"""

ALL_BLINDS: Final = "SELECT subject, month, class, key FROM audit_blinds"

NAMES: Final = "SELECT record_no, name FROM uk_lrt_records WHERE record_no = ANY($1::int[])"

# And how many of some keys are there, in a row without a history: a stand-by that took over may lack them.
CHAINS: Final = """
SELECT user_id, group_id, number, head, mac
  FROM audit_chains JOIN (SELECT unnest($1::uuid[]) AS user_id, unnest($2::uuid[]) AS group_id) AS w
 USING (user_id, group_id)
UNION ALL
SELECT NULL, NULL, count(*), NULL, NULL
  FROM audit_blinds JOIN (SELECT unnest($3::uuid[]) AS subject, unnest($4::int[]) AS month,
                                 unnest($5::text[]) AS class) AS w USING (subject, month, class)
"""

KEEP_CHAINS: Final = """
INSERT INTO audit_chains (user_id, group_id, number, head, mac)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::bytea[]), unnest($5::bytea[])
ON CONFLICT (user_id, group_id) DO UPDATE
   SET number = excluded.number, head = excluded.head, mac = excluded.mac
"""

KEEP_LEAVES: Final = """
INSERT INTO audit_leaves (journal_id, position, part, places, leaves, mac, entries)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# The row that holds a place: each is named by its first.
ENTRIES_BEGIN: Final = """
SELECT position, part FROM audit_leaves
 WHERE journal_id = ANY ($1::uuid[]) AND (position, part) <= ($2, $3)
 ORDER BY position DESC, part DESC LIMIT 1
"""

ENTRIES_FROM: Final = """
SELECT places, entries FROM audit_leaves
 WHERE journal_id = ANY ($1::uuid[]) AND (position, part) >= ($2, $3) AND (position, part) <= ($4, $5)
 ORDER BY position, part
"""

# And the row before them, of each journal: where the database went back, operations that come again may be
# gathered otherwise, and a row may begin with what is sealed and end with what is not. Its last place counts.
LEAVES_BEHIND: Final = """
SELECT journal_id, position, part, places, leaves, mac
  FROM unnest($1::uuid[]) AS of, LATERAL (
         SELECT * FROM audit_leaves WHERE journal_id = of AND (position, part) <= ($2, $3)
          ORDER BY position DESC, part DESC LIMIT 1) AS before
 WHERE substring(places FROM length(places) - 11) > int8send($2::bigint) || int4send($3::int)
UNION ALL
(SELECT journal_id, position, part, places, leaves, mac FROM audit_leaves
  WHERE journal_id = ANY ($1::uuid[]) AND (position, part) > ($2, $3)
  ORDER BY position, part LIMIT $4)
ORDER BY position, part
"""

# In one value, 24 bytes each: as rows each would be read by itself.
NOTICES_TOLD: Final = """
SELECT string_agg(int8send(told) || uuid_send(id), ''::bytea ORDER BY told)
  FROM (SELECT told, id FROM audit_notices WHERE told > $1 ORDER BY told LIMIT $2) AS listed
"""

# The last number that was given out; whoever has the database's passwords may write a higher one.
LAST_TOLD: Final = "SELECT last_value FROM audit_notices_told_seq"

# Servers with data directories of their own, whose notices are for their logs.
OTHER_SERVERS: Final = "SELECT EXISTS (SELECT FROM sync_watermarks WHERE journal_id <> ALL ($1::uuid[]))"

JOURNALS_OF_OTHERS: Final = """
SELECT journal_id FROM sync_watermarks WHERE journal_id <> ALL ($1::uuid[]) ORDER BY journal_id
"""

LOCK_SERVERS: Final = "SELECT pg_advisory_xact_lock(hashtextextended('sertantai_servers', 0))"

IS_ANNOUNCED: Final = """
SELECT EXISTS (SELECT FROM audit_notices
                WHERE kind = 'key' AND body -> 'server' ->> 0 = $1 AND body -> 'server' ->> 1 = $2)
"""

NOTICES_OF: Final = """
SELECT id, told, at, kind, subject, actor, body, mac FROM audit_notices
 WHERE told = ANY($1::bigint[]) ORDER BY told
"""

TELL: Final = """
INSERT INTO audit_notices (id, at, kind, subject, actor, body, mac) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

REACHED: Final = "SELECT coalesce(max(position), 0) FROM sync_watermarks WHERE journal_id = ANY ($1::uuid[])"

TELLS_OF_KEY: Final = """
SELECT EXISTS (SELECT FROM audit_notices WHERE kind = 'key' AND body ->> 'key' = $1)
"""

# Of several the newest: it replaced the one before.
RECOVERY_TOLD: Final = """
SELECT body ->> 'recovery' FROM audit_notices
 WHERE kind = 'key' AND body ->> 'recovery' IS NOT NULL ORDER BY at DESC, told DESC LIMIT 1
"""

NOTICES_THERE: Final = "SELECT id FROM audit_notices WHERE id = ANY ($1::uuid[])"

# And those of which retention left no more than their place.
NOTICES_KNOWN: Final = """
SELECT id FROM audit_notices WHERE id = ANY ($1::uuid[])
UNION ALL SELECT id FROM audit_notices_dropped WHERE id = ANY ($1::uuid[])
"""

DROPPED_OF: Final = """
SELECT id, told, number, leaf FROM audit_notices_dropped WHERE log = $1 ORDER BY told
"""

DROP_SEALED_LEAVES: Final = """
DELETE FROM audit_leaves
 WHERE journal_id = ANY ($1::uuid[]) AND (position, part) <= ($2, $3) AND made_at < now() - interval '7 days'
"""

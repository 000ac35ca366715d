"""Every statement of the shared journal. What changes a shard asks in its transaction whether it is held."""

from importlib.resources import files
from typing import Final

TABLES: Final = files(__package__).joinpath("tables.sql").read_text("utf-8")

LOCK_SCHEMA: Final = "SELECT pg_advisory_xact_lock(hashtextextended('sertantai_journal', 0))"
HAS_SCHEMA: Final = "SELECT to_regclass('sertantai_journal.checkpoint_parts') IS NOT NULL"
STANDBYS: Final = "SELECT current_setting('synchronous_standby_names')"
IS_PRIMARY: Final = "SELECT NOT pg_is_in_recovery()"

# ------------------------------------------------------------------------------------------- who writes

MAKE_SHARD: Final = """
INSERT INTO sertantai_journal.shards (shard, journal_id, run, proof, trimmed_proof)
VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (shard) DO NOTHING
"""
SEEN: Final = "SELECT epoch, holder FROM sertantai_journal.shards WHERE shard = $1"
CLAIM: Final = """
UPDATE sertantai_journal.shards SET epoch = epoch + 1, holder = $2 WHERE shard = $1 AND epoch = $3
RETURNING journal_id, generation, run, epoch, last, trimmed, proof, trimmed_proof
"""
HELD: Final = """
SELECT epoch, run, last, trimmed, proof FROM sertantai_journal.shards WHERE shard = $1 AND holder = $2
"""
SAYS: Final = """
SELECT last, trimmed, proof, trimmed_proof FROM sertantai_journal.shards WHERE shard = $1
"""
REPORT: Final = """
SELECT s.journal_id, s.last, b.first, b.size, c.n AS checkpoints,
       pg_total_relation_size('sertantai_journal.batches')
       + pg_total_relation_size('sertantai_journal.checkpoints')
       + pg_total_relation_size('sertantai_journal.checkpoint_parts') AS table_bytes
  FROM sertantai_journal.shards s
 CROSS JOIN LATERAL (SELECT min(first) AS first, coalesce(sum(octet_length(body)), 0)::bigint AS size
                       FROM sertantai_journal.batches b WHERE b.shard = s.shard) b
 CROSS JOIN LATERAL (SELECT count(*) AS n FROM sertantai_journal.checkpoints c WHERE c.shard = s.shard) c
 WHERE s.shard = $1
"""
LET_GO: Final = "UPDATE sertantai_journal.shards SET holder = NULL WHERE shard = $1 AND holder = $2"
# Whatever the holder still has under way is over once this has its lock: refused, or done.
RAISE: Final = """
UPDATE sertantai_journal.shards SET epoch = epoch + 1 WHERE shard = $1 AND holder = $2 RETURNING epoch
"""
IS_THERE: Final = """
SELECT EXISTS (SELECT FROM sertantai_journal.batches
                WHERE shard = $1 AND first = $2 AND last = $3 AND checksum = $4 AND epoch = $5)
"""

# ---------------------------------------------------------------------------------------------- batches

# Of each shard that has something one batch; rows are locked in the order of shards, so that two nodes never
# wait for each other. What is not among the answer's shards was not written. Nothing is where ``$8`` asks for
# another copy and none is named.
APPEND: Final = """
WITH want AS MATERIALIZED (
       SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[],
                            $7::bytea[]) AS w (shard, epoch, first, last, checksum, body, proof)),
     durable AS MATERIALIZED (
       SELECT current_setting('synchronous_standby_names') AS names),
     mine AS (
       SELECT s.shard FROM sertantai_journal.shards s JOIN want w USING (shard)
        WHERE s.holder = $9 AND s.epoch = w.epoch AND s.last = w.first - 1
          AND (NOT $8 OR (SELECT names <> '' FROM durable))
        ORDER BY s.shard FOR UPDATE OF s),
     moved AS (
       UPDATE sertantai_journal.shards s SET last = w.last, proof = w.proof
         FROM want w JOIN mine USING (shard) WHERE s.shard = w.shard RETURNING s.shard),
     stored AS (
       INSERT INTO sertantai_journal.batches (shard, first, last, epoch, checksum, body)
       SELECT w.shard, w.first, w.last, w.epoch, w.checksum, w.body FROM want w JOIN moved USING (shard)
       RETURNING shard)
SELECT names, ARRAY(SELECT shard FROM stored) AS shards FROM durable
"""
# So many bytes of them at most, but one in any case. That a body is large is known without reading it.
AFTER: Final = """
SELECT first, checksum, body
  FROM (SELECT first, checksum, body,
               sum(octet_length(body)) OVER (ORDER BY first) - octet_length(body) AS before
          FROM (SELECT * FROM sertantai_journal.batches
                 WHERE shard = $1 AND last > $2 AND first <= $3
                   AND first >= coalesce((SELECT max(first) FROM sertantai_journal.batches
                                           WHERE shard = $1 AND first <= $2 + 1), 0)
                 ORDER BY first LIMIT $4) AS next) AS counted
 WHERE before < $5 ORDER BY first
"""
HEADS: Final = """
SELECT first, last, octet_length(body) AS size, substring(body for 65) AS head
  FROM sertantai_journal.batches WHERE shard = $1 ORDER BY first
"""
UP_TO: Final = """
SELECT max(last) AS upto, coalesce(sum(octet_length(body)), 0) AS size
  FROM sertantai_journal.batches WHERE shard = $1 AND last <= $2
"""
HEAD_AT: Final = """
SELECT substring(body for 65) FROM sertantai_journal.batches WHERE shard = $1 AND last = $2
"""
FORGET_UP_TO: Final = "DELETE FROM sertantai_journal.batches WHERE shard = $1 AND last <= $2"
TRIMMED: Final = """
UPDATE sertantai_journal.shards SET trimmed = $3, trimmed_proof = $4
 WHERE shard = $1 AND holder = $2 RETURNING trimmed
"""
ADVANCE: Final = """
UPDATE sertantai_journal.shards SET last = greatest(last, $3), run = $4 WHERE shard = $1 AND holder = $2
RETURNING last
"""
STILL_HELD: Final = "SELECT true FROM sertantai_journal.shards WHERE shard = $1 AND holder = $2 FOR SHARE"
# Deleted rows go from the files with this, and the free places that they leave.
WIPE: Final = (
    "VACUUM (FULL) sertantai_journal.batches",
    "VACUUM (FULL) sertantai_journal.checkpoints",
    "VACUUM (FULL) sertantai_journal.checkpoint_parts",
)

# ------------------------------------------------------------------------------------------ checkpoints

CHECKPOINT: Final = """
SELECT position, checksum, state,
       ARRAY(SELECT name FROM sertantai_journal.checkpoint_parts p
              WHERE p.shard = c.shard AND p.owner = c.owner ORDER BY name) AS parts
  FROM sertantai_journal.checkpoints c WHERE shard = $1 AND owner = $2
"""
POSITIONS: Final = """
SELECT owner, position FROM sertantai_journal.checkpoints WHERE shard = $1 AND owner = ANY($2::uuid[])
"""
PARTS: Final = """
SELECT name, checksum, body FROM sertantai_journal.checkpoint_parts WHERE shard = $1 AND owner = $2
"""
KEEP_PART: Final = """
INSERT INTO sertantai_journal.checkpoint_parts (shard, owner, name, checksum, body)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (shard, owner, name) DO UPDATE SET checksum = EXCLUDED.checksum, body = EXCLUDED.body
"""
KEEP: Final = """
INSERT INTO sertantai_journal.checkpoints (shard, owner, position, checksum, state)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (shard, owner) DO UPDATE
   SET position = EXCLUDED.position, checksum = EXCLUDED.checksum, state = EXCLUDED.state
"""
FORGET_OTHER_PARTS: Final = """
DELETE FROM sertantai_journal.checkpoint_parts WHERE shard = $1 AND owner = $2 AND name <> ALL($3::bytea[])
"""
FORGET: Final = "DELETE FROM sertantai_journal.checkpoints WHERE shard = $1 AND owner = $2"
FORGET_PARTS: Final = "DELETE FROM sertantai_journal.checkpoint_parts WHERE shard = $1 AND owner = $2"
FORGET_ORPHANS: Final = """
DELETE FROM sertantai_journal.checkpoint_parts p
 WHERE shard = $1 AND NOT EXISTS (SELECT FROM sertantai_journal.checkpoints c
                                   WHERE c.shard = p.shard AND c.owner = p.owner)
"""

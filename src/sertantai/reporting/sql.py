"""Every statement that answers a question. Row level security and the lists that are named decide what of it
is seen; the rest narrows.

A page goes on after a keyset, newest first; the same bound on created_at alone lets PostgreSQL leave out
months. Each statement has a second form that counts into buckets, over so many rows at most. Long arrays come
as texts (`postgres.arrays`), and are read once, not with each row: in a SELECT of their own. PostgreSQL takes
them for short ones, so where it would join them row by row it is told not to (`IS TRUE`).
"""

from typing import Final

_NARROWED: Final = """
   AND {t}.created_at >= $2 AND {t}.created_at <= $3 AND ({t}.created_at, {t}.{id}) < ($3, $4)
   AND ($5::uuid[] IS NULL OR {t}.group_id = ANY($5))
"""
OF_ONE: Final = "t.user_id = $1"
OF_EVERYBODY: Final = "$1::uuid IS NULL"

# ------------------------------------------------------------------------------------- changes of laws

_CHANGES: Final = (
    """
  FROM selection_audit_log t LEFT JOIN uk_lrt_records r ON r.id = t.record_id
 WHERE t.user_id = $1
   AND t.record_id IS NOT NULL AND t.action = ANY($6::text[]) AND NOT t.metadata ?| $7::text[]
   AND ($8::text IS NULL OR r.family = $8)
   AND ($9::text IS NULL OR r.type_code = $9)
   AND ($10::text IS NULL OR coalesce(t.metadata ->> 'source', 'hand') = $10)
   AND ($11::boolean IS NULL OR (coalesce(t.metadata ->> 'reason', '') <> '') = $11)
   AND ($12::uuid IS NULL OR t.actor_id = $12)
   AND ($13::integer IS NULL OR t.record_no = $13)
"""
    + _NARROWED.format(t="t", id="id")
    + " ORDER BY t.created_at DESC, t.id DESC LIMIT $14"
)
_OF_CHANGES: Final = """
SELECT t.created_at AS at, t.id, t.user_id, t.actor_id, t.group_id, t.selection_group AS group_name, t.action,
       t.record_name, r.title_en, r.family, t.operation_id, t.metadata, host(t.ip_address) AS ip, t.user_agent
"""
_COUNT: Final = """
SELECT width_bucket(c.at, (SELECT ${edges}::text::timestamptz[])) AS bucket, count(*) AS n
  FROM (SELECT {at} AS at"""
_COUNTED: Final = ") AS c GROUP BY 1 ORDER BY 1"


def _counting(rest: str, at: str, edges: int) -> str:
    return _COUNT.format(edges=edges, at=at) + rest + _COUNTED


def _forms(select: str, rest: str, at: str, edges: int) -> tuple[str, str]:
    return select + rest, _counting(rest, at, edges)


# In its own words each: of one law and of one person there is an index, over all owners, too.
_OF_LAW: Final = _CHANGES.replace("($13::integer IS NULL OR t.record_no = $13)", "t.record_no = $13")
_OF_PERSON: Final = _CHANGES.replace("($12::uuid IS NULL OR t.actor_id = $12)", "t.actor_id = $12")
CHANGES: Final = {
    "": _forms(_OF_CHANGES, _CHANGES, "t.created_at", 15),
    "law": _forms(_OF_CHANGES, _OF_LAW, "t.created_at", 15),
    "person": _forms(_OF_CHANGES, _OF_PERSON, "t.created_at", 15),
}
CHANGES_OF_EVERYBODY: Final = {
    way: tuple(one.replace(OF_ONE, OF_EVERYBODY) for one in both) for way, both in CHANGES.items()
}

# ----------------------------------------------------------------------------------------- operations

_OPERATIONS: Final = (
    """
  FROM selection_operations t
 WHERE t.user_id = $1
   AND ($6::uuid IS NULL OR coalesce(t.actor_id, t.user_id) = $6)
   AND ($7::text IS NULL OR coalesce(t.source, 'hand') = $7)
   AND ($8::bigint IS NULL OR t.added::bigint + t.removed + t.annotated >= $8)
   AND ($9::boolean IS NULL OR EXISTS (SELECT FROM selection_operations u
                                        WHERE u.user_id = t.user_id AND u.undoes = t.operation_id) = $9)
   AND ($10::text IS NULL OR width_bucket(t.created_at, (SELECT $10::text::timestamptz[])) % 2 = 0)
"""
    + _NARROWED.format(t="t", id="operation_id")
    + " ORDER BY t.created_at DESC, t.operation_id DESC LIMIT $11"
)
_OF_OPERATIONS: Final = """
SELECT t.created_at AS at, t.operation_id AS id, t.user_id, t.actor_id, t.group_id, t.group_name,
       t.list_action, t.record_action, t.added, t.removed, t.annotated, t.source, t.undoes,
       host(t.ip_address) AS ip, t.user_agent, t.operation_id,
       (SELECT min(u.created_at) FROM selection_operations u
         WHERE u.user_id = t.user_id AND u.undoes = t.operation_id) AS undone_at
"""
OPERATIONS: Final = _forms(_OF_OPERATIONS, _OPERATIONS, "t.created_at", 12)
OPERATIONS_OF_EVERYBODY: Final = tuple(one.replace(OF_ONE, OF_EVERYBODY) for one in OPERATIONS)

# From an address that the same person had not used there in the days before: the first time of each.
_NEW_ADDRESS: Final = _OPERATIONS.replace(
    "($10::text IS NULL OR width_bucket(t.created_at, (SELECT $10::text::timestamptz[])) % 2 = 0)",
    """t.ip_address IS NOT NULL AND NOT EXISTS (
         SELECT FROM selection_operations b
          WHERE b.user_id = t.user_id AND b.created_at >= t.created_at - interval '90 days'
            AND (b.created_at, b.operation_id) < (t.created_at, t.operation_id)
            AND coalesce(b.actor_id, b.user_id) = coalesce(t.actor_id, t.user_id)
            AND b.ip_address = t.ip_address)
   AND $10::text IS NULL""",
)
NEW_ADDRESSES: Final = _forms(_OF_OPERATIONS, _NEW_ADDRESS, "t.created_at", 12)
NEW_ADDRESSES_OF_EVERYBODY: Final = tuple(one.replace(OF_ONE, OF_EVERYBODY) for one in NEW_ADDRESSES)

# ------------------------------------------------------------------ lists, rights and the organization

_RULES: Final = (
    """
  FROM selection_audit_log t
 WHERE t.user_id = $1 AND t.record_id IS NULL AND t.action = ANY($6::text[])
   AND ($7::uuid IS NULL OR coalesce(t.actor_id, t.user_id) = $7)
   AND (t.action <> $8 OR coalesce(t.metadata #>> '{link,did}' = 'opened', false) = $9)
"""
    + _NARROWED.format(t="t", id="id")
    + " ORDER BY t.created_at DESC, t.id DESC LIMIT $10"
)
_OF_RULES: Final = """
SELECT t.created_at AS at, t.id, t.user_id, t.actor_id, t.group_id, t.selection_group AS group_name, t.action,
       t.operation_id, t.metadata, host(t.ip_address) AS ip, t.user_agent
"""
RULES: Final = _forms(_OF_RULES, _RULES, "t.created_at", 11)
RULES_OF_EVERYBODY: Final = tuple(one.replace(OF_ONE, OF_EVERYBODY) for one in RULES)

# ------------------------------------------------------------------------------------ lists at a time

# Of some records of a list: what brought them in last, up to a moment; null where that is not known. Each by
# itself, which is a few lines: asked about together PostgreSQL would go through all that was ever done in the
# list, once for each page of a report about it. `IS TRUE` keeps it from the index of lists.
BROUGHT_IN: Final = """
SELECT t.*
  FROM unnest($3::uuid[]) AS law (id)
 CROSS JOIN LATERAL (
       SELECT t.record_no, t.created_at AS at, t.actor_id, t.user_id, t.action, t.operation_id,
              coalesce(t.metadata ->> 'source', 'hand') AS source, t.position,
              t.metadata ->> 'reason' AS reason
         FROM selection_audit_log t
        WHERE t.user_id = $1 AND t.record_id = law.id AND (t.group_id = $2) IS TRUE AND t.created_at <= $4
          AND t.action = ANY($5::text[])
        ORDER BY t.position DESC LIMIT 1) t
"""

# The last that was said of a note, up to a moment; each such line says the whole note.
NOTED: Final = """
SELECT t.*
  FROM unnest($3::uuid[]) AS law (id)
 CROSS JOIN LATERAL (
       SELECT t.record_no, t.position, t.metadata #>> '{changes,note}' AS note
         FROM selection_audit_log t
        WHERE t.user_id = $1 AND t.record_id = law.id AND (t.group_id = $2) IS TRUE AND t.created_at <= $4
          AND t.metadata #> '{changes}' ? 'note'
        ORDER BY t.position DESC LIMIT 1) t
"""

# In the order in which reports show laws.
LAWS: Final = """
SELECT id, record_no, name, title_en, family FROM uk_lrt_records WHERE record_no = ANY($1::int[])
 ORDER BY name
"""
# In one value, four bytes each: of a whole register each row would be read by itself.
LAW_NUMBERS: Final = """
SELECT string_agg(int4send(record_no), ''::bytea ORDER BY name)
  FROM uk_lrt_records JOIN unnest($1::text::int[]) AS wanted (record_no) USING (record_no)
"""
LAW_BY_ID: Final = "SELECT record_no FROM uk_lrt_records WHERE id = $1"
LAW_BY_NAME: Final = "SELECT record_no FROM uk_lrt_records WHERE name = $1"

REVIEWS: Final = """
SELECT s.record_no, r.name, r.title_en, r.family, g.id AS group_id, g.name AS group_name, s.metadata
  FROM user_record_selections s
  JOIN user_selection_groups g ON g.user_id = s.user_id AND g.name = s.selection_group
  JOIN uk_lrt_records r ON r.id = s.record_id
 WHERE s.user_id = $1 AND s.metadata ? 'review_on'
   AND ($2::uuid[] IS NULL OR g.id = ANY($2)) AND NOT g.metadata ? 'deleted_at'
   AND ($3::text IS NULL OR r.family = $3)
   AND s.metadata ->> 'review_on' >= $4 AND s.metadata ->> 'review_on' < $5
   AND (s.metadata ->> 'review_on', r.name, g.id) > ($6, $7, $8)
 ORDER BY s.metadata ->> 'review_on', r.name, g.id LIMIT $9
"""

# The register as it was at a moment: of what imports changed since, what there was before the first of them.
# What is in a bitmap, or ever was, was there.
_REGISTER_THEN: Final = """
WITH held AS (SELECT unnest($1::text::int[]) AS record_no),
     ever AS (SELECT unnest($2::text::int[]) AS record_no),
     since AS (
  SELECT DISTINCT ON (c.record_no, f.key) c.record_no, f.key, f.value ->> 'old' AS old
    FROM uk_lrt_record_changes c CROSS JOIN LATERAL jsonb_each(c.changed_fields) AS f
   WHERE c.changed_at > $3 AND c.changed_fields ?| ARRAY['live', 'family', 'type_code', 'title_en']
     AND f.key IN ('live', 'family', 'type_code', 'title_en')
   ORDER BY c.record_no, f.key, c.revision
), changed AS (
  SELECT record_no, jsonb_object_agg(key, old) AS old FROM since GROUP BY record_no
), register AS (
  SELECT r.record_no, r.name,
         CASE WHEN c.old ? 'title_en' THEN c.old ->> 'title_en' ELSE r.title_en END AS title_en,
         CASE WHEN c.old ? 'family' THEN c.old ->> 'family' ELSE r.family END AS family,
         CASE WHEN c.old ? 'type_code' THEN c.old ->> 'type_code' ELSE r.type_code END AS type_code,
         CASE WHEN c.old ? 'live' THEN c.old ->> 'live' ELSE r.live END AS live,
         h.record_no AS held, e.record_no AS ever
    FROM uk_lrt_records r LEFT JOIN changed c ON c.record_no = r.record_no
    LEFT JOIN held h ON h.record_no = r.record_no LEFT JOIN ever e ON e.record_no = r.record_no
   WHERE r.created_at <= $3 OR e.record_no IS NOT NULL
)
"""
_COVERAGE: Final = (
    _REGISTER_THEN
    + """
SELECT coalesce(r.family, '') AS name,
       count(*) FILTER (WHERE NOT starts_with(coalesce(r.live, ''), $4::text)) AS in_force,
       count(r.held) AS held, count(r.ever) AS considered,
       count(*) FILTER (WHERE NOT starts_with(coalesce(r.live, ''), $4::text) AND r.ever IS NULL) AS never,
       count(r.held) FILTER (WHERE NOT starts_with(coalesce(r.live, ''), $4::text)) AS held_in_force
  FROM register r GROUP BY 1 ORDER BY 1
"""
)
COVERAGE: Final = {"family": _COVERAGE, "type": _COVERAGE.replace("(r.family", "(r.type_code")}
# Those of them in force that never were in the list, by name: as numbers, in one value, four bytes each. With
# a page in mind PostgreSQL would go through the register by name, and look up each law in what changed.
NEVER_CONSIDERED: Final = (
    _REGISTER_THEN
    + """
SELECT string_agg(int4send(r.record_no), ''::bytea ORDER BY r.name)
  FROM register r
 WHERE r.ever IS NULL AND NOT starts_with(coalesce(r.live, ''), $4::text)
   AND ($5::text IS NULL OR r.family = $5) AND ($6::text IS NULL OR r.type_code = $6)
"""
)
# Some of them, as they were then.
LAWS_THEN: Final = """
WITH since AS (
  SELECT DISTINCT ON (c.record_no, f.key) c.record_no, f.key, f.value ->> 'old' AS old
    FROM uk_lrt_record_changes c CROSS JOIN LATERAL jsonb_each(c.changed_fields) AS f
   WHERE c.record_no = ANY($1::int[]) AND c.changed_at > $2
     AND f.key IN ('live', 'family', 'type_code', 'title_en')
   ORDER BY c.record_no, f.key, c.revision
), changed AS (
  SELECT record_no, jsonb_object_agg(key, old) AS old FROM since GROUP BY record_no
)
SELECT r.name, CASE WHEN c.old ? 'title_en' THEN c.old ->> 'title_en' ELSE r.title_en END AS title_en,
       CASE WHEN c.old ? 'family' THEN c.old ->> 'family' ELSE r.family END AS family,
       CASE WHEN c.old ? 'type_code' THEN c.old ->> 'type_code' ELSE r.type_code END AS type_code,
       CASE WHEN c.old ? 'live' THEN c.old ->> 'live' ELSE r.live END AS live
  FROM uk_lrt_records r LEFT JOIN changed c ON c.record_no = r.record_no
 WHERE r.record_no = ANY($1::int[]) ORDER BY r.name
"""
EVER_IN: Final = """
SELECT string_agg(int4send(record_no), ''::bytea) FROM (
  SELECT record_no FROM selection_audit_log
   WHERE user_id = $1 AND group_id = $2 AND record_no IS NOT NULL AND created_at <= $3
     AND action = ANY($4::text[])
  UNION SELECT record_no FROM audit_baseline WHERE user_id = $1 AND group_id = $2) AS ever
"""

# Each change of a law of a list, and the first that was done about it there since.
RESPONSE: Final = """
SELECT c.changed_at AS at, c.record_no, c.revision, r.name, r.title_en,
       ARRAY(SELECT jsonb_object_keys(c.changed_fields) ORDER BY 1) AS fields,
       d.created_at AS decided_at, d.actor_id, d.user_id, d.action
  FROM uk_lrt_record_changes c
  JOIN uk_lrt_records r ON r.record_no = c.record_no
  LEFT JOIN LATERAL (
       SELECT t.created_at, t.actor_id, t.user_id, t.action FROM selection_audit_log t
        WHERE t.user_id = $1 AND (t.group_id = $2) IS TRUE AND t.record_id = r.id
          AND t.created_at >= c.changed_at
        ORDER BY t.created_at, t.position LIMIT 1) d ON true
 WHERE c.changed_at >= $3 AND c.changed_at < $4 AND (c.record_no IN (SELECT unnest($5::text::int[]))) IS TRUE
   AND ($6::text IS NULL OR r.family = $6)
   AND (c.changed_at, c.record_no) < ($7, $8)
 ORDER BY c.changed_at DESC, c.record_no DESC LIMIT $9
"""

# ------------------------------------------------------------------------------------ security events

_EVENTS: Final = """
  FROM security_events e
 WHERE ($1::uuid IS NULL OR e.user_id = $1)
   AND e.at >= $2 AND e.at <= $3 AND (e.at, e.id) < ($3, $4)
   AND ($5::text IS NULL OR e.kind = $5)
 ORDER BY e.at DESC, e.id DESC LIMIT $6
"""
EVENTS: Final = _forms(
    "SELECT e.at, e.id, e.kind, e.severity, e.user_id, e.times, host(e.ip_address) AS ip", _EVENTS, "e.at", 7
)

# ---------------------------------------------------------------------------- what a report needs beside

LISTS_OF: Final = """
SELECT id, name, is_default FROM user_selection_groups WHERE user_id = $1 AND NOT metadata ? 'deleted_at'
"""
NAMES_OF: Final = """
SELECT u.id, coalesce(nullif(m.name, ''), o.name, u.email::text, '') AS name
  FROM unnest($1::uuid[]) AS wanted(id) JOIN users u USING (id)
  LEFT JOIN organizations o ON o.id = u.id AND $2::uuid IS NULL
  LEFT JOIN user_organization_memberships m ON m.user_id = u.id AND m.organization_id = $2
"""

# -------------------------------------------------------------------------------------------- notices

_NOTICES: Final = """
  FROM audit_notices n
 WHERE n.kind = ANY($1::text[])
   AND ($2::uuid[] IS NULL OR n.subject = ANY($2) OR ($3 AND n.subject IS NULL))
   AND ($4::uuid IS NULL OR n.actor = $4)
   AND n.at >= $5 AND n.at <= $6 AND (n.at, n.id) < ($6, $7)
 ORDER BY n.at DESC, n.id DESC LIMIT $8
"""
NOTICES: Final = _forms("SELECT n.at, n.id, n.kind, n.subject, n.actor, n.body", _NOTICES, "n.at", 9)

# ------------------------------------------------------------------------------------- who people were

# What an organization called its members, each time that it was said; newest first.
NAMES_THEN: Final = """
SELECT (t.metadata ->> 'member')::uuid AS person, t.created_at AS at, t.metadata ->> 'name' AS name
  FROM selection_audit_log t
 WHERE t.user_id = $1 AND t.record_id IS NULL AND t.action = ANY($2::text[]) AND t.metadata ? 'name'
   AND t.metadata ->> 'member' = ANY($3::text[])
 ORDER BY t.created_at DESC, t.position DESC
"""
TOLD_OF: Final = """
SELECT n.subject AS person, n.at, n.body ->> $3 AS email FROM audit_notices n
 WHERE n.kind = $1 AND n.subject = ANY($2::uuid[]) AND n.body ? $3 ORDER BY n.at DESC, n.id DESC
"""
ADDRESSES: Final = (
    "SELECT id, email::text AS email FROM users WHERE id = ANY($1::uuid[]) AND email IS NOT NULL"
)

# ------------------------------------------------------------------------------ reviews of the history itself

# Whoever sees all sees those of all lists, too; to others row level security shows those of their lists.
_TRAIL_REVIEWS: Final = """
  FROM (SELECT v.*, v.reviewed_at AS created_at, v.reviewed_by AS actor_id FROM trail_reviews v) t
 WHERE t.user_id = $1
   AND t.created_at >= $2 AND t.created_at <= $3 AND (t.created_at, t.id) < ($3, $4)
   AND ($5::uuid[] IS NULL OR t.group_id IS NULL OR t.group_id = ANY($5))
   AND ($6::uuid IS NULL OR t.actor_id = $6)
 ORDER BY t.created_at DESC, t.id DESC LIMIT $7
"""
TRAIL_REVIEWS: Final = _forms(
    "SELECT t.created_at AS at, t.id, t.user_id, t.actor_id, t.group_id, t.since, t.until, t.note",
    _TRAIL_REVIEWS,
    "t.created_at",
    8,
)
TRAIL_REVIEWS_OF_EVERYBODY: Final = tuple(one.replace(OF_ONE, OF_EVERYBODY) for one in TRAIL_REVIEWS)
LAST_TRAIL_REVIEW: Final = """
SELECT reviewed_at AS at, user_id, reviewed_by AS actor_id, group_id, since, until FROM trail_reviews
 WHERE user_id = $1 AND ($2::uuid[] IS NULL OR group_id IS NULL OR group_id = ANY($2))
 ORDER BY reviewed_at DESC, id DESC LIMIT 1
"""
KEEP_TRAIL_REVIEW: Final = """
INSERT INTO trail_reviews (id, user_id, group_id, since, until, reviewed_at, reviewed_by, note, notice)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

# Up to which time who looked at what was dropped, of a time, and in which years that was done.
LOOKS_DROPPED: Final = """
SELECT max((body -> 'dropped' ->> 'last')::timestamptz) AS upto,
       array_agg(DISTINCT extract(year FROM at AT TIME ZONE 'UTC')::int) AS years
  FROM audit_notices
 WHERE kind = 'retention' AND body ->> 'class' = 'access' AND body ? 'dropped'
   AND (body -> 'dropped' ->> 'last')::timestamptz >= $1 AND (body -> 'dropped' ->> 'first')::timestamptz < $2
"""

# In which years months of a time were dropped or rewritten.
CERTIFIED: Final = """
SELECT DISTINCT extract(year FROM at AT TIME ZONE 'UTC')::int AS year FROM retention_acts
 WHERE month >= $1 AND month < $2 AND rows_gone > 0 ORDER BY 1
"""

"""Every SQL statement of the register. Columns are named here only where they need something of their own."""

from sertantai.records.columns import COLUMNS, KEPT_ONCE, SORTABLE

_COLUMNS = ", ".join(COLUMNS)

# ------------------------------------------------------------------------------------------------ import

IMPORT_LOCK = 7_316_204_511
TRY_IMPORT_LOCK = "SELECT pg_try_advisory_xact_lock($1)"

STAGING_TABLE = "register_staging"
CREATE_STAGING = f"""
CREATE TEMP TABLE register_staging ON COMMIT DROP AS
SELECT 0 AS line, {_COLUMNS}, number_int, extra, search_terms
  FROM uk_lrt_records WITH NO DATA
"""  # noqa: S608  # names of `COLUMNS`, none from outside
# A chunk is looked up name by name in the index: any other plan reads the whole register for each chunk.
LOOK_UP_BY_INDEX = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true)
"""
REGISTER_TABLE = "uk_lrt_records"
HAS_RECORDS = "SELECT EXISTS (SELECT FROM uk_lrt_records)"
KNOWN_NAMES = "SELECT name FROM uk_lrt_records WHERE name = ANY($1::text[])"
EMPTY_STAGING = "TRUNCATE pg_temp.register_staging"

COUNT_DIFFERING = """
SELECT count(*) FROM pg_temp.register_staging s JOIN uk_lrt_records o ON o.name = s.name
 WHERE ROW({old}) IS DISTINCT FROM ROW({new})
"""

# A row whose derived columns alone differ (a newer program folds words differently) is brought up to date
# without being called changed.
UPDATE_STAGED = """
WITH differing AS MATERIALIZED (
  SELECT o.record_no, jsonb_build_object({old_fields}) AS old_fields, {aliased}
    FROM pg_temp.register_staging s JOIN uk_lrt_records o ON o.name = s.name
   WHERE ROW({old}) IS DISTINCT FROM ROW({new})
), updated AS (
  UPDATE uk_lrt_records r SET {assignments}
    FROM differing d WHERE r.record_no = d.record_no
  RETURNING r.record_no, r.revision, d.old_fields, jsonb_build_object({new_fields}) AS new_fields
), changed AS (
  INSERT INTO uk_lrt_record_changes (record_no, revision, changed_fields)
  SELECT u.record_no, u.revision, jsonb_object_agg(o.key, jsonb_build_object('old', o.value, 'new', n.value))
    FROM updated u, jsonb_each(u.old_fields) o JOIN jsonb_each(u.new_fields) n USING (key)
   WHERE o.value IS DISTINCT FROM n.value
   GROUP BY u.record_no, u.revision
  RETURNING 1
)
SELECT count(*) FROM changed
"""

# ---------------------------------------------------------------------------------------------- revision

# In the order of their bytes, which every database has alike.
NAMES_OF_REVISION = """
SELECT name FROM uk_lrt_records WHERE revision = $1 ORDER BY name COLLATE "C"
"""

# Of each law, all that an import says of it. $1: changed in that revision; null: of all.
LAWS_HASHED = f"""
SELECT record_no, name,
       left(encode(sha256(convert_to(jsonb_build_array({_COLUMNS}, extra)::text, 'UTF8')), 'base64'), 16)
         AS hashed
  FROM uk_lrt_records WHERE $1::bigint IS NULL OR revision = $1 ORDER BY record_no
"""  # noqa: S608  # names of `COLUMNS`, none from outside

REGISTER_REVISION = "SELECT revision FROM register_revision"

READ_REVISION = "SELECT revision, changed_at FROM register_revision"

# The newest law of an abbreviation is the one meant today.
READ_ACRONYMS = """
SELECT acronym, name FROM uk_lrt_records WHERE acronym IS NOT NULL
 ORDER BY year DESC NULLS LAST, record_no LIMIT $1::int
"""

# See showing.py. `objsubid` is 2 for locks of two numbers.
SHOW_REVISION = "SELECT pg_advisory_lock_shared($1::int, $2::int)"
HIDE_REVISION = "SELECT pg_advisory_unlock_shared($1::int, $2::int)"
COUNT_BEHIND = """
SELECT count(*)
  FROM pg_locks
 WHERE locktype = 'advisory' AND objsubid = 2 AND classid = $1::int::oid AND objid < $2::int::oid
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

# --------------------------------------------------------------------------------------------- catalogue
# PostgreSQL sorts, groups and splits; what arrives are arrays of integers that numpy reads as they are.

# In groups: a value of many megabytes would hold up the event loop while it arrives.
_RANKED = """
SELECT array_send(array_agg(record_no)) AS numbers, array_send(array_agg(rank)) AS ranks,
       count(*) FILTER (WHERE stated) AS stated
  FROM (SELECT record_no, stated, (dense_rank() OVER (ORDER BY {order}))::integer AS rank
          FROM (SELECT record_no, {key} AS key, {key} IS NOT NULL AS stated FROM uk_lrt_records) keyed) ranked
 GROUP BY record_no / 50000
"""
_AS_TEXT = 'key COLLATE "C" NULLS LAST'
_AS_VALUE = "key NULLS LAST"
# The first digits only: a number of 19 digits may not fit a bigint. See columns.number_int.
_AS_NUMBER = "CASE WHEN key ~ '^[0-9]{1,18}$' THEN key::bigint END NULLS LAST, " + _AS_TEXT
# ASCII letters fold alike in PostgreSQL and in Python; titles with others go through the same table in both.
_TITLE = (
    'CASE WHEN octet_length(title_en) = char_length(title_en) THEN lower(title_en COLLATE "C") '
    'ELSE lower(translate(title_en, $1, $2) COLLATE "C") END'
)


def _ranked(key: str, order: str) -> str:
    return _RANKED.format(key=key, order=order)


def _ranked_column(column: str) -> str:
    if COLUMNS[column].holds is str:
        return _ranked(f"nullif({column}, '')", _AS_TEXT)
    return _ranked(column, _AS_VALUE)


RANK_TITLES = _ranked(_TITLE, _AS_TEXT)
RANKS = {
    **{column: _ranked_column(column) for column in SORTABLE if column != "title_en"},
    "name": _ranked("name", _AS_TEXT),
    "number": _ranked("nullif(number, '')", _AS_NUMBER),
}

_VALUES = """
SELECT array_agg(value ORDER BY value {collation})
  FROM (SELECT DISTINCT {column} AS value FROM uk_lrt_records WHERE {stated}) v
"""


def _values(column: str) -> str:
    if COLUMNS[column].holds is str:
        return _VALUES.format(column=column, collation='COLLATE "C"', stated=f"{column} <> ''")
    return _VALUES.format(column=column, collation="", stated=f"{column} IS NOT NULL")


VALUES = {column: _values(column) for column in KEPT_ONCE}

# A link that follows from the name is kept as `true`: half of what a row would need.
READ_ROWS = """
SELECT array_send(array_agg(record_no ORDER BY record_no)) AS numbers,
       array_send(array_agg(octet_length(shown) ORDER BY record_no)) AS lengths,
       string_agg(shown, ''::bytea ORDER BY record_no) AS shown,
       string_agg(uuid_send(id), ''::bytea ORDER BY record_no) AS ids,
       max(record_no) AS last
  FROM (SELECT record_no, id,
               convert_to(json_build_array(name, title_en, nullif(number, ''),
                 CASE WHEN leg_gov_uk_url =
                           'https://www.legislation.gov.uk/id/' || translate(substr(name, 4), '_', '/')
                      THEN to_json(true) ELSE to_json(leg_gov_uk_url) END)::text, 'UTF8') AS shown
          FROM uk_lrt_records WHERE record_no > $1 ORDER BY record_no LIMIT $2) r
"""

BUILD_TIMEOUT_S = 600.0
READ_TERMS = """
SELECT term, array_send(array_agg(record_no)) AS numbers
  FROM (SELECT record_no, string_to_table(search_terms, ' ') AS term FROM uk_lrt_records) t
 WHERE term <> '' GROUP BY term ORDER BY term COLLATE "C"
"""

# ------------------------------------------------------------------------------------------------- reads

READ_RECORD = f"""
SELECT id, record_no, number_int, {_COLUMNS}, extra, created_at, updated_at
  FROM uk_lrt_records WHERE id = $1
"""  # noqa: S608  # names of `COLUMNS`, none from outside

READ_NUMBERS = "SELECT id, record_no FROM uk_lrt_records WHERE id = ANY($1::uuid[])"

READ_CHANGES = """
SELECT record_no, revision, changed_at, changed_fields
  FROM uk_lrt_record_changes
 WHERE record_no = ANY($1::integer[]) AND changed_at > $2 AND (record_no, revision) > ($3, $4)
 ORDER BY record_no, revision
 LIMIT $5
"""

READ_EVER_CHANGED = """
SELECT DISTINCT record_no FROM uk_lrt_record_changes WHERE record_no > $1 ORDER BY record_no LIMIT $2
"""

READ_CHANGED_NUMBERS = """
SELECT array_agg(DISTINCT record_no) FROM uk_lrt_record_changes WHERE revision > $1
"""

COUNT_RECORDS = "SELECT count(*) FROM uk_lrt_records"

"""The SQL by which servers on one database see each other, and that says whose people are whose."""

from typing import Final

HOLD: Final = "SELECT sertantai_hold_journal($1)"

NOTICE_SILENCE: Final = """
SELECT set_config('tcp_keepalives_idle', $1, false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false)
"""

IS_RUNNING: Final = "SELECT sertantai_lock_of_journal($1) IN (SELECT lock FROM sertantai_running_journals())"

# Rows in one order, so that two servers that take people over do not wait for each other.
TAKE_OWNERS: Final = """
WITH wanted AS MATERIALIZED (
  SELECT user_id, id, journal_id FROM user_selection_groups
   WHERE user_id = ANY($1::uuid[]) AND is_default AND journal_id IS DISTINCT FROM $2::uuid
   ORDER BY user_id FOR NO KEY UPDATE
), free AS MATERIALIZED (
  SELECT user_id, id, journal_id FROM wanted
   WHERE journal_id IS NULL
      OR sertantai_lock_of_journal(journal_id) NOT IN (SELECT lock FROM sertantai_running_journals())
), left_behind AS (
  UPDATE sync_watermarks SET moved = moved + 1
   WHERE journal_id IN (SELECT journal_id FROM free WHERE journal_id IS NOT NULL)
)
UPDATE user_selection_groups g SET journal_id = $2::uuid
  FROM free WHERE g.user_id = free.user_id AND g.id = free.id
"""

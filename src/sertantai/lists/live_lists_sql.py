"""The SQL that finds lists with a filter."""

from typing import Final

# Of people whom this server's journal keeps; of everybody while no other server runs.
SMART_LISTS: Final = """
SELECT user_id, id FROM user_selection_groups g
 WHERE metadata ? 'filter' AND (user_id, id) > ($1, $2)
   AND (EXISTS (SELECT FROM user_selection_groups own
                 WHERE own.user_id = g.user_id AND own.is_default AND own.journal_id = $4::uuid)
        OR NOT EXISTS (SELECT FROM sertantai_running_journals() WHERE lock <> sertantai_lock_of_journal($4)))
 ORDER BY user_id, id LIMIT $3
"""

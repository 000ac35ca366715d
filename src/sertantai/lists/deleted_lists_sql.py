"""The SQL that finds deleted lists whose time is over."""

# Of people whom this server's journal keeps; of everybody while no other server runs.
OWNERS_OF_DELETED = """
SELECT DISTINCT user_id FROM user_selection_groups g
 WHERE metadata ? 'deleted_at' AND user_id > $1 AND (metadata ->> 'deleted_at')::timestamptz <= $2
   AND (EXISTS (SELECT FROM user_selection_groups own
                 WHERE own.user_id = g.user_id AND own.is_default AND own.journal_id = $4::uuid)
        OR NOT EXISTS (SELECT FROM sertantai_running_journals() WHERE lock <> sertantai_lock_of_journal($4)))
 ORDER BY user_id LIMIT $3
"""

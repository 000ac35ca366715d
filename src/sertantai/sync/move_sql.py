"""The SQL of a list that goes from one owner to another, in one transaction.

Its id is unique, and its rows name their owner and their list; so the list is there twice for a while that
nobody sees: under another id where it goes to, until all its rows have followed.
"""

from typing import Final

STAGE: Final = """
INSERT INTO user_selection_groups (user_id, name, created_at, made_by) VALUES ($1, $2, $3, $4)
"""

# Some of its rows, with both trails of them; the receiver's says when and by whom each was selected. A slice
# at a time, so that no statement takes long.
MOVE_ROWS: Final = """
WITH wanted AS MATERIALIZED (
  SELECT id, record_no, name FROM uk_lrt_records WHERE record_no = ANY($5::int[])
), moved AS (
  UPDATE user_record_selections s SET user_id = $3, selection_group = $4
    FROM wanted w
   WHERE s.user_id = $1 AND s.selection_group = $2 AND s.record_id = w.id
  RETURNING w.id, w.record_no, w.name, s.created_at, coalesce(s.actor_id, $1) AS actor_id
)
INSERT INTO selection_audit_log
       (user_id, actor_id, group_id, selection_group, operation_id, position, session_id, ip_address,
        user_agent, created_at, part, journal_id, record_id, record_no, record_name, action, metadata)
SELECT o.owner, o.actor, o.group_id, o.group_name, o.id, o.position, o.session, o.ip::inet, o.user_agent,
       o.at, o.part, $19::uuid, m.id, m.record_no, m.name, o.action,
       o.metadata || CASE WHEN o.owner = $3
         THEN jsonb_build_object('selected_at', m.created_at, 'selected_by', m.actor_id) ELSE '{}' END
  FROM moved m,
       (SELECT unnest($6::uuid[]) AS owner, unnest($7::uuid[]) AS actor, unnest($8::uuid[]) AS group_id,
               unnest($9::text[]) AS group_name, unnest($10::uuid[]) AS id, unnest($11::bigint[]) AS position,
               unnest($12::text[]) AS session, unnest($13::text[]) AS ip, unnest($14::text[]) AS user_agent,
               unnest($15::timestamptz[]) AS at, unnest($16::int[]) AS part,
               unnest($17::text[]) AS action, unnest($18::jsonb[]) AS metadata) AS o
"""

NAME_HERE: Final = "UPDATE user_selection_groups SET id = $3 WHERE user_id = $1 AND name = $2"

REMEMBER: Final = """
INSERT INTO selection_group_lineage (group_id, from_owner, until_position, to_owner, shows_history, at)
VALUES ($1, $2, $3, $4, $5, $6)
"""

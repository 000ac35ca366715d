"""The SQL that finds lists with a filter."""

from typing import Final

SMART_LISTS: Final = """
SELECT user_id, id FROM user_selection_groups
 WHERE metadata ? 'filter' AND (user_id, id) > ($1, $2)
 ORDER BY user_id, id LIMIT $3
"""

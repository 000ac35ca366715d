"""The SQL of what was done in the whole installation, from sums: none of it reads the trail."""

from typing import Final

# Once through: months are made of its days.
DAYS: Final = """
SELECT day, action, sum(n)::bigint AS n FROM audit_daily WHERE day >= $1 AND day <= $2 GROUP BY day, action
"""

"""The SQL of what was done in the whole installation, from sums: none of it reads the trail."""

from typing import Final

DAYS: Final = """
SELECT day, sum(n)::bigint AS n FROM audit_daily WHERE day >= $1 AND day <= $2 GROUP BY day
"""
MONTHS: Final = """
SELECT date_trunc('month', day)::date AS first, max(day) AS last,
       coalesce(sum(n) FILTER (WHERE action = ANY($3::text[])), 0)::bigint AS ticked,
       coalesce(sum(n) FILTER (WHERE action = ANY($4::text[])), 0)::bigint AS unticked,
       coalesce(sum(n) FILTER (WHERE action = ANY($5::text[])), 0)::bigint AS noted,
       coalesce(sum(n) FILTER (WHERE action <> ALL($3::text[] || $4::text[] || $5::text[])), 0)::bigint
         AS other,
       count(DISTINCT user_id) AS owners
  FROM audit_daily WHERE day >= $1 AND day <= $2
 GROUP BY 1 ORDER BY 1 DESC LIMIT $6
"""

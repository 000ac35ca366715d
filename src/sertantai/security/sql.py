"""Every statement about security events."""

from typing import Final

# The same batch may come again when it is not known whether the last commit happened.
INSERT_EVENTS: Final = """
INSERT INTO security_events (id, at, kind, severity, user_id, ip_address, times, details)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], $6::inet[], $7::int[],
                     $8::jsonb[])
ON CONFLICT DO NOTHING
"""
LIST_EVENTS: Final = """
SELECT e.id, e.at, e.kind, e.severity, e.user_id, e.ip_address, e.times, e.details, u.email::text AS email
  FROM security_events e LEFT JOIN users u ON u.id = e.user_id
 WHERE (e.at, e.id) < ($1, $2) AND e.at >= $3
   AND ($4::text[] IS NULL OR e.kind = ANY($4))
   AND ($5::text[] IS NULL OR e.severity = ANY($5))
   AND ($6::uuid IS NULL OR e.user_id = $6)
   AND ($7::inet IS NULL OR e.ip_address = $7)
 ORDER BY e.at DESC, e.id DESC
 LIMIT $8
"""
TREND: Final = """
SELECT hour AS at,
       coalesce(sum(times) FILTER (WHERE severity = 'info'), 0)::bigint AS info,
       coalesce(sum(times) FILTER (WHERE severity = 'warning'), 0)::bigint AS warning,
       coalesce(sum(times) FILTER (WHERE severity = 'danger'), 0)::bigint AS danger
  FROM generate_series(date_trunc('hour', $1::timestamptz), $2::timestamptz, interval '1 hour') AS hour
  LEFT JOIN security_events e ON e.at >= hour AND e.at < hour + interval '1 hour'
 GROUP BY hour ORDER BY hour
"""
SET_POLICY: Final = """
SELECT sertantai_set_policy('security_events', NULL, NULL, NULL, $1, NULL,
                            'the setting security_events_retention_days')
"""
FORGET_EVENTS: Final = "SELECT sertantai_forget_security_events()"

# Whether a list that a user asked for is somebody else's: told to administrators, never to the user.
OWNER_OF_GROUP: Final = "SELECT user_id FROM user_selection_groups WHERE id = $1 AND user_id <> $2"

# Whether it was told since a moment that somebody read a list.
READ_TOLD = """
SELECT EXISTS (SELECT FROM audit_notices
                WHERE subject = $1 AND at >= $3 AND kind = 'access' AND actor = $2
                  AND body ->> 'what' = 'read')
"""

# What the log was told of events last, and whether it ever was of those of before.
NEWEST_TOLD: Final = """
SELECT max(at) AS at, coalesce(bool_or(body ? 'found'), false) AS found
  FROM audit_notices WHERE kind = 'events'
"""

# Keys are of the month of the event, and of nobody where it names no account.
_KEY: Final = """
       LEFT JOIN audit_blinds b ON b.subject = coalesce(e.user_id, '00000000-0000-0000-0000-000000000000')
             AND b.month = to_char(e.at AT TIME ZONE 'UTC', 'YYYYMM')::int AND b.class = 'identity'
"""
_TOLD: Final = """
SELECT one.said ->> 0 FROM audit_notices n, jsonb_array_elements(n.body -> 'rows') AS one (said)
 WHERE n.kind = 'events'
"""
_EVENTS: Final = (
    """
SELECT e.id, e.at, e.kind, e.severity, e.user_id, e.ip_address, e.times, e.details, b.key
  FROM security_events e """
    + _KEY
)
EVENTS_TO_CHECK: Final = (
    _EVENTS
    + """ ORDER BY e.at, e.id
"""
)
EVENTS_UNTOLD: Final = (
    _EVENTS
    + """ WHERE e.id::text NOT IN ("""
    + _TOLD
    + """) ORDER BY e.at, e.id
"""
)
EVENT_KEYS_MISSING: Final = (
    """
SELECT DISTINCT coalesce(e.user_id, '00000000-0000-0000-0000-000000000000') AS subject,
       to_char(e.at AT TIME ZONE 'UTC', 'YYYYMM')::int AS month
  FROM security_events e """
    + _KEY
    + """ WHERE b.key IS NULL
"""
)
EVENTS_MISSED: Final = (
    """
SELECT e.id, e.at, e.kind, e.severity, e.user_id, e.ip_address, e.times, e.details
  FROM security_events e
 WHERE e.at >= $1::timestamptz - interval '1 hour'
   AND e.id::text NOT IN ("""
    + _TOLD
    + """ AND n.at >= $1::timestamptz - interval '2 hours')
 ORDER BY e.at, e.id
"""
)
EVENTS_KEPT_SINCE: Final = "SELECT sertantai_security_events_kept_since()"
EVENTS_TOLD: Final = """
SELECT id, at, kind, subject, actor, body, mac FROM audit_notices
 WHERE kind IN ('events', 'retention', 'erasure', 'restore') ORDER BY told
"""

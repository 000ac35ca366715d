"""The SQL of all that is held about somebody: each statement one part of what they are given."""

from typing import Final

ACCOUNT: Final = """
SELECT u.id, u.email::text AS email, u.role, u.created_at, u.confirmed_at, u.disabled_at,
       u.hashed_password IS NOT NULL AS has_password, f.enabled_at AS second_factor_since,
       (SELECT count(*) FROM user_recovery_codes c
         WHERE c.user_id = u.id AND c.used_at IS NULL) AS recovery_codes
  FROM users u LEFT JOIN user_second_factors f ON f.user_id = u.id WHERE u.id = $1
"""

SESSIONS: Final = """
SELECT id, kind, created_at, expires_at, revoked_at, last_seen_at, host(ip_address) AS ip_address, user_agent
  FROM user_sessions WHERE user_id = $1 ORDER BY created_at, id
"""

TOKENS: Final = """
SELECT id, name, shown_part, scopes, created_at, expires_at, last_used_at, host(last_used_ip) AS last_used_ip,
       revoked_at FROM user_api_tokens WHERE user_id = $1 ORDER BY created_at, id
"""

LINKS_SENT: Final = """
SELECT purpose, email, created_at, expires_at, used_at FROM user_one_time_links WHERE user_id = $1
 ORDER BY created_at, id
"""

PROVIDERS: Final = """
SELECT issuer, subject, linked_at, used_at FROM user_identities WHERE user_id = $1 ORDER BY linked_at, issuer
"""

MAILS: Final = """
SELECT recipient, subject, created_at, sent_at, attempts, last_error FROM mail_outbox WHERE user_id = $1
 ORDER BY created_at, id
"""

MEMBERSHIPS: Final = """
SELECT o.name AS organization, o.slug, m.role, m.permissions, m.created_at
  FROM user_organization_memberships m JOIN organizations o ON o.id = m.organization_id
 WHERE m.user_id = $1 ORDER BY o.slug
"""

FORMER_MEMBERSHIPS: Final = """
SELECT o.name AS organization, o.slug, m.name AS known_as, m.role, m.joined_at, m.left_at
  FROM organization_former_members m JOIN organizations o ON o.id = m.organization_id
 WHERE m.user_id = $1 ORDER BY m.left_at, o.slug
"""

LISTS: Final = """
SELECT id, name, description, is_default, metadata, version, created_at, updated_at
  FROM user_selection_groups WHERE user_id = $1 ORDER BY created_at, id
"""

LAWS: Final = """
SELECT s.selection_group AS list, r.name, r.title_en AS title, s.source, s.metadata,
       s.created_at, s.updated_at
  FROM user_record_selections s JOIN uk_lrt_records r ON r.id = s.record_id
 WHERE s.user_id = $1 ORDER BY s.selection_group, s.record_no
"""

# What they did, wherever, and what was done in their lists. From where somebody else did it is not theirs.
TRAIL: Final = """
SELECT l.created_at AS at, l.action, l.record_name AS law, l.selection_group AS list, l.group_id, l.metadata,
       l.user_id = $1 AS in_own_lists, l.actor_id = $1 AS by_themselves,
       CASE WHEN l.actor_id = $1 THEN l.session_id END AS session_id,
       CASE WHEN l.actor_id = $1 THEN host(l.ip_address) END AS ip_address,
       CASE WHEN l.actor_id = $1 THEN l.user_agent END AS user_agent
  FROM selection_audit_log l WHERE l.user_id = $1 OR l.actor_id = $1
 ORDER BY l.created_at, l.position, l.id
"""

EVENTS: Final = """
SELECT at, kind, severity, host(ip_address) AS ip_address, times, details FROM security_events
 WHERE user_id = $1 ORDER BY at, id
"""

# Who looked at what is theirs, and what the sealed log tells of them.
NOTICES: Final = """
SELECT at, kind, actor = $1 AS by_themselves, body FROM audit_notices
 WHERE subject = $1 OR actor = $1 ORDER BY told
"""

VIEWS: Final = (
    "SELECT name, query, columns, created_at, updated_at FROM saved_views WHERE user_id = $1 ORDER BY id"
)

REPORTS: Final = """
SELECT name, question, query, schedule, zone, next_at, sent_at, created_at FROM saved_reports
 WHERE user_id = $1 ORDER BY id
"""

ABBREVIATIONS: Final = """
SELECT abbreviation, laws, created_at, updated_at FROM own_abbreviations WHERE user_id = $1 ORDER BY id
"""

IMPORTS: Final = """
SELECT group_id, imported_at, imported, already, repeated, ambiguous, missing, left_out FROM import_reports
 WHERE user_id = $1 ORDER BY imported_at, import_id, operation_id
"""

ERASURES: Final = """
SELECT id, asked_at, reason, due_at, taken_back_at FROM erasures WHERE person = $1 ORDER BY asked_at, id
"""


def counting(statement: str) -> str:
    """How many rows one of these has: without their order, which counts for nothing."""
    return f"SELECT count(*) FROM ({statement.rpartition(' ORDER BY ')[0] or statement}) AS counted"  # noqa: S608  # of the constants above

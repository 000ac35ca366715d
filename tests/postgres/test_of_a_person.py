"""Every column that may name a person, and what an erasure does to it: a new one must be named here."""

import re
from typing import Any

COLUMNS = """
SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, NULL) AS type,
       EXISTS (SELECT FROM pg_constraint f
                WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid = 'users'::regclass
                  AND f.confdeltype = 'c') AS goes_with_users
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY 1, a.attnum
"""
MAY_NAME = re.compile(
    r"mail|agent|recipient|user_name|session|address"
    r"|(^|_)(ip|user|actor|owner|person|member|grantee|founder|subject|target|account|guest)(_id|_ip)?$|_by$"
    r"|^(details|operation|payload|work|answer|body|wanted|attributes|kept|state|display_name)$"
)
"""What columns are called that name somebody, or in which anything may stand."""

AN_ID = "an id that leads to nobody stays"
EMPTIED = "the row stays without it"
GOES = "the row goes"
OF_AN_ORGANIZATION = (
    "the organization's record: nobody is erased who is a member, and a former one stays in it"
)
COMMITTED = "hashes only, and the keys go"
NOBODY = "names nobody"

ACCOUNTED_FOR = {
    "audit_baseline": {"user_id": AN_ID},
    "audit_baseline_owners": {"user_id": AN_ID},
    "audit_baseline_rights": {"user_id": AN_ID, "state": OF_AN_ORGANIZATION},
    "audit_blinds": {"subject": GOES},
    "audit_chain_floors": {"user_id": AN_ID},
    "audit_chains": {"user_id": AN_ID},
    "audit_daily": {"user_id": AN_ID, "actor_id": AN_ID},
    "audit_notices": {"subject": AN_ID, "actor": AN_ID, "body": COMMITTED},
    "audit_rewrites": {"begun_by": NOBODY},
    "erased_lists": {"user_id": AN_ID, "of_guest": NOBODY},
    "erasures": {"person": AN_ID, "asked_by": AN_ID},
    "former_accounts": {"user_id": AN_ID},
    "guests": {"claimed_by": EMPTIED},
    "legal_holds": {"target": AN_ID, "placed_by": AN_ID, "released_by": AN_ID},
    "mail_outbox": {"recipient": GOES, "subject": GOES, "body": GOES},
    "organization_directory_tokens": {"made_by": AN_ID},
    "organization_directory_users": {"user_name": GOES, "email_key": GOES, "attributes": GOES},
    "organization_domains": {"added_by": AN_ID},
    "organization_former_members": {
        "user_id": AN_ID,
        "removed_by": AN_ID,
        "kept": OF_AN_ORGANIZATION,
    },
    "organization_invitations": {"email": EMPTIED, "email_key": EMPTIED, "invited_by": AN_ID},
    "organization_providers": {"changed_by": AN_ID},
    "organization_requests": {"work": GOES, "answer": GOES},
    "organization_team_members": {"user_id": OF_AN_ORGANIZATION},
    "organizations": {"founder_id": AN_ID},
    "retention_policies": {"set_by": AN_ID},
    "saved_reports": {"recipients": EMPTIED},
    "security_events": {"user_id": EMPTIED, "ip_address": EMPTIED, "details": EMPTIED},
    "selection_activity": {"user_id": AN_ID},
    "selection_audit_log": {
        "user_id": AN_ID,
        "actor_id": AN_ID,
        "session_id": EMPTIED,
        "ip_address": EMPTIED,
        "user_agent": EMPTIED,
    },
    "selection_group_grants": {"user_id": AN_ID, "grantee_id": OF_AN_ORGANIZATION, "granted_by": AN_ID},
    "selection_group_lineage": {"from_owner": AN_ID, "to_owner": AN_ID},
    "selection_operations": {
        "user_id": AN_ID,
        "actor_id": AN_ID,
        "session_id": EMPTIED,
        "ip_address": EMPTIED,
        "user_agent": EMPTIED,
    },
    "selection_suggestions": {"user_id": AN_ID, "suggested_by": AN_ID},
    "sync_rejections": {"user_id": GOES, "operation": GOES, "payload": GOES},
    "trail_reviews": {"reviewed_by": AN_ID},
    "users": {"email": GOES},
}
"""Of tables whose rows do not all go with whoever they hang on."""


def named(row: Any) -> bool:
    return row["type"] == "inet" or MAY_NAME.search(row["column"]) is not None


async def test_every_column_that_may_name_a_person_is_accounted_for(superuser: Any) -> None:
    """Rows that hang on `users` go with them; the tests of erasures hold the rest against what is said."""
    found = await superuser.fetch(COLUMNS)
    there = {(row["table"], row["column"]) for row in found}
    said = {(table, column) for table, columns in ACCOUNTED_FOR.items() for column in columns}
    asked = {(row["table"], row["column"]) for row in found if named(row) and not row["goes_with_users"]}
    assert sorted(asked - said) == [], "what happens to it when its person is erased?"
    assert sorted(said - there) == [], "there is no such column any more"

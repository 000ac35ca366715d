"""What each role and each level of a list gives, written down anew: one plain table."""

ROLES = ("viewer", "member", "admin", "owner")
VIEW, SUGGEST, EDIT, MANAGE = 1, 2, 3, 4
OPEN_LIST = {"owner": MANAGE, "admin": MANAGE, "member": EDIT, "viewer": VIEW}
MATRIX = """
list_read           -     -     -      -      view
audit_read          -     -     -      -      view
list_suggest        -     -     -      -      suggest
list_tick           -     -     -      -      edit
list_note           -     -     -      -      edit
list_review         -     -     -      -      edit
undo_own            -     -     -      -      edit
undo_others         -     -     -      -      manage
list_approve        -     -     -      -      manage
list_manage         -     -     -      -      manage
list_share          -     -     -      -      manage
list_export         owner admin member -      seen
link_create         owner -     -      -      seen
list_create         owner admin member -      -
members_read        owner admin member viewer -
members_addresses   owner admin -      -      -
members_invite      owner admin -      -      -
members_manage      owner admin -      -      -
teams_manage        owner admin -      -      -
org_settings        owner admin -      -      -
audit_personal      owner -     -      -      -
sso_manage          owner -     -      -      -
domains_manage      owner -     -      -      -
retention_manage    owner -     -      -      -
org_export          owner -     -      -      -
ownership_transfer  owner -     -      -      -
org_delete          owner -     -      -      -
"""
"""Who has a right of themselves, and the level of a list that gives it (seen: of any that one sees)."""
TABLE = {line.split()[0]: line.split()[1:] for line in MATRIX.strip().splitlines()}
NEEDED = {"-": None, "seen": VIEW, "view": VIEW, "suggest": SUGGEST, "edit": EDIT, "manage": MANAGE}


def _gives(right: str, role: str, level: int | None) -> bool:
    *roles, needed = TABLE[right]
    least = NEEDED[needed]
    if least is None:
        return role in roles
    if level is None:
        return False
    return level >= least and (needed != "seen" or role in roles)


GIVEN = {
    (role, level): {right for right in TABLE if _gives(right, role, level)}
    for role in ROLES
    for level in (None, VIEW, SUGGEST, EDIT, MANAGE)
}
OWNERS_ONLY = {"retention_manage", "ownership_transfer", "org_delete"}
NOT_ALONE = {"list_tick", "undo_own", "undo_others"}
LEFT_AT_THE_END = {
    *("list_read", "list_export", "audit_read", "audit_personal"),
    *("members_read", "members_addresses", "org_export", "org_delete"),
}

"""The tree of commands."""

import typer

from sertantai.cli import doctor, serve, version
from sertantai.cli.audit import accept as audit_accept
from sertantai.cli.audit import fsck as audit_fsck
from sertantai.cli.audit import heads as audit_heads
from sertantai.cli.audit import keys as audit_keys
from sertantai.cli.audit import list as audit_list
from sertantai.cli.audit import pack as audit_pack
from sertantai.cli.audit import report as audit_report
from sertantai.cli.audit import verify as audit_verify
from sertantai.cli.backup import create as backup_create
from sertantai.cli.backup import restore as backup_restore
from sertantai.cli.backup import verify as backup_verify
from sertantai.cli.changes import follow as changes_follow
from sertantai.cli.journal import accept as journal_accept
from sertantai.cli.journal import inspect as journal_inspect
from sertantai.cli.journal import salvage as journal_salvage
from sertantai.cli.organizations import admit as organizations_admit
from sertantai.cli.organizations import copy as organizations_copy
from sertantai.cli.organizations import create as organizations_create
from sertantai.cli.organizations import hand_back as organizations_hand_back
from sertantai.cli.organizations import hand_over as organizations_hand_over
from sertantai.cli.organizations import invite as organizations_invite
from sertantai.cli.organizations import list as organizations_list
from sertantai.cli.organizations import members as organizations_members
from sertantai.cli.organizations import remove as organizations_remove
from sertantai.cli.organizations import restore_member as organizations_restore_member
from sertantai.cli.organizations import retention as organizations_retention
from sertantai.cli.records import find as records_find
from sertantai.cli.records import generate as records_generate
from sertantai.cli.records import import_file as records_import
from sertantai.cli.retention import act as retention_act
from sertantai.cli.retention import hold as retention_hold
from sertantai.cli.retention import plan as retention_plan
from sertantai.cli.retention import policy as retention_policy
from sertantai.cli.retention import report as retention_report
from sertantai.cli.security import alerts_test, rotate_key
from sertantai.cli.security import events as security_events
from sertantai.cli.sync import flush as sync_flush
from sertantai.cli.sync import rejections_drop, rejections_list, rejections_retry
from sertantai.cli.sync import status as sync_status
from sertantai.cli.users import create as users_create
from sertantai.cli.users import disable as users_disable
from sertantai.cli.users import enable as users_enable
from sertantai.cli.users import erase as users_erase
from sertantai.cli.users import erasures as users_erasures
from sertantai.cli.users import export as users_export
from sertantai.cli.users import list as users_list
from sertantai.cli.users import reset_link as users_reset_link
from sertantai.cli.users import reset_second_factor as users_reset_second_factor
from sertantai.cli.witness import key as witness_key
from sertantai.cli.witness import serve as witness_serve


def _group(description: str) -> typer.Typer:
    return typer.Typer(
        help=description, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
    )


app = typer.Typer(
    help="Keeps the laws you tick. Every option can be an environment variable: see docs/guides/settings.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
records = _group("The register of laws.")
users = _group("People who may sign in.")
organizations = _group("Organisations, and who is in them.")
sync = _group("How far PostgreSQL has caught up with the journal.")
rejections = _group("Operations that PostgreSQL has refused for good.")
journal = _group("The journal: what it holds, and what it has lost.")
audit = _group("The audit trail.")
keys = _group("The keys that the sealed log is signed with.")
retention = _group("What is kept for how long, what goes, and what is held.")
backup = _group("Backups of journal, database and keys.")
changes = _group("What happens to lists.")
security = _group("Security events and alerts.")
alerts = _group("Alerts about security events.")
witness = _group("A witness of other people's sealed logs.")

app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("version")(version.version)
records.command("import")(records_import.records_import)
records.command("find")(records_find.records_find)
records.command("generate")(records_generate.records_generate)
users.command("create")(users_create.users_create)
users.command("list")(users_list.users_list)
users.command("disable")(users_disable.users_disable)
users.command("enable")(users_enable.users_enable)
users.command("erase")(users_erase.users_erase)
users.command("export")(users_export.users_export)
users.command("erasures")(users_erasures.users_erasures)
users.command("certificate")(users_erasures.users_certificate)
users.command("reset-link")(users_reset_link.users_reset_link)
users.command("reset-second-factor")(users_reset_second_factor.users_reset_second_factor)
organizations.command("create")(organizations_create.organizations_create)
organizations.command("list")(organizations_list.organizations_list)
organizations.command("members")(organizations_members.organizations_members)
organizations.command("admit")(organizations_admit.organizations_admit)
organizations.command("invite")(organizations_invite.organizations_invite)
organizations.command("remove")(organizations_remove.organizations_remove)
organizations.command("restore-member")(organizations_restore_member.organizations_restore_member)
organizations.command("copy")(organizations_copy.organizations_copy)
organizations.command("hand-over")(organizations_hand_over.organizations_hand_over)
organizations.command("hand-back")(organizations_hand_back.organizations_hand_back)
organizations.command("retention")(organizations_retention.organizations_retention)
sync.command("status")(sync_status.sync_status)
sync.command("flush")(sync_flush.sync_flush)
rejections.command("list")(rejections_list.rejections_list)
rejections.command("retry")(rejections_retry.rejections_retry)
rejections.command("drop")(rejections_drop.rejections_drop)
journal.command("inspect")(journal_inspect.journal_inspect)
journal.command("salvage")(journal_salvage.journal_salvage)
journal.command("accept")(journal_accept.journal_accept)
audit.command("list")(audit_list.audit_list)
audit.command("report")(audit_report.audit_report)
audit.command("verify")(audit_verify.audit_verify)
audit.command("pack")(audit_pack.audit_pack)
audit.command("fsck")(audit_fsck.audit_fsck)
audit.command("accept")(audit_accept.audit_accept)
audit.command("heads")(audit_heads.audit_heads)
keys.command("show")(audit_keys.audit_keys_show)
keys.command("rotate")(audit_keys.audit_keys_rotate)
keys.command("recovery")(audit_keys.audit_keys_recovery)
keys.command("vouch")(audit_keys.audit_keys_vouch)
audit.add_typer(keys, name="keys")
retention.command("plan")(retention_plan.retention_plan)
retention.command("run")(retention_act.retention_run)
retention.command("set")(retention_policy.retention_set)
retention.command("hold")(retention_hold.retention_hold)
retention.command("release")(retention_hold.retention_release)
retention.command("holds")(retention_hold.retention_holds)
retention.command("report")(retention_report.retention_report)
backup.command("create")(backup_create.backup_create)
backup.command("verify")(backup_verify.backup_verify)
backup.command("restore")(backup_restore.backup_restore)
changes.command("follow")(changes_follow.changes_follow)
security.command("events")(security_events.security_events)
security.command("rotate-key")(rotate_key.rotate_key)
alerts.command("test")(alerts_test.alerts_test)
witness.command("serve")(witness_serve.witness_serve)
witness.command("key")(witness_key.witness_key)

sync.add_typer(rejections, name="rejections")
app.add_typer(records, name="records")
app.add_typer(users, name="users")
app.add_typer(organizations, name="organizations")
app.add_typer(sync, name="sync")
app.add_typer(journal, name="journal")
app.add_typer(audit, name="audit")
app.add_typer(retention, name="retention")
app.add_typer(backup, name="backup")
app.add_typer(changes, name="changes")
security.add_typer(alerts, name="alerts")
app.add_typer(security, name="security")
app.add_typer(witness, name="witness")

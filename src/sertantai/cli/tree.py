"""The tree of commands."""

import typer

from sertantai.cli import (
    alerts_test,
    audit_list,
    audit_verify,
    backup_create,
    backup_restore,
    backup_verify,
    doctor,
    journal_accept,
    journal_inspect,
    journal_salvage,
    records_generate,
    records_import,
    rejections_drop,
    rejections_list,
    rejections_retry,
    rotate_key,
    security_events,
    serve,
    sync_flush,
    sync_status,
    users_create,
    users_disable,
    users_enable,
    users_list,
    users_reset_link,
    users_reset_second_factor,
    version,
)


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
sync = _group("How far PostgreSQL has caught up with the journal.")
rejections = _group("Operations that PostgreSQL has refused for good.")
journal = _group("The journal: what it holds, and what it has lost.")
audit = _group("The audit trail.")
backup = _group("Backups of journal, database and keys.")
security = _group("Security events and alerts.")
alerts = _group("Alerts about security events.")

app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("version")(version.version)
records.command("import")(records_import.records_import)
records.command("generate")(records_generate.records_generate)
users.command("create")(users_create.users_create)
users.command("list")(users_list.users_list)
users.command("disable")(users_disable.users_disable)
users.command("enable")(users_enable.users_enable)
users.command("reset-link")(users_reset_link.users_reset_link)
users.command("reset-second-factor")(users_reset_second_factor.users_reset_second_factor)
sync.command("status")(sync_status.sync_status)
sync.command("flush")(sync_flush.sync_flush)
rejections.command("list")(rejections_list.rejections_list)
rejections.command("retry")(rejections_retry.rejections_retry)
rejections.command("drop")(rejections_drop.rejections_drop)
journal.command("inspect")(journal_inspect.journal_inspect)
journal.command("salvage")(journal_salvage.journal_salvage)
journal.command("accept")(journal_accept.journal_accept)
audit.command("list")(audit_list.audit_list)
audit.command("verify")(audit_verify.audit_verify)
backup.command("create")(backup_create.backup_create)
backup.command("verify")(backup_verify.backup_verify)
backup.command("restore")(backup_restore.backup_restore)
security.command("events")(security_events.security_events)
security.command("rotate-key")(rotate_key.rotate_key)
alerts.command("test")(alerts_test.alerts_test)

sync.add_typer(rejections, name="rejections")
app.add_typer(records, name="records")
app.add_typer(users, name="users")
app.add_typer(sync, name="sync")
app.add_typer(journal, name="journal")
app.add_typer(audit, name="audit")
app.add_typer(backup, name="backup")
security.add_typer(alerts, name="alerts")
app.add_typer(security, name="security")

"""``sertantai doctor``"""

import asyncio

import typer

from sertantai.cli.health_checks import Finding, Verdict, examine_database, examine_machine
from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, MigrationUrl, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import run
from sertantai.process.settings import Settings

EXIT_SICK = 1

_MARK = {Verdict.OK: "ok   ", Verdict.WARNING: "warn ", Verdict.FAILED: "FAIL "}


def doctor(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    database_migration_url: MigrationUrl = None,
    as_json: AsJson = False,
) -> None:
    """Check disk, fsync, database, versions, permissions and who remembers the sealed log elsewhere, and say
    what to do. Exit 1 if anything fails."""
    findings = run(
        _examine(
            settings_of(
                data_dir=data_dir, database_url=database_url, database_migration_url=database_migration_url
            )
        )
    )
    sick = any(finding.verdict is Verdict.FAILED for finding in findings)
    if as_json:
        say_json({"ok": not sick, "checks": findings})
    else:
        for finding in findings:
            say(f"{_MARK[finding.verdict]} {finding.check}: {finding.found}")
            if finding.advice:
                say(f"      → {finding.advice}")
    if sick:
        raise typer.Exit(EXIT_SICK)


async def _examine(settings: Settings) -> list[Finding]:
    machine = await asyncio.to_thread(examine_machine, settings)
    from sertantai.cli.memory_checks import examine_memories

    return [*machine, *await examine_database(settings), *await examine_memories(settings)]

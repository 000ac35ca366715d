"""``sertantai audit pack``"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import opened_database, require_journal, run
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.evidence.packs import Made, Packs
    from sertantai.postgres import Database


def audit_pack(
    output: Annotated[Path, typer.Option(help="The ZIP file to write; it must not be there yet.")],
    of_list: Annotated[str | None, typer.Option("--list", help="A list's UUID: its whole history.")] = None,
    organization: Annotated[str | None, typer.Option(help="An organisation's address or UUID.")] = None,
    person: Annotated[str | None, typer.Option(help="What somebody did: an e-mail address or an id.")] = None,
    law: Annotated[
        str | None, typer.Option(help="What was decided of a law, such as UK_uksi_2002_2677.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="What the report is about begins here, as 2026-01-31.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="And ends here.")] = None,
    made_for: Annotated[
        str | None, typer.Option("--for", help="Who is to get it; it is sealed with it.")
    ] = None,
    origins: Annotated[bool, typer.Option("--origins", help="With IP addresses and browsers.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write an evidence pack: one file that proves a history to somebody who need not trust this server."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    given = {"list": of_list, "organization": organization, "person": person, "law": law}
    asked = {about: of for about, of in given.items() if of is not None}
    if len(asked) != 1:
        raise typer.BadParameter("Say what the pack is about, with one option.")
    if output.exists():
        raise typer.BadParameter(f"{output} is there already.", param_hint="--output")
    [(about, of)] = asked.items()
    made = run(_made(settings, about, of, since, until, made_for, origins=origins))
    output.write_bytes(made.data)
    if as_json:
        say_json({"file": str(output), "entries": made.entries, "origin": made.origin, "size": made.size})
        return
    say(f"{output}: {made.entries:,} entries, under the head of {made.origin} with {made.size:,}")
    say("Anyone who checks it needs the key of `sertantai audit keys show`, from elsewhere than the file.")


async def _made(
    settings: Settings,
    about: str,
    of: str,
    since: str | None,
    until: str | None,
    made_for: str | None,
    *,
    origins: bool,
) -> "Made":
    from sertantai.audit.queries import parse_moment
    from sertantai.evidence.packs import Question, Subject, words_for

    try:
        begin = parse_moment(since, "--since") if since else None
        end = parse_moment(until, "--until", end=True) if until else None
        words = words_for(made_for, "--for")
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    async with opened_database(settings) as database:
        found = await _id_of(database, about, of)
        question = Question(Subject(about), found, None, begin, end, words, origins)
        async with _packs(settings, database) as packs:
            return await packs.make(question, None)


async def _id_of(database: "Database", about: str, of: str) -> str:
    from sertantai.audit.reports import find_owner
    from sertantai.organizations.directory import Directory

    if about == "organization":
        return str(await Directory(database).find(of))
    if about == "person":
        return str(await find_owner(database, of))
    if about == "list":
        try:
            return str(UUID(of))
        except ValueError:
            raise NotFound("There is no such list.") from None
    return of


@asynccontextmanager
async def _packs(settings: Settings, database: "Database") -> "AsyncIterator[Packs]":
    """Beside a running server, which seals; else what is committed is sealed here."""
    from sertantai.evidence.packs import Packs
    from sertantai.journal.chosen import journal_of
    from sertantai.process.data_directory import DataDirectory, serving
    from sertantai.process.system_clock import SystemClock
    from sertantai.sealing.keys import macs_in
    from sertantai.sealing.log import begin, newest_log
    from sertantai.sealing.notices import notices_in
    from sertantai.sealing.sealer import Sealer

    require_journal(settings)
    report = journal_of(settings).inspect()
    folder = newest_log(settings.data_path)
    if report is None or not (folder / "checkpoint").exists():
        raise NotFound("Nothing is sealed in this data directory yet.")
    notices = notices_in(settings.data_path, folder, SystemClock())
    if serving(settings.data_path) is not None:
        yield Packs(database, folder, report.id, notices)
        return
    held = DataDirectory(settings.data_path, purpose="command") if settings.database_url else None
    if held is not None:
        held.lock()
    try:
        log = begin(settings.data_path, report.id, None)
        sealer = Sealer(database, log, report.id, macs_in(settings.data_path))
        yield Packs(database, folder, report.id, notices, sealer.seal)
    finally:
        if held is not None:
            held.unlock()

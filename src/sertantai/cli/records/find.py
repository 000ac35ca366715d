"""``sertantai records find TEXT``"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say, say_json
from sertantai.cli.running import opened_database, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.postgres import Database
    from sertantai.records.catalogue import Catalogue
    from sertantai.records.finding.abbreviations import Abbreviations

EXIT_NOT_FOUND = 3


def records_find(
    text: Annotated[str, typer.Argument(help='As people write it: "COSHH Regs 2002", "SI 2002/2677".')],
    user: Annotated[
        str | None,
        typer.Option(
            help="Whose own abbreviations count, too: an e-mail address or an id. Without it, nobody's."
        ),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Find the law that a text means, or may mean, with the reason."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    laws, sure = run(_find(settings, text, user))
    if as_json:
        say_json({"sure": sure, "laws": laws})
    else:
        for law in laws:
            say(f"{law['name']}\t{law['title']}\t{law['reason']}")
        note(_told(len(laws), sure))
    if not laws:
        raise typer.Exit(EXIT_NOT_FOUND)


async def _find(settings: Settings, text: str, user: str | None) -> tuple[list[dict[str, Any]], int]:
    from sertantai.records.building import build
    from sertantai.records.finding.abbreviations import NONE

    async with opened_database(settings) as database:
        own = await _own_words(database, user) if user else NONE
        catalogue = await build(database)
    found = catalogue.finder.find(text, own)
    return [_law(catalogue, one.number, one.reason, one.score) for one in found.candidates], found.sure


async def _own_words(database: "Database", user: str) -> "Abbreviations":
    from sertantai.audit.reports import find_owner
    from sertantai.core.ids import UserId
    from sertantai.process.system_clock import SystemClock
    from sertantai.records.own_abbreviations import OwnAbbreviations, to_find_by

    owner = await find_owner(database, user)
    return to_find_by(await OwnAbbreviations(database, SystemClock()).of(UserId(owner)))


def _law(catalogue: "Catalogue", number: int, reason: str, score: float) -> dict[str, Any]:
    row = catalogue.row(number)
    return {"name": row.name, "title": row.title_en, "reason": reason, "score": score}


def _told(laws: int, sure: int) -> str:
    if not laws:
        return "No law of the register is meant by that."
    if sure:
        return "That is what it means." if sure == 1 else f"It means the first {sure}."
    return "It may be one of these; nothing says which." if laws > 1 else "It may be this one."

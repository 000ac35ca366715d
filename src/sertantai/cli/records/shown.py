"""After an import: wait until the servers that run show it, so that whoever asks next finds its laws."""

from typing import TYPE_CHECKING, Final

from sertantai.cli.output import note

if TYPE_CHECKING:
    from sertantai.postgres import Database

SHOWN_WITHIN_S: Final = 120.0


async def wait_until_shown(database: "Database", revision: int) -> None:
    from sertantai.records.showing import shown_everywhere

    if not await shown_everywhere(database, revision, SHOWN_WITHIN_S):
        note("The laws are in the register, but a running server does not show them yet.")

"""All that is held about somebody, as a ZIP of JSON for themselves (Art. 15 GDPR), with a page that says it.

Rows come through cursors and go into the file a few hundred at a time: memory does not grow with the history.
Secrets, and from where others did something, are in none of it.
"""

import asyncio
import os
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.persons.about_you import ROWS_SHOWN, TITLE, Shown, about_you, first_rows
from sertantai.persons.held_sql import counting
from sertantai.persons.parts import NO_SECRETS, PARTS, RECIPIENTS, Held, Part, kept_in_words
from sertantai.postgres import Database, Role
from sertantai.process.settings import Settings
from sertantai.sealing.notices import Kind, Notices

ROWS_TOGETHER: Final = 500
UNFINISHED: Final = ".unfinished"


async def held_of(database: Database, person: UserId, settings: Settings) -> list[Held]:
    """How much there is of each part; raises `DatabaseUnavailable`, also for what takes too long to count."""
    found = []
    for part in PARTS:
        async with database.transaction(part.role, _user(part, person), readonly=True) as connection:
            rows = await connection.fetchval(counting(part.statement), person)
        kept = kept_in_words(part, settings)
        found.append(Held(part.name, part.title, part.about, part.purpose, kept, rows))
    return found


async def export_to(
    path: Path,
    database: Database,
    person: UserId,
    clock: Clock,
    notices: Notices | None,
    settings: Settings,
    by: UserId | None = None,
) -> dict[str, int]:
    """Write the file (mode 0600), whole or not at all; returns how many rows each part has. It is told to the
    sealed log first. Raises `Conflict` for a file that is there, `DatabaseUnavailable`."""
    if notices is not None:
        async with database.transaction(Role.SYNC) as connection:
            body = {"what": "export", "of": "person"}
            await notices.tell(connection, Kind.ACCESS, subject=person, by=by, body=body)
    draft = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file:
            shown = [await _write(file, database, person, part) for part in PARTS]
            await asyncio.to_thread(_say, file, person, clock.now(), shown, settings)
        try:
            os.link(draft, path)  # which takes no other file's place
        except FileExistsError:
            raise Conflict(f"{path} is there already. Choose another name.") from None
        return {one.part.name: one.rows for one in shown}
    finally:
        draft.unlink(missing_ok=True)


def _user(part: Part, person: UserId) -> UserId | None:
    return person if part.role is not Role.AUDITOR else None


async def _write(file: zipfile.ZipFile, database: Database, person: UserId, part: Part) -> Shown:
    count, first = 0, list[dict[str, str]]()
    async with database.transaction(part.role, _user(part, person), readonly=True) as connection:
        with file.open(f"{part.name}.json", "w") as member:
            member.write(b"[")
            cursor = await connection.cursor(part.statement, person)
            while rows := await cursor.fetch(ROWS_TOGETHER):
                await asyncio.to_thread(_add, member, rows, is_first=count == 0)
                first += first_rows(rows, ROWS_SHOWN - len(first))
                count += len(rows)
            member.write(b"\n]\n")
    return Shown(part, count, first)


def _add(member: IO[bytes], rows: Sequence[Any], *, is_first: bool) -> None:
    lines = [msgspec.json.encode(dict(row)) for row in rows]
    member.write((b"\n" if is_first else b",\n") + b",\n".join(lines))


def _say(
    file: zipfile.ZipFile, person: UserId, at: datetime, shown: Sequence[Shown], settings: Settings
) -> None:
    file.writestr("about-you.html", about_you(person, at, shown, settings))
    file.writestr("README.txt", _readme(person, at, shown, settings))


def _readme(person: UserId, at: datetime, shown: Sequence[Shown], settings: Settings) -> str:
    lines = [
        TITLE,
        "",
        f"Your id       {person}",
        f"Written       {at:%Y-%m-%d %H:%M} UTC",
        "",
        "Open about-you.html in a browser to read it. Each other file is a list in JSON. Times are UTC.",
        "",
    ]
    for part, count, _ in shown:
        lines.append(f"{part.name}.json".ljust(26) + f"{count:>9,}  {part.about}")
        lines.append(f"{'':37}{part.purpose}. Kept: {kept_in_words(part, settings)}.")
    return "\n".join([*lines, "", RECIPIENTS, NO_SECRETS, ""])

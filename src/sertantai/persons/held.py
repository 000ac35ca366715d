"""All that is held about somebody, as a ZIP of JSON for themselves (Art. 15 GDPR).

Rows come through cursors and go into the file a few hundred at a time: memory does not grow with the history.
Secrets, and from where others did something, are in none of it.
"""

import asyncio
import os
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.persons import held_sql as sql
from sertantai.postgres import Database, Role
from sertantai.sealing.notices import Kind, Notices

ROWS_TOGETHER: Final = 500


class Part(NamedTuple):
    """``role``: as whom it is read, so that no more is read than may be."""

    name: str
    about: str
    role: Role
    statement: str


PARTS: Final = (
    Part(
        "account", "the account: address, role, since when, two-step verification", Role.ACCOUNTS, sql.ACCOUNT
    ),
    Part("sessions", "where they are and were signed in, and when", Role.ACCOUNTS, sql.SESSIONS),
    Part("tokens", "personal tokens by name; never the token", Role.ACCOUNTS, sql.TOKENS),
    Part("links", "links for a password or an address that were sent", Role.ACCOUNTS, sql.LINKS_SENT),
    Part("providers", "with what else they sign in", Role.ACCOUNTS, sql.PROVIDERS),
    Part("mails", "e-mails to them, without their text", Role.ACCOUNTS, sql.MAILS),
    Part("erasures", "whether their erasure was asked for", Role.ACCOUNTS, sql.ERASURES),
    Part("memberships", "organisations that they are in", Role.AUDITOR, sql.MEMBERSHIPS),
    Part("former-memberships", "organisations that they were in", Role.AUDITOR, sql.FORMER_MEMBERSHIPS),
    Part("lists", "their own lists", Role.AUDITOR, sql.LISTS),
    Part("laws", "the laws in them, with notes and when each was ticked", Role.AUDITOR, sql.LAWS),
    Part("trail", "what they did, wherever, and what was done in their own lists", Role.AUDITOR, sql.TRAIL),
    Part("events", "security events about them", Role.AUDITOR, sql.EVENTS),
    Part("notices", "what the sealed log tells of them", Role.AUDITOR, sql.NOTICES),
    Part("views", "saved searches", Role.APP, sql.VIEWS),
    Part("reports", "saved reports", Role.APP, sql.REPORTS),
    Part("abbreviations", "their own abbreviations", Role.APP, sql.ABBREVIATIONS),
    Part("imports", "what they imported, in numbers", Role.APP, sql.IMPORTS),
)


async def export_to(
    path: Path,
    database: Database,
    person: UserId,
    clock: Clock,
    notices: Notices | None,
    by: UserId | None = None,
) -> dict[str, int]:
    """Write the file (mode 0600), whole or not at all; returns how many rows each part has. It is told to the
    sealed log first. Raises `Conflict` for a file that is there, `DatabaseUnavailable`."""
    if notices is not None:
        async with database.transaction(Role.SYNC) as connection:
            body = {"what": "export", "of": "person"}
            await notices.tell(connection, Kind.ACCESS, subject=person, by=by, body=body)
    draft = path.with_name(f".{path.name}.unfinished")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file:
            counts = {part.name: await _write(file, database, person, part) for part in PARTS}
            file.writestr("README.txt", _readme(person, clock.now(), counts))
        try:
            os.link(draft, path)  # which takes no other file's place
        except FileExistsError:
            raise Conflict(f"{path} is there already. Choose another name.") from None
        return counts
    finally:
        draft.unlink(missing_ok=True)


async def _write(file: zipfile.ZipFile, database: Database, person: UserId, part: Part) -> int:
    count = 0
    user = person if part.role is not Role.AUDITOR else None
    async with database.transaction(part.role, user, readonly=True) as connection:
        with file.open(f"{part.name}.json", "w") as member:
            member.write(b"[")
            cursor = await connection.cursor(part.statement, person)
            while rows := await cursor.fetch(ROWS_TOGETHER):
                await asyncio.to_thread(_add, member, rows, is_first=count == 0)
                count += len(rows)
            member.write(b"\n]\n")
    return count


def _add(member: IO[bytes], rows: Sequence[Any], *, is_first: bool) -> None:
    lines = [msgspec.json.encode(dict(row)) for row in rows]
    member.write((b"\n" if is_first else b",\n") + b",\n".join(lines))


def _readme(person: UserId, at: datetime, counts: dict[str, int]) -> str:
    lines = [
        "All that is held about you",
        "",
        f"Your id       {person}",
        f"Written       {at:%Y-%m-%d %H:%M} UTC",
        "",
        "Each file is a list in JSON. Times are UTC.",
        "",
    ]
    lines += [f"{part.name}.json".ljust(26) + f"{counts[part.name]:>9,}  {part.about}" for part in PARTS]
    lines += [
        "",
        "Why it is held: so that you can sign in and keep your lists, so that others cannot sign in as",
        "you, and as evidence of who decided what and when. Who receives it: you, the administrators of",
        "this site, and, of what is in an organisation's lists, that organisation. For how long it is",
        "kept the guide says: How long things are kept. Of passwords, tokens and second factors only",
        "what cannot be read back is held; none of it is in here.",
        "",
    ]
    return "\n".join(lines)

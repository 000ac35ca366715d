"""What somebody wrote into the stopped journal who has not its key: never performed, and told with what it
would have been, until an operator accepts it in words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.core.errors import JournalUnavailable
from sertantai.core.operations import Deselect, Operation, Select, action_of, decode, of_no_list
from sertantai.journal.chosen import journal_in
from sertantai.journal.protocol import Entry
from sertantai.postgres import Database
from sertantai.postgres.roles import Role

TOLD_MAX: Final = 100


async def forged_in_journal(database: Database, data_path: Path) -> list[str]:
    """In sentences, of damages that nobody has accepted. Raises `DatabaseUnavailable`."""
    said = []
    for name, entry in _written_by_others(data_path):
        said.append(f"{await _told(database, entry)} It is kept in {name}.")
    return said


def _written_by_others(data_path: Path) -> list[tuple[str, Entry]]:
    journal = journal_in(data_path)
    found: list[tuple[str, Entry]] = []
    for name in dict.fromkeys(name for damage in journal.damages() for name in damage.kept):
        try:
            entries: Sequence[Entry] = journal.salvage(journal.path.with_name(name)).strange
        except JournalUnavailable:  # it was taken elsewhere, or is the log of the one before it
            continue
        found += [(name, entry) for entry in entries]
    return found[:TOLD_MAX]


async def _told(database: Database, entry: Entry) -> str:
    written = (
        f"was written into the stopped journal without its key, as operation {entry.position:,}, "
        "and was not performed."
    )
    try:
        operation = decode(entry.body)
    except msgspec.DecodeError:
        return f"Something that is no operation {written}"
    what, owner = await _what(database, operation), operation.owner
    at, actor = f"{operation.at:%Y-%m-%d %H:%M}", operation.origin.actor
    return f"{at}: {what} of user {owner}, by {actor}, {written}"


async def _what(database: Database, operation: Operation) -> str:
    """With the law and the list by their names, as far as there are such."""
    said, group = action_of(operation), operation.group
    records = [operation.record] if isinstance(operation, Select | Deselect) else []
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        names = {row["record_no"]: row["name"] for row in await connection.fetch(sql.LAWS_CALLED, records)}
        lists = {row["id"]: row["name"] for row in await connection.fetch(sql.LISTS_CALLED, [group])}
    for record in records:
        said += f" of {names.get(record, f'law {record}, which there is not,')}"
    if group != of_no_list(operation.owner):
        said += f" in the list {lists.get(group, '')!r} ({group})"
    return said

"""Who people were, as the sealed log was told of them: the entry that binds an id to an address, opened."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sertantai.core.email_keys import email_key
from sertantai.core.sealing.canonical import free_text
from sertantai.core.sealing.commitments import commitment, salt_of
from sertantai.core.sealing.entries import NoticeEntry, time_of
from sertantai.evidence.gathering import notices_in_log
from sertantai.evidence.packing import Line, Opening
from sertantai.postgres import Database, Role
from sertantai.sealing.blinds import Class
from sertantai.sealing.deeds import month_of
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.notices import Kind
from sertantai.sealing.sql import BLINDS

ADDRESS: Final = "email"


async def sealed_addresses(
    database: Database, files: TrailFiles, names: Mapping[UUID, str]
) -> dict[UUID, tuple[str, Line]]:
    """Of those whose name here is their address: the address as it was told last, and that entry. Whose key
    is gone, and whose address is another one now, is not in it."""
    told = await asyncio.to_thread(_told_last, files, names)
    months = [month_of(time_of(entry.at)) for _, entry in told.values()]
    async with database.session(Role.AUDITOR) as connection:
        rows = await connection.fetch(BLINDS, list(told), months, [str(Class.IDENTITY)] * len(told))
    found = {}
    for row in rows:
        person, key = row["subject"], bytes(row["key"])
        index, entry = told[person]
        address = email_key(names[person]) or names[person]
        salt, text = salt_of(key, ADDRESS, str(person)), free_text(address)
        if commitment(salt, ADDRESS, text) == entry.body[ADDRESS]:
            line = Line(index, entry, (Opening(f"body/{ADDRESS}", salt, ADDRESS, text),))
            found[person] = (address, line)
    return found


def _told_last(files: TrailFiles, names: Mapping[UUID, str]) -> dict[UUID, tuple[int, NoticeEntry]]:
    told: dict[UUID, tuple[int, NoticeEntry]] = {}
    for index, entry in notices_in_log(files):
        person = entry.subject
        if entry.kind == Kind.PERSON and person is not None and person in names and ADDRESS in entry.body:
            told[person] = (index, entry)
    return told

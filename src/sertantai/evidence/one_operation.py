"""The proof for one operation: its entry, worked out anew from the trail, and that it is in the log."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from sertantai.core.errors import NotFound
from sertantai.core.sealing.entries import change_bytes
from sertantai.core.sealing.proofs import tlog_proof
from sertantai.core.sealing.tree import inclusion_proof
from sertantai.evidence.gathering import WhichDeeds, entry_in_log
from sertantai.evidence.packing import head_of
from sertantai.postgres import Database
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import journals_of


async def operation_proof(
    database: Database,
    files: TrailFiles,
    journal: UUID,
    owner: UUID,
    operation: UUID,
    part: int,
    seal: Callable[[], Awaitable[None]] | None,
) -> str:
    """A `.tlog-proof`, whose ``extra`` is the entry. Raises `NotFound`, `NotSealedYet`, `TrailDiffers`,
    `DatabaseUnavailable`."""
    if seal is not None:
        await seal()
    wanted = WhichDeeds(owner, lambda deed: deed.id == operation and deed.part == part, None)
    found = await entry_in_log(database, files, {journal, *journals_of(files.folder)}, wanted)
    if found is None:
        raise NotFound("There is no such operation.")
    index, entry = found

    def written() -> str:
        note = files.newest_note()
        assert note is not None, "It was sealed."
        proof = inclusion_proof(files.node, index, head_of(note).size)
        return tlog_proof(index, proof, note, change_bytes(entry))

    return await asyncio.to_thread(written)

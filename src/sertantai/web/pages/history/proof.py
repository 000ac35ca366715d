"""``/audit/proof``: what of the history is sealed, up to when, who remembers it, and what that means."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Response, get
from msgspec import Struct

from sertantai.audit.guarding.patrol import Checked, checked_in
from sertantai.core.sealing.notes import Head, parse_head, parse_note
from sertantai.http.caller import ADMIN_ROLE, caller_or_none
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.process.summed_files import FileDamaged
from sertantai.sealing.accepted import Accepted, accepted_in
from sertantai.sealing.outside.heard import Heard
from sertantai.sealing.sealer import Sealer
from sertantai.sealing.vouching import Standing, standings
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

CHECKPOINT: Final = "/trail/checkpoint"


class Sealed(Struct, frozen=True):
    """``signed_at``: when the newest head was; None since the server started without a change. ``accepted``:
    how the log before this one ended; ``checked``: the last patrol; ``keys``: all that ever signed, oldest
    first."""

    head: Head | None
    note: str
    key: str
    signed_at: datetime | None
    behind: int
    differs: tuple[str, ...]
    accepted: Accepted | None
    checked: Checked | None
    keys: list[Standing]


@get("/audit/proof", guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def proof(request: AnyRequest) -> Response[Any]:
    service = services(request)
    position = service.engine.status().sync.position
    sealed = await asyncio.to_thread(_sealed, service.sealer, position)
    caller = caller_or_none(request)
    may_read = caller is not None and caller.role == ADMIN_ROLE  # sentences name lists and people
    memories = service.memories
    stamps = [] if memories.stamps is None else _witnesses([memories.stamps.heard])
    return page(
        request,
        "history/proof.html",
        sealed=sealed,
        may_read=may_read,
        checkpoint=CHECKPOINT,
        witnesses=_witnesses(memories.witnesses.heard),
        stamps=stamps,
        streams=[] if memories.stream is None else _witnesses([memories.stream.heard]),
    )


class Witnessed(Struct, frozen=True):
    """What a witness, or an authority, has signed (0 entries: nothing yet), when it answered last, and what
    is wrong since."""

    name: str
    size: int
    answered_at: datetime | None
    problem: str | None


def _witnesses(heard: list[Heard]) -> list[Witnessed]:
    return [
        Witnessed(
            one.name,
            one.size,
            None if one.answered_at is None else datetime.fromtimestamp(one.answered_at, UTC),
            one.problem,
        )
        for one in heard
    ]


def _sealed(sealer: Sealer, position: int) -> Sealed:
    note, status = sealer.files.newest_note(), sealer.status
    head = None if note is None else parse_head(parse_note(note).text)
    signed_at = None if status.signed_at is None else datetime.fromtimestamp(status.signed_at, UTC)
    behind = max(0, position - status.position)
    folder = sealer.files.folder
    accepted, checked = None, checked_in(folder)
    with suppress(FileDamaged):  # what is known of it then, the next start writes
        accepted = accepted_in(folder)
    return Sealed(
        head,
        note or "",
        sealer.key,
        signed_at,
        behind,
        sealer.differences,
        accepted,
        checked,
        [] if head is None else standings(folder),
    )


ROUTES = [proof]

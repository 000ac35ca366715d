"""The sealed log for those who keep an eye on it from outside: its newest head, open to all, and proofs."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.sealing.tree import consistency_proof
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import ANY_TOKEN, public, signed_in
from sertantai.sealing.files import TILE, TILE_BITS, TILE_LEVELS, TrailFiles
from sertantai.web.services import services
from sertantai.web.token_scopes import FOR_READING

DIGITS_MAX: Final = 15
PLAIN: Final = "text/plain"
BYTES: Final = "application/octet-stream"


class Consistency(msgspec.Struct, frozen=True):
    """That the log of ``first`` entries is the beginning of the one of ``second``: roots and proof in hex, as
    RFC 6962 has it. ``proof`` is empty where both are the same."""

    first: int
    second: int
    first_root: str
    second_root: str
    proof: list[str]


def _files(request: AnyRequest) -> TrailFiles:
    """As far as a head says; raises `NotFound` before the first."""
    files = services(request).sealer.files
    if files.newest_note() is None:
        raise NotFound("Nothing is sealed yet.")
    return files


@get(
    "/api/v1/trail/checkpoint",
    guards=[public],
    opt=ANY_TOKEN,
    tags=["Audit"],
    summary="The newest head of the sealed log",
    media_type=PLAIN,
)
async def checkpoint(request: AnyRequest) -> Response[str]:
    """A C2SP checkpoint, signed: its size and root tell nothing of what was done. Whoever keeps it can later
    prove that the log is still the same. 404 before anything is sealed."""
    return await _checkpoint(request)


@get("/trail/checkpoint", guards=[public], opt=ANY_TOKEN, include_in_schema=False)
async def checkpoint_of_the_site(request: AnyRequest) -> Response[str]:
    """The same, where people look for it."""
    return await _checkpoint(request)


async def _checkpoint(request: AnyRequest) -> Response[str]:
    files = await asyncio.to_thread(_files, request)
    note = await asyncio.to_thread(Path.read_text, files.folder / "checkpoint")
    return Response(note, media_type=PLAIN, headers={"Cache-Control": "no-store"})


@get(
    "/api/v1/trail/consistency/{first:str}",
    guards=[signed_in],
    opt=FOR_READING,
    tags=["Audit"],
    summary="That an earlier head is the beginning of the newest",
)
async def consistency(request: AnyRequest, first: FromPath[str]) -> Consistency:
    """``first``: the size of a head that was kept. 422 where the log is smaller, which it never becomes."""
    return await asyncio.to_thread(_consistency, _files(request), _number(first, "first"))


def _consistency(files: TrailFiles, first: int) -> Consistency:
    head = files.newest_head()
    assert head is not None, "Asked before."
    if not 0 < first <= head.size:
        raise InvalidInput(f"first: from 1 to {head.size:,}, as many as the log has.", field="first")
    proof = consistency_proof(files.node, first, head.size)
    roots = files.root(first).hex(), head.root.hex()
    return Consistency(first, head.size, *roots, [one.hex() for one in proof])


@get(
    "/api/v1/trail/tile/{level:str}/{index:str}",
    guards=[signed_in],
    opt=FOR_READING,
    tags=["Audit"],
    summary="256 hashes of the sealed log",
    media_type=BYTES,
)
async def tile(request: AnyRequest, level: FromPath[str], index: FromPath[str]) -> Response[bytes]:
    """A tile as C2SP's `tlog-tiles` has it: up to 256 hashes of 32 bytes; the last of a level may have
    fewer."""
    wanted = _number(level, "level"), _number(index, "index")
    hashes = await asyncio.to_thread(_tile, _files(request), *wanted)
    if not hashes:
        raise NotFound("There is no such tile.")
    return Response(hashes, media_type=BYTES)


def _tile(files: TrailFiles, level: int, index: int) -> bytes:
    head = files.newest_head()
    assert head is not None, "Asked before."
    there = head.size >> TILE_BITS * level if level < TILE_LEVELS else 0
    first = index * TILE
    return files.hashes(level, first, min(there, first + TILE)) if first < there else b""


def _number(text: str, field: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > DIGITS_MAX:
        raise InvalidInput(f"{field}: a whole number, please.", field=field)
    return int(text)


ROUTES = [checkpoint, checkpoint_of_the_site, consistency, tile]

"""The leaf of each operation as PostgreSQL's rows have it now, whatever was sealed."""

from collections.abc import AsyncIterator, Callable, Collection
from typing import NamedTuple
from uuid import UUID

from sertantai.audit import seals_sql as sql
from sertantai.audit.sealed_rows import EVEN, Keys, Lists, Uneven, deeds_from, opaque_of
from sertantai.core.sealing.entries import Link, change_bytes
from sertantai.core.sealing.tree import leaf_hash
from sertantai.postgres import Connection
from sertantai.sealing.deeds import ChainKey, Deed, advance, entry_of


class LeafFound(NamedTuple):
    """``newest``: of its owner's histories the last entries, this among them; it changes with the next."""

    deed: Deed
    leaf: bytes
    newest: dict[ChainKey, Link]


async def floors_of(connection: Connection) -> dict[ChainKey, Link]:
    """Where histories go on of which the beginning was let go."""
    rows = await connection.fetch(sql.FLOORS, None)
    return {(row["user_id"], row["group_id"]): Link(row["number"], bytes(row["head"]).hex()) for row in rows}


async def leaves_found(
    connection: Connection,
    journals: Collection[UUID],
    uneven: Uneven = EVEN,
    at_end: Callable[[UUID, Lists], None] | None = None,
) -> AsyncIterator[LeafFound]:
    """Owner after owner, in the order of positions; each entry after the one that is found before it. See
    `deeds_from`."""
    keys, floors = Keys(connection), await floors_of(connection)
    has_opaque = await connection.fetchval(sql.HAS_OPAQUE)
    newest: dict[ChainKey, Link] = {}
    owner: UUID | None = None
    async for deed, rows in deeds_from(connection, None, uneven, at_end):
        if rows[0]["user_id"] != owner:
            owner = rows[0]["user_id"]
            newest = {key: link for key, link in floors.items() if key[0] == owner}
        if deed is None or deed.journal not in journals:
            continue
        opaque = await opaque_of(connection, deed) if has_opaque else {}
        leaf = leaf_hash(change_bytes(entry_of(deed, await keys.of(deed), newest, opaque)))
        advance(newest, deed, leaf)
        yield LeafFound(deed, leaf, newest)

"""Whether the newest links that the database keeps of each history are those of its last sealed entries.

The next entry names the one before it by what is kept there: tampered with, an honest change would be sealed
wrongly, and accused.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import SAID_MAX, Differing
from sertantai.core.sealing.entries import Link
from sertantai.postgres import Connection
from sertantai.sealing.deeds import ChainKey

TOGETHER: Final = 1_000
"""Owners whose links are asked for at a time."""


def _differing(key: ChainKey, kept: Link | None, should: Link | None) -> Differing:
    """``kept``: by the database; ``should``: as the rows and their leaves lead to. None: there is none."""
    owner, group = key
    of = f"of user {owner}" if owner == group else f"of the list {group} of user {owner}"
    said = "none" if kept is None else f"number {kept.number}"
    wanted = "there is none" if should is None else f"it is number {should.number}"
    return Differing(
        f"The newest entry {of} that the database keeps ({said}) is not the last that was sealed "
        f"({wanted}): what is changed there next would be sealed wrongly.",
        owner,
        None if owner == group else group,
        found=[
            str(owner),
            str(group),
            kept and [kept.number, kept.previous],
            should and [should.number, should.previous],
        ],
    )


class Chains:
    """Told of each history's end; compares many at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._should: dict[UUID, dict[ChainKey, Link]] = {}
        self._left_out: set[UUID] = set()
        self.differing: list[Differing] = []

    def leave_out(self, owner: UUID) -> None:
        """The log of another server has entries of theirs."""
        self._left_out.add(owner)

    async def end_of(self, owner: UUID | None, newest: Mapping[ChainKey, Link]) -> None:
        """``newest``: of all histories of an owner. None: of nobody."""
        if owner is None:
            return
        self._should[owner] = dict(newest)
        if len(self._should) >= TOGETHER:
            await self.compare()

    async def compare(self, *, everybody: bool = False) -> None:
        """What was told of since it was last compared; of ``everybody``: those as well of whom there is no
        row."""
        rows = await self._connection.fetch(sql.CHAINS_OF, list(self._should))
        if everybody:
            rows += await self._connection.fetch(sql.CHAINS_OF_NOTHING, SAID_MAX)
        kept: dict[ChainKey, Link] = {
            (row["user_id"], row["group_id"]): Link(row["number"], bytes(row["head"]).hex())
            for row in rows
            if row["number"] > 0
        }
        should = {key: link for of_owner in self._should.values() for key, link in of_owner.items()}
        self._should = {}
        for key in sorted(kept.keys() | should.keys()):
            if key[0] not in self._left_out and kept.get(key) != should.get(key):
                self.differing.append(_differing(key, kept.get(key), should.get(key)))
        self._left_out.clear()
        del self.differing[SAID_MAX:]

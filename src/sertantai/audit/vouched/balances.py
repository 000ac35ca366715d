"""What lists held where their histories begin, list by list, as the log was told of it: a difference is
named by its list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sertantai.audit import seals_sql as sql
from sertantai.audit.vouched.told import Told
from sertantai.core.sealing.tree import leaf_hash, root_of
from sertantai.postgres import Connection

Balance = tuple[int, str]
"""How many laws, and the root of the tree over their numbers."""


class _Newest(NamedTuple):
    before: str
    lists: dict[UUID, Balance]


def balance_of(records: Sequence[int]) -> Balance:
    """``records``: in their order."""
    return len(records), root_of([leaf_hash(str(record).encode()) for record in records]).hex()


def balances_told(notices: Iterable[Told]) -> Mapping[UUID, Mapping[UUID, Balance]]:
    """The newest of each owner, by list."""
    newest: dict[UUID, _Newest] = {}
    for told in notices:
        before = str(told.body.get("before", ""))
        for owner, group, count, root in told.body.get("lists", ()):
            found = newest.get(UUID(owner))
            if found is None or found.before != before:
                found = newest[UUID(owner)] = _Newest(before, {})
            found.lists[UUID(group)] = (count, root)
    return {owner: found.lists for owner, found in newest.items()}


async def lists_differing(connection: Connection, owner: UUID, told: Mapping[UUID, Balance]) -> str:
    """Which lists of that owner do not begin with what was told, as a sentence; empty: none, or nothing was
    told of them."""
    rows: list[Any] = await connection.fetch(sql.BASELINE_OF, owner) if told else []
    now = {row["group_id"]: balance_of(sorted(row["records"])) for row in rows}
    differing = sorted(group for group in {*told, *now} if told and told.get(group) != now.get(group))
    if not differing:
        return ""
    names = {row["id"]: row["name"] for row in await connection.fetch(sql.LISTS_CALLED, differing)}
    said = ", ".join(f"{names.get(group, 'a list that is gone')!r} ({group})" for group in differing)
    return f" Other laws stand at the beginning of: {said}."

"""The newest link of each history, as the database keeps it between two entries: with a code from a key that
is not in the database, so that the next entry goes on from no link that somebody else put there.

Without a true code, as in a database that was restored elsewhere, the link counts if the sealed entries lead
to it; if not, that is told, and what they lead to counts.
"""

import hmac
from collections.abc import Collection, Mapping
from typing import Any, Protocol
from uuid import UUID

from sertantai.core.sealing.entries import Link
from sertantai.sealing.deeds import ChainKey
from sertantai.sealing.keys import RowMacs


class LastSealed(Protocol):
    async def of(self, owner: UUID) -> Mapping[ChainKey, Link] | None:
        """Of all histories of an owner, as far as the database and the log have them; None: that is not
        known here, as another server's log has some of it."""

    def tell(self, said: str) -> None: ...


def link_mac(macs: RowMacs, key: ChainKey, link: Link) -> bytes:
    return macs.plain(b"link" + key[0].bytes + key[1].bytes + link.number.to_bytes(8) + _head(link))


def link_columns(macs: RowMacs, links: Mapping[ChainKey, Link]) -> list[list[Any]]:
    """As `KEEP_CHAINS` takes them."""
    return [
        [key[0] for key in links],
        [key[1] for key in links],
        [link.number for link in links.values()],
        [_head(link) for link in links.values()],
        [link_mac(macs, key, link) for key, link in links.items()],
    ]


async def believed(
    rows: Collection[Any], wanted: Collection[ChainKey], macs: RowMacs, last: LastSealed | None
) -> dict[ChainKey, Link]:
    """``rows``: what is kept of the ``wanted``. ``last`` None: there is nothing to hold them against."""
    found, doubted = dict[ChainKey, Link](), set[ChainKey]()
    for row in rows:
        key = (row["user_id"], row["group_id"])
        found[key] = Link(row["number"], bytes(row["head"]).hex())
        if not hmac.compare_digest(bytes(row["mac"] or b""), link_mac(macs, key, found[key])):
            doubted.add(key)
    if last is None:
        return found
    # Of an owner who has a history in a list: it cannot be the first.
    doubted |= {key for key in wanted if key not in found and key[0] == key[1] and _has_list(key, found)}
    of_owners: dict[UUID, Mapping[ChainKey, Link] | None] = {}
    for key in sorted(doubted):
        if key[0] not in of_owners:
            of_owners[key[0]] = await last.of(key[0])
        if (sealed := of_owners[key[0]]) is None:
            continue
        should = sealed.get(key)
        if should != found.pop(key, None):
            last.tell(_said(key))
        if should is not None:
            found[key] = should
    return found


def _has_list(owner: ChainKey, found: Mapping[ChainKey, Link]) -> bool:
    return any(key[0] == owner[0] for key in found)


def _said(key: ChainKey) -> str:
    owner, group = key
    of = f"of user {owner}" if owner == group else f"of the list {group} of user {owner}"
    return (
        f"The newest entry {of} that the database kept was not the last that was sealed: somebody changed "
        "it. What was done next continues from the one that was sealed."
    )


def _head(link: Link) -> bytes:
    return bytes.fromhex(link.previous)

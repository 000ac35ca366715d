"""Links to read one list: what of them stands in the list's settings, and so has its place in the log.

The secret of a link is nowhere here, nor its hash: whoever brings one is led to the link by a table that only
says where to look (`lists.together.links`), and what it says is told to the sealed log.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState, ListAccess, rights_in
from sertantai.core.ids import UserId
from sertantai.core.rights import Right, Rights

LINK, SECRET = "link", "secret"
"""What the sealed log is told as one is made: which, and a hash of what is kept of its secret."""
LINK_PREFIX: Final = "link:"
"""What the names of metadata begin with that say something of a link."""
NEEDED: Final[Rights] = frozenset({Right.LINK, Right.SHARE})
"""To make one, and for as long as it is to be good."""


class Link(msgspec.Struct, frozen=True, array_like=True):
    """``notes``: whether notes and tags are shown. ``opened``: the last day on which it was, in UTC."""

    by: UserId
    at: datetime
    until: datetime
    notes: bool = False
    opened: str = ""


def secret_told(token_hash: bytes) -> str:
    return sha256(token_hash).hexdigest()


def link_key(id: UUID | str) -> str:
    return f"{LINK_PREFIX}{id}"


def link_value(link: Link) -> list[Any]:
    """As settings have it."""
    value: list[Any] = msgspec.to_builtins(link)
    return value


def links_of(metadata: Mapping[str, Any]) -> Iterator[tuple[UUID, Link]]:
    for key, value in metadata.items():
        if key.startswith(LINK_PREFIX):
            yield UUID(key[len(LINK_PREFIX) :]), msgspec.convert(value, Link)


def link_in(metadata: Mapping[str, Any], id: UUID) -> Link | None:
    value = metadata.get(link_key(id))
    return None if value is None else msgspec.convert(value, Link)


def is_of_links(metadata: Mapping[str, Any]) -> bool:
    """Whether settings say something of links and of nothing else."""
    return bool(metadata) and all(key.startswith(LINK_PREFIX) for key in metadata)


def is_opening(metadata: Mapping[str, Any]) -> bool:
    """Whether all that is said is that links were opened: the list is the same afterwards."""
    return is_of_links(metadata) and all(value is not None and value[4] for value in metadata.values())


def without_links(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if not key.startswith(LINK_PREFIX)}


def is_good(link: Link, access: AccessState | None, list_: ListAccess, now: datetime) -> bool:
    """Whether it still opens a list that is there. Of an organization it is worth what its maker is by now;
    who has left and come again makes another."""
    if link.until <= now:
        return False
    if access is None:
        return True
    maker = access.members.get(link.by)
    if list_.restricted or maker is None or maker.joined_at > link.at:
        return False
    return rights_in(access, link.by, list_, now) >= NEEDED

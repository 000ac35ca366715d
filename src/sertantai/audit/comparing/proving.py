"""Which history an entry without rows was of, proved by the entries after it. Pure.

An entry names the one before it in its list and in its owner's history by its hash. Where rows of one are
gone, the next one cannot be worked out from those that are left; but it can be with the leaf of the one that
is gone between, and then there is no doubt that it stood there. What the list held has changed with it: by
how many laws is tried, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from sertantai.core.sealing.entries import BEFORE_ALL, ChangeEntry, Link, change_bytes
from sertantai.core.sealing.tree import leaf_hash
from sertantai.sealing.deeds import ChainKey, Deed

IN_A_ROW_MAX: Final = 6
"""Entries of one history that are gone one after another."""
NEAR_MAX: Final = 12
LAWS_MAX: Final = 60
TRIES_MAX: Final = 300_000
"""In all; a hash takes some microseconds."""


class Doubt(NamedTuple):
    """An entry that does not come out as it was sealed. ``entry``: as the rows say it; ``at``: which leaf."""

    deed: Deed
    entry: ChangeEntry
    at: int
    leaf: bytes


class Proved(NamedTuple):
    """``group`` is None where it was of another list of that owner, or of none. ``laws``: how many more there
    were in the list after it; None: that is not known."""

    owner: ChainKey
    group: ChainKey | None
    group_name: str
    laws: int | None


class _Gap(NamedTuple):
    """``number``: how many are missing in that history before the entry; ``last``: the last of them."""

    number: int = 0
    last: int | None = None


class _Tries:
    def __init__(self) -> None:
        self.left = TRIES_MAX


def prove(doubts: Sequence[Doubt], holes: Mapping[int, bytes]) -> tuple[list[Doubt], dict[int, Proved]]:
    """``doubts``: owner after owner, in order. ``holes``: leaves by their numbers. Returns those that are not
    what was sealed whatever stood between, and what is proved of holes."""
    tries, different = _Tries(), []
    missing: dict[ChainKey, int] = {}
    laws: dict[ChainKey, int] = {}
    proved: dict[int, Proved] = {}
    for doubt in doubts:
        of_owner, of_list = _chains(doubt.deed)
        near = [
            at
            for at in sorted(holes, reverse=True)
            if at < doubt.at
            and (at not in proved or (proved[at].group is None and proved[at].owner == of_owner))
        ][:NEAR_MAX]
        found = _fitting(doubt, missing, laws, near, holes, tries)
        if found is None:
            different.append(doubt)
            continue
        owners, lists, more = found
        missing[of_owner] = missing.get(of_owner, 0) + owners.number
        if owners.last is not None and owners.last != lists.last:
            proved[owners.last] = Proved(of_owner, None, "", None)
        if of_list is not None and lists.last is not None:
            missing[of_list] = missing.get(of_list, 0) + lists.number
            laws[of_list] = laws.get(of_list, 0) + more
            said = more if lists.number == 1 and doubt.entry.count is not None else None
            proved[lists.last] = Proved(of_owner, of_list, doubt.deed.list_name, said)
    return different, proved


def _chains(deed: Deed) -> tuple[ChainKey, ChainKey | None]:
    return (deed.owner, deed.owner), None if deed.list is None else (deed.owner, deed.list)


def _fitting(
    doubt: Doubt,
    missing: Mapping[ChainKey, int],
    laws: Mapping[ChainKey, int],
    near: Sequence[int],
    holes: Mapping[int, bytes],
    tries: _Tries,
) -> tuple[_Gap, _Gap, int] | None:
    of_owner, of_list = _chains(doubt.deed)
    list_link, owner_link = doubt.entry.chain
    known = 0 if of_list is None else laws.get(of_list, 0)
    for owners, lists in _gaps(near, has_list=of_list is not None):
        of_the_list = None
        if list_link is not None and of_list is not None:
            of_the_list = _moved(list_link, missing.get(of_list, 0), lists, holes)
        chain = of_the_list, _moved(owner_link, missing.get(of_owner, 0), owners, holes)
        for more in _laws() if lists.number and doubt.entry.count is not None else (0,):
            if tries.left == 0:
                return None
            tries.left -= 1
            count = None if doubt.entry.count is None else doubt.entry.count + known + more
            made = msgspec.structs.replace(doubt.entry, chain=chain, count=count)
            if leaf_hash(change_bytes(made)) == doubt.leaf:
                return owners, lists, more
    return None


def _gaps(near: Sequence[int], *, has_list: bool) -> Iterator[tuple[_Gap, _Gap]]:
    """What may be missing before an entry, the likeliest first: nothing, one of this list, and so on."""
    yield _Gap(), _Gap()
    for number in range(1, min(IN_A_ROW_MAX, len(near)) + 1):
        for last in near:
            if has_list:
                yield _Gap(number, last), _Gap(number, last)
            yield _Gap(number, last), _Gap()
            if has_list:
                yield _Gap(), _Gap(number, last)
    for number in range(2, min(IN_A_ROW_MAX, len(near)) + 1):
        for last in near if has_list else ():
            for of_list in range(1, number):
                for last_of_list in near:
                    yield _Gap(number, last), _Gap(of_list, last_of_list)


def _laws() -> Iterator[int]:
    yield 0
    for many in range(1, LAWS_MAX + 1):
        yield many
        yield -many


def _moved(link: Link, missing: int, gap: _Gap, holes: Mapping[int, bytes]) -> Link:
    previous = link.previous if gap.last is None else holes[gap.last].hex()
    number = link.number + missing + gap.number
    return BEFORE_ALL if number == 0 else Link(number, previous)

"""Bugs of the kind that makes a log that proves nothing, or cries wolf, to see that each is found."""

from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager, contextmanager
from itertools import chain
from typing import Any
from unittest import mock

import msgspec

from sertantai.core.sealing.entries import Link
from sertantai.sealing import restores, sealer, sql
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.dropped import Going
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.sealed_notices import SealedNotices
from sertantai.sealing.sealer import Sealer
from sertantai.sync.seals import Seals
from tests.simulation.sealing import trail_database
from tests.simulation.sealing.trail_database import SealedStore, TrailConnection
from tests.simulation.sealing.trail_disk import TrailDisk


def _nothing(*_given: object, **_named: object) -> None: ...


def sign_before_the_leaves_are_on_the_disk() -> Any:
    def fdatasync(disk: TrailDisk, descriptor: int) -> None:
        if disk._open[descriptor].name == "heads":
            original(disk, descriptor)

    original = TrailDisk.fdatasync
    return mock.patch.object(TrailDisk, "fdatasync", fdatasync)


def go_on_behind_what_has_no_head() -> Any:
    """What lies in the files beyond the last head stays there, and is sealed once more."""
    return mock.patch.object(TrailFiles, "cut", _nothing)


def forget_what_was_not_shown() -> Any:
    """The last head is the checkpoint, whatever else was signed."""
    return mock.patch.object(TrailFiles, "last_note", TrailFiles.newest_note)


def leaves_in_a_transaction_of_their_own() -> Any:
    """First what was done, and then its leaf."""

    async def apply(store: SealedStore, batch: Any) -> None:
        with mock.patch.object(TrailConnection, "play", _first_alone):
            await original(store, batch)
        await store.trip()
        prepared = await store._seals.prepared(store._trail, batch, None)  # type: ignore[arg-type]  # as its own
        connection = TrailConnection(store._trail)
        if prepared is not None:
            async with store._seals.sealing(connection, batch, prepared):  # type: ignore[arg-type]  # as its own
                """Nothing else is in it."""
        await store._write(connection.play)

    original = SealedStore.apply
    return mock.patch.object(SealedStore, "apply", apply)


def _first_alone(connection: TrailConnection, tables: Any) -> None:
    connection.changes[0](tables)


def histories_from_memory() -> Any:
    """The links of histories are those that were written last, whether or not PostgreSQL took them."""

    async def made(seals: Seals, prepared: Any, chains: Any) -> Any:
        kept = seals.__dict__.setdefault("_remembered", {})
        found = await original(seals, prepared, {**chains, **kept})
        kept.update(found.chains)
        return found

    original = Seals._made
    return mock.patch.object(Seals, "_made", made)


def one_history_of_all() -> Any:
    """A list's history is not looked up."""

    async def made(seals: Seals, prepared: Any, chains: dict[Any, Link]) -> Any:
        return await original(
            seals, prepared, {key: link for key, link in chains.items() if key[0] == key[1]}
        )

    original = Seals._made
    return mock.patch.object(Seals, "_made", made)


def new_keys_after_a_restore() -> Any:
    """The keys are in the database alone."""
    return mock.patch.object(Blinds, "_write", _nothing)


def keys_are_where_they_were() -> Any:
    """What a stand-by lacks of them is not put back."""
    return mock.patch.object(TrailConnection, "fetch", _all_keys_there)


async def _all_keys_there(connection: TrailConnection, statement: str, *given: Any) -> Any:
    rows = await _fetch(connection, statement, *given)
    return [row for row in rows if row.get("head", b"") is not None]


_fetch = TrailConnection.fetch


def count_rows_by_their_first() -> Any:
    """Of leaves in one row, those behind a sealed one are passed over."""

    def behind(held: Any, journals: Any, position: int, part: int, most: int) -> Any:
        rows = original(held, journals, position, part, most)
        return (row for row in rows if (row["position"], row["part"]) > (position, part))

    original = trail_database._leaves_behind
    return mock.patch.object(trail_database, "_leaves_behind", behind)


def look_for_places_as_if_in_order() -> Any:
    """A notice between two parts of an operation hides the later one."""

    def index_of(files: TrailFiles, position: int, part: int) -> int | None:
        places, low, high = list(files.places()), 0, files.size
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if places[middle] < (position, part) else (low, middle)
        return low if places[low : low + 1] == [(position, part)] else None

    return mock.patch.object(TrailFiles, "index_of", index_of)


def put_back_the_last_notice_alone() -> Any:
    """That others are missing is not seen."""
    return mock.patch.object(restores, "deque", lambda lines, maxlen: chain(list(lines)[-1:]))


@contextmanager
def seal_again_what_was_put_back() -> Any:
    """Of more notices than are known by their age: stories have fewer."""

    @asynccontextmanager
    async def held(_sealer: Sealer) -> Any:
        yield _nothing

    with mock.patch.object(Sealer, "held", held), forget_what_went():
        yield


def never_look_back_for_notices() -> Any:
    """One that is committed after a later one is passed over."""
    return mock.patch.object(sealer, "TOLD_BACK", 0)


def parts_as_it_comes() -> Any:
    """How an operation is cut into parts follows how the database is doing."""

    async def prepared(seals: Seals, database: Any, batch: Any, lane: Any) -> Any:
        made = await original(seals, database, batch, lane)
        if made is not None:
            shift = database.database.primary % 2
            made.deeds = [msgspec.structs.replace(deed, part=deed.part + shift) for deed in made.deeds]
        return made

    original = Seals.prepared
    return mock.patch.object(Seals, "prepared", prepared)


def believe_any_code() -> Any:
    return mock.patch.object(RowMacs, "is_ours", return_value=True)


def believe_any_notice() -> Any:
    return mock.patch.object(sealer, "is_told_with", return_value=True)


def go_on_after_a_difference() -> Any:
    return mock.patch.multiple(Sealer, _require_one_history=_nothing, halt=_nothing)


def leave_what_went_in_the_file() -> Any:
    return mock.patch.object(TrailFiles, "drop_bodies", return_value=False)


def put_back_what_went() -> Any:
    """What retention took is taken for lost."""
    return mock.patch.object(sql, "NOTICES_KNOWN", sql.NOTICES_THERE)


def believe_any_stub() -> Any:
    """Also one of which no act of retention tells."""
    return mock.patch.object(Going, "wrong_with", return_value=None)


def forget_what_went() -> Any:
    """What the database lists no more never comes back."""

    def keep(notices: SealedNotices, listed: Iterable[bytes]) -> None:
        notices._known.intersection_update(listed)

    return mock.patch.object(SealedNotices, "keep", keep)


PLANTINGS: dict[str, Callable[[], Any]] = {
    "sign before the leaves are on the disk": sign_before_the_leaves_are_on_the_disk,
    "go on behind what has no head": go_on_behind_what_has_no_head,
    "forget what was not shown": forget_what_was_not_shown,
    "leaves in a transaction of their own": leaves_in_a_transaction_of_their_own,
    "histories from memory": histories_from_memory,
    "one history of all": one_history_of_all,
    "new keys after a restore": new_keys_after_a_restore,
    "keys are where they were": keys_are_where_they_were,
    "count rows by their first": count_rows_by_their_first,
    "look for places as if in order": look_for_places_as_if_in_order,
    "put back the last notice alone": put_back_the_last_notice_alone,
    "seal again what was put back": seal_again_what_was_put_back,
    "never look back for notices": never_look_back_for_notices,
    "parts as it comes": parts_as_it_comes,
    "leave what went in the file": leave_what_went_in_the_file,
    "put back what went": put_back_what_went,
    "forget what went": forget_what_went,
}
OF_A_FORGER: dict[str, Callable[[], Any]] = {
    "believe any code": believe_any_code,
    "believe any notice": believe_any_notice,
    "believe any stub": believe_any_stub,
    "go on after a difference": go_on_after_a_difference,
}

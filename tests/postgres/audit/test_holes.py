"""An operation whose rows are gone is named: in which list, when, by whom, and what of that nothing says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sertantai.audit.comparing import naming
from sertantai.audit.comparing.differences import SealDifference, SealFault
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.ids import GroupId
from sertantai.core.operations import BulkSelect
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person, add_person

SITE = "Leeds"


class House(NamedTuple):
    ann: Person
    ben: Person
    site: GroupId
    engine: Engine
    database: Database
    superuser: Any
    folder: Path

    async def remove(self, *positions: int, also_counted: bool = True) -> None:
        await self.superuser.execute("SET session_replication_role = replica")
        await self.superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
        tables = ["selection_audit_log", *(["selection_operations"] if also_counted else [])]
        for table in tables:
            await self.superuser.execute(f"DELETE FROM {table} WHERE position = ANY($1)", list(positions))

    async def found(self) -> list[SealDifference]:
        verified = await verify_seals(self.database, self.folder, self.engine.journal.id)
        return verified.differences

    async def forget_journal(self) -> None:
        """What is synchronised stays in it for some time, and then no longer."""
        await self.engine.stop()
        self.folder.joinpath("journal.sqlite").unlink()


@pytest.fixture
async def house(
    engine: Engine, database: Database, superuser: Any, clock: ManualClock, sealer: Sealer, tmp_path: Path
) -> House:
    """Ann: 1 makes a list, 2 and 3 tick there, 4 in her own, 7 there once more; Ben 5 and 6, in his."""
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    ben = await add_person(superuser, engine, clock, "ben@example.org")
    site = await ann.make_list(SITE)
    await ann.do(BulkSelect, site, records=pack(bitmap([1, 2, 3])))
    await ann.do(BulkSelect, site, records=pack(bitmap([4, 5])))
    await ann.select(1)
    await ben.select(1)
    await ben.select(2)
    await ann.do(BulkSelect, site, records=pack(bitmap([6])))
    await engine.flush()
    await sealer.seal()
    return House(ann, ben, site, engine, database, superuser, tmp_path)


async def test_what_the_journal_still_has_is_said_whole(house: House) -> None:
    await house.remove(3)
    [found] = await house.found()
    at = house.ann.clock.now()
    assert found.fault is SealFault.ROWS_GONE
    assert (found.owner, found.group, found.position) == (house.ann.id, house.site, 3)
    assert found.operation is not None
    assert found.said.startswith(f"{at:%Y-%m-%d %H:%M}: operation 3 (entry 2 of the log, {found.operation})")
    assert f" in the list '{SITE}' ({house.site}) of user {house.ann.id}, by {house.ann.id}," in found.said
    assert (
        "was sealed, and its rows are gone (the entry after it proves its history; the journal still"
        in found.said
    )
    assert "bulk_select, which left 2 laws more there," in found.said


async def test_the_entry_after_it_proves_the_list_and_what_is_not_known_is_said(house: House) -> None:
    await house.forget_journal()
    await house.remove(3)
    [found] = await house.found()
    assert (found.owner, found.group, found.operation) == (house.ann.id, house.site, None)
    at = house.ann.clock.now()
    assert found.said.startswith(
        f"Between {at:%Y-%m-%d %H:%M} and {at:%Y-%m-%d %H:%M}: operation 3 (entry 2 "
    )
    assert f"in the list '{SITE}' ({house.site}) of user {house.ann.id}, was sealed" in found.said
    assert found.said.endswith("(the entry after it proves its history). Nothing that is left says by whom.")


async def test_entries_after_a_hole_are_not_called_false(house: House) -> None:
    """Also where several of one history are gone, and beside them one of another person."""
    await house.remove(2, 3, 5)
    found = await house.found()
    assert [(one.fault, one.position) for one in found] == [(SealFault.ROWS_GONE, at) for at in (2, 3, 5)]
    assert [one.owner for one in found] == [house.ann.id, house.ann.id, house.ben.id]


async def test_what_was_changed_behind_a_hole_is_still_found(house: House) -> None:
    await house.remove(3)
    await house.superuser.execute("UPDATE selection_audit_log SET record_no = 9 WHERE position = 7")
    assert {one.fault for one in await house.found()} == {SealFault.ROWS_GONE, SealFault.LEAF_DIFFERS}


@pytest.mark.parametrize(
    ("position", "whose"), [(7, lambda house: house.site), (6, lambda house: house.ben.group)]
)
async def test_the_last_of_a_history_is_named_by_the_newest_links(
    house: House, position: int, whose: Callable[[House], GroupId]
) -> None:
    await house.forget_journal()
    await house.remove(position)
    [found] = await house.found()
    assert found.group == whose(house)
    assert "the newest links in the database say its history" in found.said


async def test_the_list_of_operations_says_who(house: House) -> None:
    await house.forget_journal()
    await house.remove(5, also_counted=False)
    [found] = await house.found()
    assert f"of user {house.ben.id}, by {house.ben.id}," in found.said
    assert "the list of operations still has it" in found.said


async def test_where_everything_is_gone_that_is_said(house: House) -> None:
    await house.forget_journal()
    await house.remove(*range(1, 8))
    await house.superuser.execute("DELETE FROM audit_chains")
    found = await house.found()
    assert len(found) == 7
    assert {one.fault for one in found} == {SealFault.ROWS_GONE}
    assert all("At a time that nothing says any more: operation " in one.said for one in found)
    assert all("says whose and in which list, by whom, and what it did." in one.said for one in found)
    assert TrailFiles(newest_log(house.folder)).size == 7


async def test_of_very_many_the_place_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert naming.NAMED_MAX == 1_000
    monkeypatch.setattr(naming, "NAMED_MAX", 1)
    await house.remove(2, 3)
    _, second = await house.found()
    assert second.said == "Operation 3 (entry 2 of the log) was sealed, and its rows are gone."

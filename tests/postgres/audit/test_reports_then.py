"""Reports of an earlier day say what was so then: who people were, and what stood in the register."""

import json
from datetime import timedelta
from typing import Any

import pytest

from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.audit.snapshots import Snapshots
from sertantai.core.ids import UserId
from sertantai.core.operations import Admit, ChangeMember, of_no_list
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.reporting.identities import ANOTHER
from sertantai.sealing.notices import Notices
from tests.postgres.audit.conftest import Person, add_organization
from tests.postgres.audit.test_reports import ADD_SETTINGS, Asks, asks

__all__ = ["asks"]

ADDRESS = "UPDATE users SET email = $2 WHERE id = $1"
THERE_BEFORE = "UPDATE uk_lrt_records SET created_at = '2020-01-01'"
CHANGE = """
INSERT INTO uk_lrt_record_changes (record_no, revision, changed_at, changed_fields)
VALUES ($1, $2, $3, $4)
"""


async def tell(database: Database, notices: Notices, person: UserId, email: str) -> None:
    async with database.transaction(DatabaseRole.ACCOUNTS) as connection:
        people = PeopleTold(notices)
        await people.tell(connection, What.CONFIRMED, person, way=Way.THEMSELVES, email=email)


async def test_whoever_had_another_address_then_is_not_called_by_todays(
    somebody: Person, asks: Asks, database: Database, notices: Notices, superuser: Any
) -> None:
    me = UserId(somebody.id)
    await somebody.bulk_select(1)  # before the log was told of anybody
    somebody.clock.advance(1)
    await tell(database, notices, me, "ann@old.example")
    await somebody.bulk_select(2)
    somebody.clock.advance(1)
    await tell(database, notices, me, "ann@new.example")
    await superuser.execute(ADDRESS, me, "Ann@new.example")
    await somebody.bulk_select(3)
    now = somebody.clock.now().isoformat()
    found = {row["law"]: row["identity"] for row in await asks.rows("applicable", list="default", at=now)}
    assert found == {"UK_test_1": None, "UK_test_2": ANOTHER, "UK_test_3": "Ann@new.example"}
    asks.personal = False
    assert {row["identity"] for row in await asks.rows("applicable", list="default", at=now)} == {None}


async def test_a_member_has_the_name_that_they_had_when_they_decided(
    superuser: Any, engine: Engine, somebody: Person, snapshots: Snapshots, database: Database
) -> None:
    place = await add_organization(superuser, engine, somebody.clock, "works")
    assert place.actor is not None
    founder = {"member": place.actor, "role": Role.OWNER, "name": "Ann Smith", "given_by": place.actor}
    await place.do(Admit, of_no_list(place.id), **founder)
    await place.bulk_select(1)
    await place.do(ChangeMember, of_no_list(place.id), member=place.actor, name="Ann Jones")
    await place.bulk_select(2)
    asks = Asks(place, snapshots, database)
    now = place.clock.now().isoformat()
    found = {row["law"]: row["identity"] for row in await asks.rows("applicable", list="default", at=now)}
    assert found == {"UK_test_1": "Ann Smith", "UK_test_2": "Ann Jones"}


@pytest.mark.parametrize("by", ["family", "type"])
async def test_coverage_is_of_the_register_as_it_was(
    somebody: Person, asks: Asks, superuser: Any, by: str
) -> None:
    """Law 5 was in force until an import said otherwise, and of another family until two did."""
    await superuser.execute(ADD_SETTINGS + ", type_code = 'uksi', live = '✔'")
    await superuser.execute(THERE_BEFORE)
    await somebody.bulk_select(1)
    then = somebody.clock.now()
    later = [then + timedelta(days=days) for days in (1, 2, 3)]
    live = {"old": "✔ In force", "new": "❌ Revoked"}
    await superuser.execute("UPDATE uk_lrt_records SET live = '❌ Revoked' WHERE record_no = 5")
    await superuser.execute(CHANGE, 5, 101, later[0], json.dumps({"live": live}))
    moved = [{"old": None, "new": "Other"}, {"old": "Other", "new": "Family 2"}]
    for revision, said in zip((102, 103), moved, strict=True):
        await superuser.execute(CHANGE, 5, revision, later[revision - 101], json.dumps({"family": said}))
    await superuser.execute("UPDATE uk_lrt_records SET created_at = $1 WHERE record_no = 10", later[0])
    somebody.clock.advance(10 * 86_400)

    async def counted(at: str) -> dict[str, tuple[int, int, int]]:
        rows = await asks.rows("coverage", list="default", at=at, by=by)
        return {row["name"]: (row["in_force"], row["held"], row["never"]) for row in rows}

    before, now = await counted(then.isoformat()), await counted(somebody.clock.now().isoformat())
    if by == "type":
        assert before == {"uksi": (9, 1, 8)}
        assert now == {"uksi": (9, 1, 8)}  # one more is there, and one is not in force any more
    else:
        assert before == {
            "Family 0": (3, 0, 3),
            "Family 1": (3, 1, 2),
            "Family 2": (2, 0, 2),
            "Not stated": (1, 0, 1),
        }
        assert now == {"Family 0": (3, 0, 3), "Family 1": (4, 1, 3), "Family 2": (2, 0, 2)}


async def test_laws_in_force_that_were_never_considered_are_named(
    somebody: Person, asks: Asks, superuser: Any
) -> None:
    await superuser.execute(ADD_SETTINGS)
    await superuser.execute(THERE_BEFORE)
    await superuser.execute("UPDATE uk_lrt_records SET live = '❌ Revoked' WHERE record_no = 7")
    await somebody.bulk_select(1, 2)
    await somebody.deselect(2)
    rows = await asks.rows("never-considered", list="default")
    assert [row["law"] for row in rows] == sorted(f"UK_test_{number}" for number in (3, 4, 5, 6, 8, 9, 10))
    rows = await asks.rows("never-considered", list="default", family="Family 2")
    assert [row["law"] for row in rows] == ["UK_test_5", "UK_test_8"]
    shown = await asks.report("never-considered", list="default").shown()
    assert (shown.total, shown.is_counted) == (7, True)

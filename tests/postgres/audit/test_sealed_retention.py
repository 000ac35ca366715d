"""An honest retention raises no alarm: the sealed log knows of what goes, and of origins that went."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sertantai.audit.comparing.differences import SealVerification
from sertantai.audit.retaining.acts import Retaining
from sertantai.audit.retaining.leaving import SealedTrail, ranges_of
from sertantai.audit.verify import verify
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from sertantai.retention.holds import Holds
from sertantai.retention.notices import TellLog
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.test_own_retention import MAKE_MONTH, go_to, months_ago

NOW = datetime.now(UTC)


@pytest.fixture
async def both(
    superuser: Any, engine: Engine, clock: ManualClock, sealer: Sealer, somebody: Person, another: Person
) -> tuple[Person, Person]:
    """Two people, with an older month, an old one, and this one; all of it sealed."""
    for months in (26, 14):
        await engine.flush()  # a month is made under a lock, for which nobody is to write
        await superuser.execute(MAKE_MONTH.format(months_ago(months)))
        go_to(clock, months_ago(months))
        for person in (somebody, another):
            await person.bulk_select(*range(1, 6))
            await person.note(2, "I asked the works council")
            await person.deselect(3)
            await person.make_list(f"Site of {months}")
            await person.note(2, f"Again {months}")
    go_to(clock, NOW - timedelta(days=2))
    for person in (somebody, another):
        await person.deselect(1)
        await person.select(7)
    await engine.flush()
    await sealer.seal()
    await superuser.execute("UPDATE settled_time SET settled_at = now(), ahead_s = 0, waited_s = 0")
    return somebody, another


@pytest.fixture
def site(database: Database, engine: Engine, sealer: Sealer, notices: Notices, tmp_path: Path) -> Any:
    def site(**settings: Any) -> Retaining:
        files = TrailFiles(newest_log(tmp_path))
        trail = SealedTrail(files, {engine.journal.id}, notices, Blinds(newest_log(tmp_path)))
        return Retaining(database, Settings(**settings), ManualClock(), trail)

    return site


async def seals(database: Database, engine: Engine, sealer: Sealer, tmp_path: Path) -> SealVerification:
    await sealer.seal()
    return without_periods(await verify_seals(database, tmp_path, engine.journal.id))


def without_periods(found: SealVerification) -> SealVerification:
    """`in_force` makes them older than the log was told."""
    left = [one for one in found.differences if "the period for which" not in one.said]
    return msgspec.structs.replace(found, differences=left)


async def in_force(superuser: Any) -> None:
    await superuser.execute(
        "UPDATE retention_policies SET set_at = set_at - interval '60 days',"
        " in_force_from = in_force_from - interval '60 days'"
    )
    await superuser.execute(
        "INSERT INTO retention_notices (class, organization_id, action, in_force_from, told_at)"
        " SELECT class, organization_id, action, in_force_from, set_at FROM retention_policies"
        "  WHERE in_force_from > set_at"
    )


async def of_twenty_months(site: Any, superuser: Any) -> Any:
    """Retention of a site where so many months are in force already."""
    retaining = site(audit_retention_months=20)
    await retaining.take_settings()
    await in_force(superuser)
    return retaining


async def test_a_dropped_month_and_origins_that_went_raise_no_alarm(
    both: Any, site: Any, database: Database, superuser: Any, engine: Engine, sealer: Sealer, tmp_path: Path
) -> None:
    retaining = await of_twenty_months(site, superuser)
    assert (await seals(database, engine, sealer, tmp_path)).differences == []
    acts = await retaining.run()
    assert [act.is_dropped for act in acts] == [True, False]
    assert acts[1].done.rows_changed > 0
    found = await seals(database, engine, sealer, tmp_path)
    assert found.differences == []
    assert (await verify(database)).clean
    keys = "SELECT count(*) FROM audit_blinds WHERE class = 'origin' AND month = $1"
    assert await superuser.fetchval(keys, int(f"{months_ago(14):%Y%m}")) == 0
    assert await superuser.fetchval(keys, int(f"{NOW - timedelta(days=2):%Y%m}")) == 2
    kinds = await superuser.fetch("SELECT kind, body FROM audit_notices ORDER BY told")
    told = [row["body"] for row in kinds if row["kind"] == "retention"]
    assert [row["kind"] for row in kinds if row["kind"] == "balance"]
    assert len(told) == 2


async def test_a_month_rewritten_with_what_is_held_raises_no_alarm(
    both: Any,
    site: Any,
    database: Database,
    superuser: Any,
    engine: Engine,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> None:
    one, _ = both
    await Holds(database, TellLog(notices)).place("person", str(one.id), "A court asked for it", None)
    retaining = site(audit_retention_months=12)
    await retaining.take_settings()
    acts = await retaining.run()
    assert [act.is_dropped for act in acts] == [False, False]
    assert (
        await superuser.fetchval("SELECT count(*) FROM selection_audit_log WHERE user_id = $1", one.id) > 10
    )
    assert (await seals(database, engine, sealer, tmp_path)).differences == []


async def test_what_somebody_takes_beside_is_still_found(
    both: Any, site: Any, database: Database, superuser: Any, engine: Engine, sealer: Sealer, tmp_path: Path
) -> None:
    retaining = await of_twenty_months(site, superuser)
    await retaining.run()
    await seals(database, engine, sealer, tmp_path)
    month = f"selection_audit_log_{months_ago(14):%Y_%m}"
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(f"ALTER TABLE {month} DISABLE TRIGGER USER")
    await superuser.execute(f"DELETE FROM {month} WHERE action = 'deselect' AND user_id = $1", both[0].id)
    found = await seals(database, engine, sealer, tmp_path)
    assert not found.clean


def test_leaves_that_follow_one_another_are_one_range() -> None:
    assert ranges_of([5, 3, 4, 9, 1]) == [(1, 1), (3, 5), (9, 9)]
    assert ranges_of([]) == []

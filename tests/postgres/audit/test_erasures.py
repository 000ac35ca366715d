"""Somebody is erased: out of every table, and every proof stays true."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from sertantai.audit.retaining.leaving import SealedTrail
from sertantai.audit.verify import verify
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import Position, UserId
from sertantai.core.operations import decode
from sertantai.engine.engine import Engine
from sertantai.http.health import Health
from sertantai.lists.access import own_lists
from sertantai.persons.asking import Erasures
from sertantai.persons.certificate import as_text
from sertantai.persons.given import Given
from sertantai.persons.model import DAYS, DAYS_MAX, REASON_BYTES_MAX, Erasure, ErasureRefused
from sertantai.persons.performing import Eraser
from sertantai.persons.remembered import Erased, ErasedDamaged, erased_back
from sertantai.persons.service import Erasing
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.under_way import UnderWay, WorkKind
from sertantai.retention.holds import Holds
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.sealer import Sealer
from sertantai.web.status import of_erasures
from tests.fixtures.tallies import tallied as tallied
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.test_own_retention import MAKE_MONTH, go_to, months_ago

pytestmark = pytest.mark.usefixtures("tallied")

ADDRESS = "first@example.org"
SECRETS = (ADDRESS, "I asked the works council", "My very own site")
WHY = "They asked for it"


class Office(NamedTuple):
    database: Database
    erasures: Erasures
    erasing: Erasing
    erased: Erased
    under_way: UnderWay
    gone: list[UserId]
    given: Given

    async def ask(self, person: UserId, reason: str = WHY, days: int = DAYS) -> Erasure:
        """As the desk does, which shuts them out in the same transaction."""
        async with self.database.transaction(Role.ACCOUNTS, person) as connection:
            return await self.erasures.ask_in(connection, person, ADDRESS, reason, days)

    async def take_back(self, person: UserId) -> Erasure:
        async with self.database.transaction(Role.ACCOUNTS, person) as connection:
            return await self.erasures.take_back_in(connection, person, ADDRESS)


@pytest.fixture
def office(
    database: Database,
    engine: Engine,
    clock: ManualClock,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> Office:
    folder = newest_log(tmp_path)
    trail = SealedTrail(TrailFiles(folder), {engine.journal.id}, notices, Blinds(folder))
    gone, erased, under_way = list[UserId](), Erased(tmp_path), UnderWay()
    forget = (gone.append, lambda person: engine.forget(own_lists(person)))
    given = Given(tmp_path)
    eraser = Eraser(database, engine, trail, erased, clock, *forget, given)
    settled = SettledTime(database, ManualClock(datetime.now(UTC)))
    erasing = Erasing(database, eraser, erased, clock, settled, under_way, folder)
    erasures = Erasures(database, clock, notices)
    return Office(database, erasures, erasing, erased, under_way, gone, given)


@pytest.fixture
async def both(
    superuser: Any, engine: Engine, clock: ManualClock, sealer: Sealer, somebody: Person, another: Person
) -> tuple[Person, Person]:
    """Two people with an old month and this one, all of it sealed."""
    await superuser.execute(MAKE_MONTH.format(months_ago(2)))
    for at in (months_ago(2), datetime.now(UTC) - timedelta(minutes=30)):
        go_to(clock, at)
        for person in (somebody, another):
            await person.bulk_select(*range(1, 6))
            await person.note(2, f"I asked the works council on {at:%A}")
            await person.deselect(3)
            await person.make_list(f"My very own site {at:%Y-%m}")
    await engine.flush()
    await sealer.seal()
    await superuser.execute("UPDATE settled_time SET settled_at = now(), ahead_s = 0, waited_s = 0")
    return somebody, another


async def mentions(superuser: Any, secret: str, of: UUID | None = None) -> list[str]:
    """Tables with a row that says it; of the other person's rows nothing is asked."""
    names = await superuser.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname = 'public'"
    )
    found = []
    for row in names:
        other = "" if of is None else f" AND position('{of}' IN t::text) = 0"
        said = f"SELECT EXISTS (SELECT FROM {row['name']} t WHERE position($1 IN t::text) > 0{other})"
        if await superuser.fetchval(said, secret):
            found.append(row["name"])
    return found


async def is_clean(database: Database, engine: Engine, sealer: Sealer, tmp_path: Path) -> bool:
    await sealer.seal()
    trail = await verify(database)
    seals = await verify_seals(database, tmp_path, engine.journal.id)
    assert (trail.differences, trail.misfits, seals.differences) == ([], [], [])
    return trail.clean and seals.clean


async def test_whoever_is_erased_is_in_no_table_any_more_and_every_proof_stays_true(
    both: tuple[Person, Person],
    office: Office,
    superuser: Any,
    database: Database,
    engine: Engine,
    sealer: Sealer,
    tmp_path: Path,
) -> None:
    one, other = both
    person = UserId(one.id)
    await one.note(4, "what nobody else has written")
    await other.select(9)
    assert await is_clean(database, engine, sealer, tmp_path)
    journal = [path for path in tmp_path.rglob("*") if path.name.startswith("journal")]
    assert any(b"nobody else has written" in path.read_bytes() for path in journal if path.is_file())
    await superuser.execute(
        "INSERT INTO security_events (id, at, kind, severity, user_id, ip_address, details)"
        " VALUES (gen_random_uuid(), now(), 'sign_in', 'info', $1, '192.0.2.7', '{}'),"
        " (gen_random_uuid(), now(), 'failed', 'info', NULL, NULL, '{\"account\": \"First@example.org\"}')",
        person,
    )
    before = await superuser.fetchval("SELECT count(*) FROM selection_audit_log")
    now = datetime.now(UTC)
    for whose, about in ((person, person), (UserId(other.id), person), (person, UserId(other.id))):
        office.given.new(whose, about, now).path.touch()
    for_other = office.given.new(UserId(other.id), UserId(other.id), now)
    for_other.path.touch()
    plan = await office.erasures.plan(person, ADDRESS)
    assert plan.in_the_way == []
    erasure = await office.ask(person, days=0)
    assert await superuser.fetchval("SELECT count(*) FROM users WHERE id = $1", person) == 1
    await office.erasing.turn()

    done = await office.erasures.of(erasure.id)
    assert done.state == "done"
    assert done.went["users/deleted"] == plan.went["users/deleted"] == 1
    assert done.went["security_events/redacted"] == plan.went["security_events/redacted"] == 2
    assert done.went["months/rewritten"] == 2
    assert office.gone == [person]
    for secret in SECRETS:
        assert await mentions(superuser, secret, other.id) == [], secret
    assert await mentions(superuser, "First@") == []
    origins = "SELECT count(*) FROM selection_audit_log WHERE actor_id = $1 AND ip_address IS NOT NULL"
    assert await superuser.fetchval(origins, person) == 0
    assert await superuser.fetchval(origins, other.id) > 0
    assert await superuser.fetchval("SELECT count(*) FROM selection_audit_log") == before
    assert await superuser.fetchval("SELECT count(*) FROM audit_blinds WHERE subject = $1", person) == 0
    assert str(person) not in (newest_log(tmp_path) / "blinds").read_text()
    assert list(office.erased.all()) == [person]
    assert list(tmp_path.rglob("*.zip")) == [for_other.path], "what was written for them, or of them"
    left = await engine.journal.read(Position(engine.journal.first - 1), 1_000)
    assert {decode(entry.body).owner for entry in left} <= {other.id}
    for path in tmp_path.rglob("journal*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"nobody else has written" not in content, path
        assert person.bytes not in content, path
    assert await is_clean(database, engine, sealer, tmp_path)
    said = as_text(done, "example.org/trail/1\n12\n")
    assert str(erasure.id) in said
    assert ADDRESS not in said


async def test_whoever_comes_back_with_an_older_database_is_erased_again(
    both: tuple[Person, Person],
    office: Office,
    superuser: Any,
    database: Database,
    engine: Engine,
    sealer: Sealer,
    tmp_path: Path,
) -> None:
    """With what stood in the file only; and what the database alone knew stands in the file afterwards."""
    one, other = both
    office.erased.add({one.id: datetime.now(UTC)})
    await office.ask(UserId(one.id))  # which that database knows as one that waits
    await office.erasing.start()
    await office.erasing.stop()
    assert await mentions(superuser, ADDRESS) == []
    states = {(one.again, one.state) for one in await office.erasures.all()}
    assert states == {(False, "undone"), (True, "done")}
    assert await is_clean(database, engine, sealer, tmp_path)
    (tmp_path / "erased").unlink()
    await office.erasing.turn()
    assert list(office.erased.all()) == [one.id]
    assert await superuser.fetchval("SELECT count(*) FROM users WHERE id = $1", other.id) == 1


async def test_who_is_back_and_cannot_be_erased_again_is_told_of_until_it_is_done(
    both: tuple[Person, Person],
    office: Office,
    superuser: Any,
    database: Database,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> None:
    """The sealed log was told of it, the file beside is lost, and the restored database has an administrator
    whom nobody has followed yet."""
    one, other = both
    body = {"act": str(UUID(int=7)), "again": "false", "went": {"users/deleted": 1}}
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.ERASURE, subject=one.id, body=body)
    await sealer.seal()
    await superuser.execute("UPDATE users SET role = 'admin' WHERE id = $1", one.id)
    await office.erasing.start()
    await office.erasing.stop()
    assert list(office.erased.all()) == [one.id]
    [(person, why)] = office.erasing.back.items()
    assert person == one.id
    assert "is the last administrator" in why
    [said] = await erased_back(database, tmp_path)
    assert f"User {one.id} was erased on" in said
    assert of_erasures(office.erasing.back).status == Health.DEGRADED
    assert await superuser.fetchval("SELECT disabled_at IS NOT NULL FROM users WHERE id = $1", one.id)

    await superuser.execute("UPDATE users SET role = 'admin' WHERE id = $1", other.id)
    await office.erasing.turn()
    assert office.erasing.back == {}
    assert await erased_back(database, tmp_path) == []
    assert of_erasures(office.erasing.back).status == Health.OK
    (tmp_path / "erased").write_text("nothing\n")
    with pytest.raises(ErasedDamaged, match="is no line of it"):
        await office.erasing.turn()
    assert list(office.erasing.back) == [None]
    assert len(await erased_back(database, tmp_path)) == 1


async def test_what_is_in_the_way_is_said_and_nothing_goes(
    both: tuple[Person, Person], office: Office, superuser: Any, database: Database
) -> None:
    one, other = both
    person, ask = UserId(one.id), office.ask
    holds = Holds(database)
    hold = await holds.place("list", str(one.group), "A court asked for it", None)
    with pytest.raises(ErasureRefused, match=r"A legal hold covers what first@example\.org did"):
        await ask(person)
    await holds.release(hold, "It is over", None)
    await superuser.execute("UPDATE users SET role = 'admin' WHERE id = $1", person)
    with pytest.raises(ErasureRefused, match="is the last administrator"):
        await ask(person)
    await superuser.execute("UPDATE users SET role = 'admin' WHERE id = $1", other.id)
    for reason in ("", " ", "x" * (REASON_BYTES_MAX + 1), "\0"):
        with pytest.raises(InvalidInput):
            await ask(person, reason)
    for days in (-1, DAYS_MAX + 1):
        with pytest.raises(InvalidInput):
            await ask(person, WHY, days)
    assert await office.erasures.all() == []


async def test_one_is_taken_back_waits_for_its_day_and_is_asked_for_once(
    both: tuple[Person, Person], office: Office, superuser: Any
) -> None:
    person = UserId(both[0].id)
    await superuser.execute("UPDATE settled_time SET settled_at = now() - interval '30 days'")  # a copy's
    first = await office.ask(person, "x" * REASON_BYTES_MAX, DAYS_MAX)
    assert first.due_at - first.asked_at == timedelta(days=DAYS_MAX)
    with pytest.raises(ErasureRefused, match="was asked for before: it is due on"):
        await office.ask(person)
    await office.erasing.turn()
    assert (await office.erasures.of(first.id)).state == "waiting"
    with pytest.raises(Exception, match="or it is not due"):
        await superuser.fetchval("SELECT sertantai_erase_person($1, '{}')", person)
    assert (await office.take_back(person)).state == "undone"
    with pytest.raises(NotFound):
        await office.take_back(person)
    due = await office.ask(person, WHY, 0)
    assert due.due_at == due.asked_at
    importing = office.under_way.piece(person, WorkKind.IMPORT)
    importing.runs(1, 2)
    await office.erasing.turn()
    assert (await office.erasures.of(due.id)).state == "waiting"
    importing.ends(well=True)
    await office.erasing.turn()
    assert (await office.erasures.of(due.id)).state == "done"
    with pytest.raises(Exception, match="its rows are kept"):
        await superuser.execute("UPDATE erasures SET reason = 'another'")

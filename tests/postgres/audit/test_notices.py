"""What the log tells beside changes: bounded, with what is personal hidden, and the keys of that."""

from pathlib import Path
from uuid import UUID

import pytest

from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.core.sealing.commitments import commitment, salt_of
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing import blinds
from sertantai.sealing.blinds import Blind, Blinds, Class
from sertantai.sealing.fsck import HEAD_COUNTS_AS
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import BODY_BYTES_MAX, Kind, Notices, NoticeTooLarge
from sertantai.sealing.sealer import Sealer

ANN = UUID(int=41)
OVERHEAD = len('{"said":""}')


@pytest.fixture
def notices(tmp_path: Path, clock: ManualClock) -> Notices:
    return Notices(macs_in(tmp_path), Blinds(tmp_path / "trail"), clock)


async def test_a_notice_is_bounded_in_bytes(notices: Notices, database: Database) -> None:
    fits = "x" * (BODY_BYTES_MAX - OVERHEAD)
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.CHECKED, body={"said": fits})
        with pytest.raises(NoticeTooLarge):
            await notices.tell(connection, Kind.CHECKED, body={"said": fits + "x"})


@pytest.mark.parametrize("said", [1.5, 1 << 53, {"é": 1}, b"x"])
async def test_what_has_no_canonical_form_is_refused(
    notices: Notices, database: Database, said: object
) -> None:
    async with database.transaction(Role.SYNC) as connection:
        with pytest.raises(ValueError, match="said"):
            await notices.tell(connection, Kind.CHECKED, body={"said": said})


async def test_they_are_compared_one_by_one_beside_everything_else(
    engine: Engine, sealer: Sealer, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    notices = Notices(macs_in(tmp_path), Blinds(newest_log(tmp_path)), clock)
    async with database.transaction(Role.SYNC) as connection:
        for number in range(30):
            await notices.tell(connection, Kind.CHECKED, body={"number": number})
    await sealer.seal()
    rests = list[int]()

    async def pause(rows: int) -> None:
        rests.append(rows)

    found = await verify_seals(database, tmp_path, engine.journal.id, pause=pause)
    assert (found.differences, found.notices) == ([], 30)
    assert rests.count(1) >= 30
    assert HEAD_COUNTS_AS in rests, "and so are heads"


async def test_with_the_key_a_commitment_is_opened_and_without_it_never(
    tmp_path: Path, database: Database, clock: ManualClock
) -> None:
    hidden = Blinds(tmp_path)
    notices = Notices(macs_in(tmp_path), hidden, clock)
    blind = Blind(ANN, clock.now().year * 100 + clock.now().month, Class.IDENTITY)
    async with database.transaction(Role.SYNC) as connection:
        first = await notices.committed(connection, Class.IDENTITY, ANN, "email", "ann@example.org")
        key = (await hidden.keys(connection, [blind]))[blind]
    assert first == commitment(salt_of(key, "email", str(ANN)), "email", '"ann@example.org"')
    hidden.forget(ANN, [Class.IDENTITY])
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute("DELETE FROM audit_blinds WHERE subject = $1", ANN)
        again = await notices.committed(connection, Class.IDENTITY, ANN, "email", "ann@example.org")
    assert again != first, "a key that was deleted does not come again"


async def test_a_database_from_before_gets_the_keys_that_it_had(tmp_path: Path, database: Database) -> None:
    """So the journal's operations are sealed as they were at first."""
    blind = Blind(ANN, 202611, Class.CONTENT)
    async with database.transaction(Role.SYNC) as connection:
        before = await Blinds(tmp_path).keys(connection, [blind])
        await connection.execute("DELETE FROM audit_blinds")
        assert await Blinds(tmp_path).keys(connection, [blind]) == before


async def test_keys_in_memory_are_bounded_and_read_again(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blinds, "KEPT_MAX", 3)
    hidden = Blinds(tmp_path)
    wanted = [Blind(UUID(int=number), 202611, Class.ORIGIN) for number in range(5)]
    found: dict[Blind, bytes] = {}
    async with database.transaction(Role.SYNC) as connection:
        for blind in wanted:
            found |= await hidden.keys(connection, [blind])
            assert hidden.missing([blind]), "its transaction may yet be undone"
            hidden.remember({blind: found[blind]})
        assert [hidden.missing([blind]) for blind in wanted] == [True, True, False, False, False]
        assert await hidden.keys(connection, wanted) == found


async def test_a_key_whose_transaction_was_undone_is_made_again_and_kept(
    tmp_path: Path, database: Database
) -> None:
    """Else what is sealed with it could never be checked: the database would not have it."""
    hidden, blind = Blinds(tmp_path), Blind(ANN, 202611, Class.CONTENT)
    seen = []

    async def undone() -> None:
        async with database.transaction(Role.SYNC) as connection:
            seen.append(await hidden.keys(connection, [blind]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    async with database.transaction(Role.SYNC) as connection:
        assert await hidden.keys(connection, [blind]) == seen[0]
    async with database.transaction(Role.SYNC) as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit_blinds WHERE subject = $1", ANN) == 1

"""An operation PostgreSQL can never take is set aside, shown, dropped, or tried again by the server."""

from collections.abc import AsyncIterator

import pytest

from sertantai.audit.verify import verify
from sertantai.backend import Backend
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import NotFound
from sertantai.core.ids import OperationId, OwnerId, UserId
from sertantai.core.operations import BulkSelect, Origin
from sertantai.engine.rejection_retries import RejectionRetries
from sertantai.postgres import Role
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from sertantai.sync.rejections import RejectedOperation, Rejections
from tests.fixtures.postgres import short_directory
from tests.postgres.sync.conftest import ADD_USER, MISSING, backend_of_its_own, tick

TOLD = "SELECT subject, body FROM audit_notices WHERE kind = 'rejected' ORDER BY told"
ADD_MISSING = """
INSERT INTO uk_lrt_records (record_no, name) OVERRIDING SYSTEM VALUE VALUES ($1, 'UK_uksi_2026_1')
"""


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    async with backend_of_its_own(apart=False) as running:
        yield running


@pytest.fixture
async def rejected(backend: Backend, owner: OwnerId) -> RejectedOperation:
    """The selection of a record that the database does not have."""
    await tick(backend, owner, 1, MISSING, 2)
    await backend.engine.flush()
    (found,) = await Rejections(backend.database).waiting()
    return found


async def test_it_is_shown_and_everything_else_flows(
    backend: Backend, owner: OwnerId, rejected: RejectedOperation
) -> None:
    assert (rejected.user_id, rejected.action, rejected.state) == (owner, "select", "waiting")
    found = await verify(backend.database)
    assert (found.clean, found.rows) == (True, 2)


async def test_the_log_is_told_that_one_is_set_aside_and_dropped(
    backend: Backend, owner: OwnerId, rejected: RejectedOperation
) -> None:
    rejections = Rejections(backend.database, backend.notices)
    with pytest.raises(NotFound):
        await rejections.drop([rejected.id, new_id()])
    assert await rejections.drop(None) == 1
    async with backend.database.transaction(Role.AUDITOR) as connection:
        rows = await connection.fetch(TOLD)
    first, second = [(row["subject"], row["body"]) for row in rows]
    assert first[0] == owner
    said = {name: first[1][name] for name in ("what", "operation", "action", "code", "position")}
    assert said == {
        "what": "set_aside",
        "operation": str(rejected.operation_id),
        "action": "select",
        "code": rejected.code,
        "position": rejected.position,
    }
    assert second == (
        None,
        {
            "what": "dropped",
            "way": "operator",
            "operations": [[str(rejected.operation_id), rejected.position]],
        },
    )


async def test_a_dropped_one_stays_to_be_seen(backend: Backend, rejected: RejectedOperation) -> None:
    rejections = Rejections(backend.database)

    assert await rejections.drop([rejected.id]) == 1

    assert await rejections.waiting() == []
    assert [r.state for r in await rejections.all()] == ["dropped"]
    with pytest.raises(NotFound):
        await rejections.drop([rejected.id])


async def test_a_retry_is_performed_by_the_server_once_its_cause_is_gone(
    backend: Backend, owner: OwnerId, rejected: RejectedOperation
) -> None:
    async with backend.database.transaction(Role.REGISTER) as connection:
        await connection.execute(ADD_MISSING, MISSING)
    rejections = Rejections(backend.database)
    retries = RejectionRetries(backend.database, backend.engine, backend.effects.of)

    assert await retries.retry_requested() == 0, "nobody has asked"
    assert await rejections.request_retry(None) == 1
    await retries.retry_requested()  # unless the backend's own was quicker

    await backend.engine.flush()
    assert [r.state for r in await rejections.all()] == ["retried"]
    group = (await backend.engine.state(owner)).default_group()
    assert group is not None
    assert MISSING in group.records
    found = await verify(backend.database)
    assert (found.clean, found.rows) == (True, 3)


async def test_a_retry_whose_cause_remains_is_rejected_anew(
    backend: Backend, rejected: RejectedOperation
) -> None:
    rejections = Rejections(backend.database)
    await rejections.request_retry([rejected.id])
    await RejectionRetries(backend.database, backend.engine, backend.effects.of).retry_requested()
    await backend.engine.flush()

    assert [r.state for r in await rejections.all()] == ["retried", "waiting"]


async def test_a_retry_that_was_performed_before_a_crash_is_not_performed_again(
    backend: Backend, owner: OwnerId, rejected: RejectedOperation
) -> None:
    async with backend.database.transaction(Role.REGISTER) as connection:
        await connection.execute(ADD_MISSING, MISSING)
    rejections = Rejections(backend.database)
    await rejections.request_retry(None)
    retries = RejectionRetries(backend.database, backend.engine, backend.effects.of)
    await retries.retry_requested()
    async with backend.database.transaction(Role.SYNC) as connection:  # as if it had not been said
        await connection.execute(
            "UPDATE sync_rejections SET resolved_at = NULL, resolution = NULL, retry_requested_at = now()"
        )
    position = backend.journal.last

    await retries.retry_requested()

    assert backend.journal.last == position
    assert await rejections.waiting() == []


async def test_a_retry_does_the_rest_of_what_was_written_in_part() -> None:
    """A large operation is written in parts; the last of them is refused here."""
    with short_directory() as home:
        settings = Settings(data_dir=str(home / "data"), sync_batch_records_max=1)
        async with Backend(settings, durable=False) as backend:
            user = OwnerId(new_id())
            async with backend.database.transaction(Role.ACCOUNTS, user) as connection:
                await connection.execute(ADD_USER, user)
            group = (await backend.engine.state(user)).default_group()
            assert group is not None
            await backend.engine.perform(
                BulkSelect(
                    id=OperationId(new_id()),
                    owner=user,
                    group=group.id,
                    at=backend.clock.now(),
                    origin=Origin(UserId(user)),
                    records=pack(bitmap([1, 2, MISSING])),
                )
            )
            await backend.engine.flush()
            rejections = Rejections(backend.database)
            (waiting,) = await rejections.waiting()
            waits = OperationId(waiting.operation_id or new_id())
            effect = (await backend.effects.of(user, waits, backend.journal.last)).answer
            assert effect is not None
            assert sorted(effect.added) == [1, 2]
            async with backend.database.transaction(Role.REGISTER) as connection:
                await connection.execute(ADD_MISSING, MISSING)
            await rejections.request_retry(None)
            await RejectionRetries(backend.database, backend.engine, backend.effects.of).retry_requested()
            await backend.engine.flush()
            group = (await backend.engine.state(user)).default_group()
            assert group is not None
            assert set(group.records) == {1, 2, MISSING}
            assert (await verify(backend.database)).clean

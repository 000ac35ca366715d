"""Second factors at rest: sealed, sealed anew after a rotation, and worth nothing without the keys."""

from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from sertantai.accounts.errors import SecondFactorWrong
from sertantai.accounts.keys.signing_keys import LOOK_AGAIN_AFTER_S
from sertantai.accounts.model import User
from sertantai.accounts.second_factor.resealing import OLDER_KEPT
from sertantai.accounts.service import SEALING_FOLDER, Accounts
from sertantai.core.clock import ManualClock
from sertantai.process.settings import Settings
from tests.postgres.accounts.conftest import PASSWORD, Opener
from tests.postgres.accounts.test_second_factor import EMAIL, enter, switched_on

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
REFUSING = """
CREATE FUNCTION refuse_this() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = 'restrict_violation'; END $$
"""


@pytest.fixture
async def ann(accounts: Accounts) -> User:
    return await accounts.register(EMAIL, PASSWORD)


async def stored(superuser: Superuser) -> str:
    found: str = await superuser.fetchval("SELECT secret FROM user_second_factors")
    return found


async def test_the_database_alone_does_not_hold_the_secret(
    accounts: Accounts, ann: User, superuser: Superuser
) -> None:
    secret = await accounts.second_factors.prepare(ann.user_id)
    kept = await stored(superuser)
    assert secret not in kept
    assert kept.startswith(f"sealed1:{accounts.sealing_keys.current.key_id}:")
    assert await accounts.second_factors.prepare(ann.user_id) == secret


async def test_a_secret_that_an_older_version_kept_open_works_and_is_sealed(
    accounts: Accounts, ann: User, clock: ManualClock, superuser: Superuser
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    secret = (await accounts.second_factors.find(ann.user_id) or pytest.fail("none")).secret
    await superuser.execute("UPDATE user_second_factors SET secret = $1", secret)
    assert await enter(accounts, authenticator.code()) == ann.user_id
    assert await accounts.resealing.sweep() == 1
    assert (await stored(superuser)).startswith("sealed1:")
    clock.advance(30)
    assert await enter(accounts, authenticator.code()) == ann.user_id


async def test_what_was_kept_open_is_sealed_by_the_next_start(
    open_accounts: Opener, superuser: Superuser
) -> None:
    first = await open_accounts()
    ann = await first.register(EMAIL, PASSWORD)
    secret = await first.second_factors.prepare(ann.user_id)
    await superuser.execute("UPDATE user_second_factors SET secret = $1", secret)
    second = await open_accounts()
    await second.resealing.swept.wait()
    assert (await stored(superuser)).startswith("sealed1:")


async def test_a_rotation_seals_anew_and_takes_the_older_key_away_once_nothing_needs_it(
    accounts: Accounts, ann: User, clock: ManualClock, superuser: Superuser, settings: Settings
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    old = accounts.sealing_keys.current.key_id
    clock.advance(60)
    await accounts.rotate_keys()
    new = accounts.sealing_keys.current.key_id
    assert new != old
    assert (await stored(superuser)).startswith(f"sealed1:{new}:")
    assert await enter(accounts, authenticator.code()) == ann.user_id
    files = Path(settings.data_dir) / SEALING_FOLDER
    assert len([*files.iterdir()]) == 2, "another server may still seal with it"
    clock.advance(OLDER_KEPT.total_seconds())
    await accounts.resealing.sweep()
    assert [path.stem for path in files.iterdir()] == [new]
    assert await enter(accounts, authenticator.code()) == ann.user_id


async def test_one_that_cannot_be_sealed_anew_keeps_its_key_and_no_other_waiting(
    accounts: Accounts, clock: ManualClock, superuser: Superuser, settings: Settings
) -> None:
    people = [await accounts.register(email, PASSWORD) for email in (EMAIL, "bob@example.org")]
    for one in people:
        await switched_on(accounts, one, clock)
        clock.advance(60)
    refused, other = sorted(one.user_id for one in people)
    await superuser.execute(REFUSING)
    await superuser.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE ON user_second_factors FOR EACH ROW"
        f" WHEN (OLD.user_id = '{refused}') EXECUTE FUNCTION refuse_this()"
    )
    await accounts.rotate_keys()
    clock.advance(OLDER_KEPT.total_seconds())
    await accounts.resealing.sweep()
    new = accounts.sealing_keys.current.key_id
    sealed = "SELECT secret FROM user_second_factors WHERE user_id = $1"
    assert (await superuser.fetchval(sealed, other)).startswith(f"sealed1:{new}:")
    assert len([*(Path(settings.data_dir) / SEALING_FOLDER).iterdir()]) == 2, (
        "the other one is sealed with it"
    )


async def test_a_rotation_by_another_process_is_followed_without_a_restart(
    open_accounts: Opener, clock: ManualClock, superuser: Superuser
) -> None:
    server, command = await open_accounts(), await open_accounts()
    ann = await server.register(EMAIL, PASSWORD)
    authenticator, _ = await switched_on(server, ann, clock)
    before = server.keys.current
    clock.advance(60)
    await command.rotate_keys()
    clock.advance(LOOK_AGAIN_AFTER_S)
    assert await enter(server, authenticator.code()) == ann.user_id
    assert server.keys.current == command.keys.current != before
    assert server.sealing_keys.current == command.sealing_keys.current


async def test_no_key_is_taken_away_while_something_is_sealed_with_it(
    accounts: Accounts, ann: User, clock: ManualClock, superuser: Superuser
) -> None:
    await switched_on(accounts, ann, clock)
    old, kept = accounts.sealing_keys.current.key_id, await stored(superuser)
    clock.advance(60)
    await accounts.rotate_keys()
    # A row that cannot be opened: it was made another user's, say. Its key may still be wanted.
    await superuser.execute("UPDATE user_second_factors SET secret = $1 || 'x'", kept[:-4])
    clock.advance(OLDER_KEPT.total_seconds())
    await accounts.resealing.sweep()
    assert accounts.sealing_keys.find(old) is not None


async def test_without_the_keys_codes_are_wrong_and_recovery_codes_still_let_in(
    accounts: Accounts, ann: User, clock: ManualClock, settings: Settings
) -> None:
    authenticator, recovery_codes = await switched_on(accounts, ann, clock)
    accounts.sealing_keys.add()
    for key_id in accounts.sealing_keys.older():
        accounts.sealing_keys.remove(key_id)
    with pytest.raises(SecondFactorWrong):
        await enter(accounts, authenticator.code())
    assert await enter(accounts, recovery_codes[0]) == ann.user_id

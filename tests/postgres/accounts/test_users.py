"""Users: made once for each address, found whatever the case, checked at the same cost for everybody."""

from datetime import timedelta

import asyncpg
import bcrypt
import pytest

from sertantai.accounts import administration
from sertantai.accounts.errors import AccountDisabled, EmailTaken, PasswordRefused, WrongCredentials
from sertantai.accounts.passwords.hashes import OWN_PREFIX
from sertantai.accounts.service import Accounts
from sertantai.accounts.sign_in import Whereabouts
from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput
from sertantai.core.security_events import SecurityEventKind
from sertantai.process.new_ids import new_id
from tests.postgres.accounts.conftest import PASSWORD, Opener, RecordedEvents

HERE = Whereabouts("192.0.2.7")


async def test_who_registers_can_sign_in_whatever_the_case(
    accounts: Accounts, events: RecordedEvents
) -> None:
    user = await accounts.sign_up.register("Ann@Example.org", PASSWORD, HERE)
    assert user is not None
    assert user.email == "Ann@Example.org"
    assert (await accounts.authenticate("ann@EXAMPLE.ORG", PASSWORD)).user_id == user.user_id
    assert (SecurityEventKind.SIGNED_UP, user.user_id, "192.0.2.7") in events.seen


async def test_an_address_has_one_account_whatever_the_case(accounts: Accounts) -> None:
    await accounts.register("ann@example.org", PASSWORD)
    with pytest.raises(EmailTaken) as refused:
        await accounts.register("ANN@example.org", PASSWORD)
    assert refused.value.field == "email"
    await accounts.register("müller@example.org", PASSWORD)
    with pytest.raises(EmailTaken):
        await accounts.register("MÜLLER@example.org", PASSWORD)


async def test_bad_input_makes_nobody(accounts: Accounts) -> None:
    with pytest.raises(InvalidInput):
        await accounts.register("not an address", PASSWORD)
    with pytest.raises(PasswordRefused):
        await accounts.register("ann@example.org", "password1234")
    with pytest.raises(InvalidInput):
        await accounts.register("ann@example.org", PASSWORD, role="emperor")
    assert [user async for user in administration.list_users(accounts)] == []


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    accounts: Accounts, events: RecordedEvents
) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    with pytest.raises(WrongCredentials) as wrong:
        await accounts.authenticate("ann@example.org", "something else", whereabouts=HERE)
    with pytest.raises(WrongCredentials) as unknown:
        await accounts.authenticate("nobody@example.org", PASSWORD, whereabouts=HERE)
    assert str(wrong.value) == str(unknown.value)
    assert events.seen[-2:] == [
        (SecurityEventKind.SIGN_IN_FAILED, user.user_id, "192.0.2.7"),
        (SecurityEventKind.SIGN_IN_FAILED, None, "192.0.2.7"),
    ]


@pytest.mark.parametrize(
    "email",
    ["ann@example.org", "nobody@example.org", "", "no address", "a\x00b@example.org", "\ud800", "x" * 9_999],
)
async def test_every_failed_sign_in_costs_one_bcrypt(
    accounts: Accounts, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.register("ann@example.org", PASSWORD)
    made: list[bytes] = []
    real = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        made.append(hashed)
        return real(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    with pytest.raises(WrongCredentials):
        await accounts.authenticate(email, "not the password")
    assert len(made) == 1
    assert made[0].startswith(b"$2b$04$")


async def add_foreign(superuser: "asyncpg.Connection[asyncpg.Record]", email: str, cost: int) -> None:
    plain = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()
    await superuser.execute(
        "INSERT INTO users (id, email, hashed_password) VALUES ($1, $2, $3)", new_id(), email, plain
    )


async def hash_of(superuser: "asyncpg.Connection[asyncpg.Record]", email: str) -> str:
    found: str = await superuser.fetchval("SELECT hashed_password FROM users WHERE email = $1", email)
    return found


async def test_a_foreign_hash_signs_in_and_is_replaced_by_ours(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await add_foreign(superuser, "Old@Example.org", 4)
    await accounts.authenticate("old@example.org", PASSWORD)
    assert (await hash_of(superuser, "Old@Example.org")).startswith(OWN_PREFIX)
    await accounts.authenticate("old@example.org", PASSWORD)


async def test_in_a_foreign_table_hashes_stay_what_its_owner_can_check(
    open_accounts: Opener, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute("ALTER TABLE users OWNER TO postgres")
    accounts = await open_accounts(bcrypt_cost=5)
    await add_foreign(superuser, "old@example.org", 4)
    await accounts.authenticate("old@example.org", PASSWORD)
    await accounts.register("new@example.org", PASSWORD)
    for email in ("old@example.org", "new@example.org"):
        stored = await hash_of(superuser, email)
        assert stored.startswith("$2b$05$"), "the cost is ours, the form its owner's"
        assert bcrypt.checkpw(PASSWORD.encode(), stored.encode())
        await accounts.authenticate(email, PASSWORD)
    with pytest.raises(PasswordRefused, match="72 bytes"):
        await accounts.register("long@example.org", PASSWORD * 3)


async def test_no_hash_is_replaced_where_the_setting_says_so(
    open_accounts: Opener, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    accounts = await open_accounts(password_rehash_at_sign_in=False)
    await add_foreign(superuser, "old@example.org", 4)
    before = await hash_of(superuser, "old@example.org")
    await accounts.authenticate("old@example.org", PASSWORD)
    assert await hash_of(superuser, "old@example.org") == before


async def test_a_disabled_user_is_told_so_only_with_the_right_password(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    await superuser.execute("UPDATE users SET disabled_at = now() WHERE id = $1", user.user_id)
    with pytest.raises(AccountDisabled):
        await accounts.authenticate("ann@example.org", PASSWORD)
    with pytest.raises(WrongCredentials):
        await accounts.authenticate("ann@example.org", "something else")


async def test_a_user_without_a_password_cannot_sign_in(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute("INSERT INTO users (id, email) VALUES ($1, 'guest@example.org')", new_id())
    for password in ("", PASSWORD):
        with pytest.raises(WrongCredentials):
            await accounts.authenticate("guest@example.org", password)


async def test_the_command_line_makes_admins_and_lists_all_in_order(
    accounts: Accounts, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "PAGE_USERS", 2)
    made = []
    for number in range(5):
        clock.advance(timedelta(seconds=1).total_seconds())
        made.append(
            await administration.create_user(accounts, f"user{number}@example.org", PASSWORD, "admin")
        )
    assert [user async for user in administration.list_users(accounts)] == made
    assert {user.role for user in made} == {"admin"}
    assert all(user.confirmed_at for user in made)

"""The second factor: asked for once it is on, good once, and never a way around."""

from datetime import datetime

import asyncpg
import httpx
import pyotp
import pytest

from sertantai.accounts.errors import (
    SecondFactorNeeded,
    SecondFactorWrong,
    SignInDelayed,
    StepExpired,
    WrongCredentials,
)
from sertantai.accounts.model import User
from sertantai.accounts.service import Accounts
from sertantai.accounts.sign_in import Whereabouts
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from tests.postgres.accounts.conftest import PASSWORD, RecordedEvents

EMAIL = "ann@example.org"
ORIGIN = Whereabouts("192.0.2.7")


class Authenticator:
    """What Ann has on her telephone."""

    def __init__(self, secret: str, clock: ManualClock) -> None:
        self._totp = pyotp.TOTP(secret)
        self._clock = clock

    def code(self, seconds_ago: int = 0) -> str:
        now: datetime = self._clock.now()
        return self._totp.at(int(now.timestamp()) - seconds_ago)


@pytest.fixture
async def ann(accounts: Accounts) -> User:
    return await accounts.register(EMAIL, PASSWORD)


async def switched_on(accounts: Accounts, ann: User, clock: ManualClock) -> tuple[Authenticator, list[str]]:
    authenticator = Authenticator(await accounts.second_factors.prepare(ann.user_id), clock)
    codes = await accounts.second_factors.enable(ann.user_id, authenticator.code(), None)
    clock.advance(30)
    return authenticator, codes


async def enter(accounts: Accounts, code: str | None) -> UserId:
    return (await accounts.authenticate(EMAIL, PASSWORD, code=code, whereabouts=ORIGIN)).user_id


async def test_until_it_is_on_nobody_is_asked(accounts: Accounts, ann: User) -> None:
    await accounts.second_factors.prepare(ann.user_id)
    assert await enter(accounts, None) == ann.user_id


async def test_once_on_a_password_alone_opens_nothing(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    with pytest.raises(SecondFactorNeeded):
        await enter(accounts, None)
    with pytest.raises(SecondFactorWrong):
        await enter(accounts, "000000")
    assert await enter(accounts, authenticator.code()) == ann.user_id


async def test_a_code_without_the_password_opens_nothing(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    code = authenticator.code()
    with pytest.raises(WrongCredentials):
        await accounts.authenticate(EMAIL, "something else", code=code)
    assert await enter(accounts, code) == ann.user_id, "and the code is not used up by it"


async def test_a_code_cannot_be_replayed(
    accounts: Accounts, ann: User, clock: ManualClock, events: RecordedEvents
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    code = authenticator.code()
    await enter(accounts, code)
    for older in (code, authenticator.code(seconds_ago=30)):
        with pytest.raises(SecondFactorWrong):
            await enter(accounts, older)
    assert events.kinds.count(SecurityEventKind.SECOND_FACTOR_FAILED) == 2


async def test_the_code_that_switched_it_on_cannot_be_replayed_either(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    with pytest.raises(SecondFactorWrong):
        await enter(accounts, authenticator.code(seconds_ago=30))


async def test_a_recovery_code_is_good_once(
    accounts: Accounts, ann: User, clock: ManualClock, events: RecordedEvents
) -> None:
    _, codes = await switched_on(accounts, ann, clock)
    assert await enter(accounts, codes[0].upper()) == ann.user_id
    assert SecurityEventKind.RECOVERY_CODE_USED in events.kinds
    with pytest.raises(SecondFactorWrong):
        await enter(accounts, codes[0])
    factor = await accounts.second_factors.find(ann.user_id)
    assert factor is not None
    assert factor.codes_left == 9


async def test_new_recovery_codes_make_the_old_ones_worthless(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    _, old = await switched_on(accounts, ann, clock)
    new = await accounts.second_factors.renew_codes(ann.user_id)
    with pytest.raises(SecondFactorWrong):
        await enter(accounts, old[0])
    assert await enter(accounts, new[0]) == ann.user_id


async def test_neither_recovery_codes_nor_anothers_secret_can_be_read_in_the_database(
    accounts: Accounts, ann: User, clock: ManualClock, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    _, codes = await switched_on(accounts, ann, clock)
    rows = await superuser.fetch("SELECT * FROM user_recovery_codes")
    assert not any(code in str([dict(row) for row in rows]) for code in codes)
    await superuser.execute("SET ROLE sertantai_app")
    for table in ("user_second_factors", "user_recovery_codes", "user_one_time_links", "mail_outbox"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await superuser.fetch(f"SELECT * FROM {table}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await superuser.fetch("SELECT token_hash FROM user_api_tokens")


async def test_a_wrong_code_does_not_switch_it_on(accounts: Accounts, ann: User) -> None:
    await accounts.second_factors.prepare(ann.user_id)
    with pytest.raises(SecondFactorWrong):
        await accounts.second_factors.enable(ann.user_id, "000000", None)
    assert await enter(accounts, None) == ann.user_id


async def test_one_that_is_on_cannot_be_replaced_by_setting_up_another(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    with pytest.raises(Conflict):
        await accounts.second_factors.prepare(ann.user_id)
    with pytest.raises(Conflict):
        await accounts.second_factors.enable(ann.user_id, authenticator.code(), None)


async def test_switched_off_it_is_not_asked_for(accounts: Accounts, ann: User, clock: ManualClock) -> None:
    await switched_on(accounts, ann, clock)
    await accounts.second_factors.disable(ann.user_id, None)
    assert await enter(accounts, None) == ann.user_id


async def test_guessing_codes_gets_slow_like_guessing_passwords(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    for _ in range(5):
        with pytest.raises(SecondFactorWrong):
            await enter(accounts, "000000")
    with pytest.raises(SignInDelayed):
        await enter(accounts, authenticator.code())
    clock.advance(900)
    assert await enter(accounts, authenticator.code()) == ann.user_id


async def test_the_step_between_password_and_code_is_short(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    step = await accounts.sign_in.next_step(ann.user_id)
    assert (await accounts.sign_in.with_code(step, authenticator.code(), ORIGIN)).user_id == ann.user_id
    clock.advance(301)
    with pytest.raises(StepExpired):
        await accounts.sign_in.with_code(step, authenticator.code(), ORIGIN)
    for forged in ("", "a.b.c", step[:-2]):
        with pytest.raises(StepExpired):
            await accounts.sign_in.with_code(forged, authenticator.code(), ORIGIN)


async def test_a_step_lets_somebody_in_once(accounts: Accounts, ann: User, clock: ManualClock) -> None:
    authenticator, codes = await switched_on(accounts, ann, clock)
    step = await accounts.sign_in.next_step(ann.user_id)
    await accounts.sign_in.with_code(step, authenticator.code(), ORIGIN)
    clock.advance(60)  # another code, but not another password
    for code in (authenticator.code(), codes[0]):
        with pytest.raises(StepExpired):
            await accounts.sign_in.with_code(step, code, ORIGIN)


async def test_a_step_ends_with_the_password_and_with_the_second_factor(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    authenticator, _ = await switched_on(accounts, ann, clock)
    step = await accounts.sign_in.next_step(ann.user_id)
    await accounts.passwords.change(ann, PASSWORD, "purple monkeys wash dishes", None, None)
    with pytest.raises(StepExpired):
        await accounts.sign_in.with_code(step, authenticator.code(), ORIGIN)
    step = await accounts.sign_in.next_step(ann.user_id)
    await accounts.second_factors.disable(ann.user_id, None)
    with pytest.raises(StepExpired):
        await accounts.sign_in.with_code(step, "", ORIGIN)


async def test_the_step_needs_a_code_even_an_empty_one_is_wrong(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    await switched_on(accounts, ann, clock)
    with pytest.raises(SecondFactorWrong):
        await accounts.sign_in.with_code(await accounts.sign_in.next_step(ann.user_id), "", ORIGIN)


async def test_a_request_sent_again_under_its_key_does_not_use_a_code_again(
    accounts: Accounts, ann: User, clock: ManualClock, browser: httpx.AsyncClient
) -> None:
    """Whoever has recorded a whole request, password, code and all, gets nothing for it."""
    authenticator, _ = await switched_on(accounts, ann, clock)
    body = {"email": EMAIL, "password": PASSWORD, "code": authenticator.code()}
    key = {"idempotency-key": "recorded"}
    first = await browser.post("/api/v1/auth/token", json=body, headers=key)
    again = await browser.post("/api/v1/auth/token", json=body, headers=key)
    assert (first.status_code, again.status_code) == (200, 401)
    assert again.json()["code"] == "second_factor_wrong"

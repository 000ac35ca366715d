"""Signing in gets slow for whoever guesses, and says for how long."""

import pytest

from sertantai.accounts.errors import EmailTaken, SignInDelayed, WrongCredentials, WrongPassword
from sertantai.accounts.model import User
from sertantai.accounts.service import Accounts
from sertantai.accounts.sign_in import Whereabouts
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.postgres import Database
from tests.postgres.accounts.conftest import PASSWORD, Opener, RecordedEvents, link_in, mails_of

EMAIL = "ann@example.org"
NEW_PASSWORD = "purple monkeys wash dishes"
HOME = Whereabouts("192.0.2.7")
ELSEWHERE = Whereabouts("198.51.100.1")


@pytest.fixture
async def ann(accounts: Accounts) -> User:
    return await accounts.register(EMAIL, PASSWORD)


async def guess(accounts: Accounts, email: str, whereabouts: Whereabouts, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            await accounts.authenticate(email, "something else", whereabouts=whereabouts)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org", "no address at all"])
async def test_the_sixth_guess_must_wait_whether_the_account_exists_or_not(
    accounts: Accounts, ann: User, email: str, events: RecordedEvents
) -> None:
    await guess(accounts, email, ELSEWHERE, 5)
    with pytest.raises(SignInDelayed) as delayed:
        await accounts.authenticate(email, PASSWORD, whereabouts=ELSEWHERE)
    assert delayed.value.retry_after_s == 2
    assert events.kinds[-1] is SecurityEventKind.SIGN_IN_DELAYED


async def test_the_case_of_the_address_does_not_make_another_account(accounts: Accounts, ann: User) -> None:
    await guess(accounts, EMAIL, ELSEWHERE, 3)
    await guess(accounts, EMAIL.upper(), ELSEWHERE, 2)
    with pytest.raises(SignInDelayed):
        await accounts.authenticate(EMAIL, PASSWORD, whereabouts=ELSEWHERE)


async def test_the_owner_gets_in_during_an_attack_from_elsewhere(accounts: Accounts, ann: User) -> None:
    await accounts.authenticate(EMAIL, PASSWORD, whereabouts=HOME)
    cookie = accounts.device_cookie(ann, "", HOME.ip)
    assert cookie is not None
    await guess(accounts, EMAIL, ELSEWHERE, 5)
    with pytest.raises(SignInDelayed):
        await accounts.authenticate(EMAIL, PASSWORD, whereabouts=Whereabouts("203.0.113.5"))
    await accounts.authenticate(EMAIL, PASSWORD, whereabouts=HOME)
    await accounts.authenticate(EMAIL, PASSWORD, whereabouts=Whereabouts("203.0.113.5", cookie))


async def test_after_waiting_as_told_the_right_password_opens(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    await guess(accounts, EMAIL, ELSEWHERE, 5)
    with pytest.raises(SignInDelayed) as delayed:
        await accounts.authenticate(EMAIL, PASSWORD, whereabouts=ELSEWHERE)
    assert delayed.value.retry_after_s is not None
    clock.advance(delayed.value.retry_after_s)
    assert (await accounts.authenticate(EMAIL, PASSWORD, whereabouts=ELSEWHERE)).user_id == ann.user_id


async def test_whoever_holds_the_mailbox_is_let_in_during_an_attack(accounts: Accounts, ann: User) -> None:
    await guess(accounts, EMAIL, ELSEWHERE, 5)
    await accounts.request_password_reset(EMAIL)
    (mail,) = await mails_of(accounts)
    token = link_in(mail.body).partition("token=")[2]
    await accounts.passwords.reset(token, NEW_PASSWORD, None)
    await accounts.authenticate(EMAIL, NEW_PASSWORD, whereabouts=HOME)


async def test_an_outage_is_nobodys_failure(accounts: Accounts, ann: User, database: Database) -> None:
    await database.stop()
    for _ in range(20):
        with pytest.raises(DatabaseUnavailable):
            await accounts.authenticate(EMAIL, PASSWORD, whereabouts=HOME)


async def test_asking_which_addresses_are_taken_gets_slow_too(accounts: Accounts, ann: User) -> None:
    for _ in range(30):
        with pytest.raises(EmailTaken):
            await accounts.sign_up.register(EMAIL, PASSWORD, ELSEWHERE)
    with pytest.raises(SignInDelayed):
        await accounts.sign_up.register("new@example.org", PASSWORD, ELSEWHERE)
    assert await accounts.sign_up.register("new@example.org", PASSWORD, HOME) is not None


async def test_guessing_the_current_password_in_a_stolen_session_gets_slow(
    accounts: Accounts, ann: User
) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await accounts.passwords.require_password(ann.user_id, "something else")
    with pytest.raises(SignInDelayed):
        await accounts.passwords.require_password(ann.user_id, PASSWORD)
    assert (await accounts.authenticate(EMAIL, PASSWORD, whereabouts=HOME)).user_id == UserId(ann.user_id)


async def test_load_tests_may_switch_it_off(open_accounts: Opener) -> None:
    accounts = await open_accounts(rate_limits_enabled=False)
    await accounts.register(EMAIL, PASSWORD)
    await guess(accounts, EMAIL, ELSEWHERE, 40)
    await accounts.authenticate(EMAIL, PASSWORD, whereabouts=ELSEWHERE)

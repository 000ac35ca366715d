"""A domain with letters of its own is sent in ASCII by browsers: both spellings are one account."""

from datetime import timedelta

import asyncpg
import httpx
import msgspec
import pytest

from sertantai.accounts.errors import EmailTaken, SignInDelayed, WrongCredentials
from sertantai.accounts.mail.outbox import Mail
from sertantai.accounts.mail.sender import as_message
from sertantai.accounts.service import Accounts
from sertantai.accounts.sign_in import Whereabouts
from sertantai.audit.reports import find_owner
from sertantai.cli.health_checks import Finding, Verdict, examine_database
from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.lists.named_owner import owner_named
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from tests.postgres.accounts.conftest import PASSWORD, Opener, mails_of, sign_in, visit

TYPED = "anna@müller.example"
SENT = "anna@xn--mller-kva.example"
OTHER_PASSWORD = "another battery horse staple"
SPELLINGS = pytest.mark.parametrize(("first", "second"), [(TYPED, SENT), (SENT, TYPED)])
API = "/api/v1"


async def rename(superuser: "asyncpg.Connection[asyncpg.Record]", user_id: UserId, email: str) -> None:
    """Make the account one of before, when addresses were stored as they came."""
    await superuser.execute("UPDATE users SET email = $2 WHERE id = $1", user_id, email)


async def found(accounts: Accounts, email: str) -> UserId | None:
    user = await accounts.credentials.find(email)
    return user.user_id if user else None


@SPELLINGS
async def test_a_mailbox_has_one_account_that_both_spellings_enter(
    accounts: Accounts, browser: httpx.AsyncClient, database: Database, first: str, second: str
) -> None:
    made = await browser.post(f"{API}/auth/register", json={"email": first, "password": PASSWORD})
    assert (made.status_code, made.json()["user"]["email"]) == (201, TYPED)
    again = await browser.post(f"{API}/auth/register", json={"email": second, "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    for email in (first, second, second.upper()):
        answer = await browser.post(f"{API}/auth/token", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, email
        assert str(await found(accounts, email)) == made.json()["user"]["id"]
        assert str(await find_owner(database, email)) == made.json()["user"]["id"]
    assert (await sign_in(browser, second)).goes_to == "/records"


@SPELLINGS
async def test_an_account_of_before_is_found_by_both_and_the_other_cannot_be_made(
    accounts: Accounts,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    database: Database,
    clock: ManualClock,
    first: str,
    second: str,
) -> None:
    user = await accounts.register(TYPED, PASSWORD)
    await rename(superuser, user.user_id, first)
    for email in (first, second):
        assert (await accounts.authenticate(email, PASSWORD)).user_id == user.user_id
        assert await owner_named(database, clock, email) == user.user_id
        with pytest.raises(EmailTaken):
            await accounts.register(email, PASSWORD)


async def test_two_accounts_of_before_both_work_each_with_its_password(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    sent = await accounts.register("elsewhere@example.org", PASSWORD)
    typed = await accounts.register(TYPED, OTHER_PASSWORD)
    await rename(superuser, sent.user_id, SENT)
    for email in (TYPED, SENT):
        assert (await accounts.authenticate(email, PASSWORD)).user_id == sent.user_id
        assert (await accounts.authenticate(email, OTHER_PASSWORD)).user_id == typed.user_id
        with pytest.raises(WrongCredentials):
            await accounts.authenticate(email, "neither of the two")
    assert await found(accounts, SENT) == sent.user_id
    assert await found(accounts, TYPED) == typed.user_id


async def test_the_doctor_names_two_accounts_of_one_mailbox(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]", database_dsn: str, settings: Settings
) -> None:
    async def finding() -> Finding:
        examined = await examine_database(msgspec.structs.replace(settings, database_url=database_dsn))
        return next(one for one in examined if one.check == "accounts")

    user = await accounts.register("elsewhere@example.org", PASSWORD)
    await accounts.register(TYPED, PASSWORD)
    assert (await finding()).verdict is Verdict.OK
    await rename(superuser, user.user_id, SENT)
    assert (await finding()).verdict is Verdict.WARNING
    assert f"{TYPED} = {SENT}" in (await finding()).found


async def test_wrong_passwords_count_for_the_account_in_whichever_spelling(open_accounts: Opener) -> None:
    accounts = await open_accounts(sign_in_free_failures=2)
    await accounts.register(TYPED, PASSWORD)
    for number, email in enumerate((TYPED, SENT)):
        with pytest.raises(WrongCredentials):
            await accounts.authenticate(email, "wrong", whereabouts=Whereabouts(f"192.0.2.{number}"))
    with pytest.raises(SignInDelayed):
        await accounts.authenticate(SENT.upper(), PASSWORD, whereabouts=Whereabouts("192.0.2.9"))


async def test_a_reset_asked_for_in_the_other_spelling_reaches_the_account(
    accounts: Accounts, browser: httpx.AsyncClient
) -> None:
    await accounts.register(TYPED, PASSWORD)
    answer = await (await visit(browser, "/forgot-password")).send("/forgot-password", email=SENT)
    assert TYPED in answer.response.text, "shown as it was typed"
    await accounts.mail.done()
    assert [mail.recipient for mail in await mails_of(accounts)] == [TYPED]


async def test_mail_goes_to_the_form_that_every_mail_server_takes(clock: ManualClock) -> None:
    mail = Mail(new_id(), "Anna@müller.example", "Hello", "Text", clock.now() - timedelta(seconds=1))
    message = as_message(mail, "Gesetze <gesetze@bücher.example>")
    assert message["To"] == "Anna@xn--mller-kva.example"
    assert message["From"] == "Gesetze <gesetze@xn--bcher-kva.example>"


@pytest.mark.parametrize("email", ["anna@xn--a.example", "anna@❤.example", "anna@" + "ü" * 63 + ".example"])
async def test_a_domain_that_cannot_be_is_said_so(browser: httpx.AsyncClient, email: str) -> None:
    answer = await browser.post(f"{API}/auth/register", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 422
    assert "not a valid domain" in answer.json()["detail"]

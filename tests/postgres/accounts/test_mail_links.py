"""Links in mails: one use, a while, one purpose; and nobody learns from asking for one."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from sertantai.accounts.errors import (
    ConfirmationNeeded,
    LinkRefused,
    PasswordRefused,
    SignInToConfirm,
    TokenRefused,
    WrongCredentials,
    WrongPassword,
)
from sertantai.accounts.mail.links import LINKS_PER_HOUR_MAX
from sertantai.accounts.mail.outbox import Mail
from sertantai.accounts.model import SessionKind, User
from sertantai.accounts.service import Accounts
from sertantai.accounts.sign_in import Whereabouts
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, DatabaseUnavailable, RateLimited
from sertantai.core.security_events import SecurityEventKind
from sertantai.postgres import Database
from tests.postgres.accounts.conftest import PASSWORD, Opener, RecordedEvents, link_in, mails_of

EMAIL = "ann@example.org"
NEW_PASSWORD = "purple monkeys wash dishes"
HERE = Whereabouts("192.0.2.7")


@pytest.fixture
async def ann(accounts: Accounts) -> User:
    return await accounts.register(EMAIL, PASSWORD)


def token_in(mail: Mail) -> str:
    return parse_qs(urlsplit(link_in(mail.body)).query)["token"][0]


async def reset_token(accounts: Accounts, email: str = EMAIL) -> str:
    before = {mail.mail_id for mail in await mails_of(accounts)}
    await accounts.request_password_reset(email)
    (new,) = [mail for mail in await mails_of(accounts) if mail.mail_id not in before]
    return token_in(new)


# -------------------------------------------------------------------------------- forgotten passwords


async def test_a_forgotten_password_is_replaced_through_the_mailbox(
    accounts: Accounts, ann: User, events: RecordedEvents
) -> None:
    token = await reset_token(accounts, EMAIL.upper())
    await accounts.passwords.reset(token, NEW_PASSWORD, HERE.ip)
    assert (await accounts.authenticate(EMAIL, NEW_PASSWORD)).user_id == ann.user_id
    with pytest.raises(WrongCredentials):
        await accounts.authenticate(EMAIL, PASSWORD)
    assert (SecurityEventKind.PASSWORD_RESET, ann.user_id, HERE.ip) in events.seen


async def test_the_link_leads_to_the_public_address_of_this_server(open_accounts: Opener) -> None:
    accounts = await open_accounts(public_url="https://laws.example.org/")
    await accounts.register(EMAIL, PASSWORD)
    await accounts.request_password_reset(EMAIL)
    (mail,) = await mails_of(accounts)
    assert mail.recipient == EMAIL
    assert "https://laws.example.org/reset-password?token=" in mail.body


async def test_nobody_but_the_mailbox_sees_a_link(
    open_accounts: Opener, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    sending, keeping = await open_accounts(), await open_accounts(has_mail_server=False)
    for accounts, email in ((sending, "a@example.org"), (keeping, "b@example.org")):
        await accounts.register(email, PASSWORD)
        await accounts.request_password_reset(email)
        await accounts.mail.done()
        newest, *_ = await accounts.outbox.list()
        assert (newest.recipient, newest.body) == (email, "")
    # Without a server it goes nowhere, and is not kept where somebody else could find it.
    texts = {mail.recipient: mail.body for mail in await mails_of(sending)}
    assert texts["b@example.org"] == ""
    assert "/reset-password?token=" in texts["a@example.org"]
    said = capsys.readouterr()
    assert "token=" not in said.out + said.err + caplog.text


async def test_an_operator_hands_over_a_link_that_works_once(
    open_accounts: Opener, events: RecordedEvents
) -> None:
    accounts = await open_accounts(has_mail_server=False)
    user = await accounts.register(EMAIL, PASSWORD)
    token = parse_qs(urlsplit(await accounts.reset_link(user)).query)["token"][0]
    assert events.kinds[-1] is SecurityEventKind.PASSWORD_RESET_REQUESTED
    assert await accounts.outbox.list() == []
    await accounts.passwords.reset(token, NEW_PASSWORD, None)
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(token, NEW_PASSWORD, None)
    await accounts.authenticate(EMAIL, NEW_PASSWORD)


async def test_all_sessions_and_tokens_end_with_the_forgotten_password(accounts: Accounts, ann: User) -> None:
    cookie = await accounts.open_session(ann, SessionKind.COOKIE)
    script, _ = await accounts.api_tokens.create(ann.user_id, ann.role, "script", ["read"], 30, None)
    await accounts.resolve_cookie(cookie.token)
    await accounts.resolve_bearer(script)
    await accounts.passwords.reset(await reset_token(accounts), NEW_PASSWORD, None)
    with pytest.raises(TokenRefused):
        await accounts.resolve_cookie(cookie.token)
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(script)


async def test_a_link_works_once(accounts: Accounts, ann: User, events: RecordedEvents) -> None:
    token = await reset_token(accounts)
    await accounts.passwords.reset(token, NEW_PASSWORD, None)
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(token, "another good long one", None)
    with pytest.raises(LinkRefused):
        await accounts.passwords.look_at(token)
    assert events.kinds[-1] is SecurityEventKind.LINK_REFUSED


async def test_a_link_expires(accounts: Accounts, ann: User, clock: ManualClock) -> None:
    token = await reset_token(accounts)
    clock.advance(timedelta(hours=1).total_seconds())
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(token, NEW_PASSWORD, None)


async def test_a_new_password_makes_every_older_link_worthless(accounts: Accounts, ann: User) -> None:
    first, second = await reset_token(accounts), await reset_token(accounts)
    assert first != second
    await accounts.passwords.reset(second, NEW_PASSWORD, None)
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(first, "another good long one", None)
    third = await reset_token(accounts)
    await accounts.passwords.change(ann, NEW_PASSWORD, "yet another good long one", None, None)
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(third, "another good long one", None)


async def test_looking_at_a_link_or_choosing_a_bad_password_does_not_use_it_up(
    accounts: Accounts, ann: User
) -> None:
    token = await reset_token(accounts)
    await accounts.passwords.look_at(token)
    with pytest.raises(PasswordRefused):
        await accounts.passwords.reset(token, "password1234", None)
    await accounts.passwords.reset(token, NEW_PASSWORD, None)


async def test_a_link_to_an_address_that_the_user_has_no_more_is_worthless(
    accounts: Accounts, ann: User, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    token = await reset_token(accounts)
    await superuser.execute("UPDATE users SET email = 'new@example.org'")
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(token, NEW_PASSWORD, None)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 100_000, "\ud800", "\x00"])
async def test_forged_links_are_refused_and_where_they_came_from_is_noted(
    accounts: Accounts, ann: User, token: str, events: RecordedEvents
) -> None:
    """By address: trying many is worth an alert."""
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(token, NEW_PASSWORD, HERE.ip)
    with pytest.raises(LinkRefused):
        await accounts.confirmation.confirm(token, None, HERE.ip)
    with pytest.raises(LinkRefused):
        await accounts.passwords.look_at(token, HERE.ip)
    assert events.seen[-3:] == [(SecurityEventKind.LINK_REFUSED, None, HERE.ip)] * 3


async def test_a_link_for_one_purpose_is_none_for_another(accounts: Accounts, ann: User) -> None:
    token = await reset_token(accounts)
    with pytest.raises(LinkRefused):
        await accounts.confirmation.confirm(token, None, None)
    await accounts.passwords.look_at(token)


@pytest.mark.parametrize("email", ["nobody@example.org", "no address", "", "a\x00b@example.org", "x" * 9_999])
async def test_for_an_address_without_account_nothing_is_written_and_nothing_said(
    accounts: Accounts, ann: User, email: str
) -> None:
    await accounts.request_password_reset(email)
    assert await mails_of(accounts) == []


async def test_a_disabled_user_gets_no_link(accounts: Accounts, ann: User) -> None:
    token = await reset_token(accounts)
    await accounts.set_disabled(ann.user_id, disabled=True)
    with pytest.raises(LinkRefused):
        await accounts.passwords.reset(token, NEW_PASSWORD, None)
    await accounts.request_password_reset(EMAIL)
    assert len(await mails_of(accounts)) == 1


async def test_nobody_can_fill_anothers_mailbox(accounts: Accounts, ann: User, clock: ManualClock) -> None:
    for _ in range(LINKS_PER_HOUR_MAX + 15):
        await accounts.request_password_reset(EMAIL)
    assert len(await mails_of(accounts)) == LINKS_PER_HOUR_MAX
    clock.advance(3601)
    await accounts.request_password_reset(EMAIL)
    assert len(await mails_of(accounts)) == LINKS_PER_HOUR_MAX + 1


async def test_with_the_database_away_it_says_so(accounts: Accounts, ann: User, database: Database) -> None:
    await database.stop()
    with pytest.raises(DatabaseUnavailable):
        await accounts.request_password_reset(EMAIL)


# ---------------------------------------------------------------------------------- changed passwords


async def test_a_changed_password_ends_the_other_sessions_and_is_told_by_mail(
    accounts: Accounts, ann: User
) -> None:
    mine = await accounts.open_session(ann, SessionKind.COOKIE)
    other = await accounts.open_session(ann, SessionKind.BEARER)
    await accounts.resolve_bearer(other.token)
    await accounts.passwords.change(ann, PASSWORD, NEW_PASSWORD, mine.session.session_id, None)
    await accounts.resolve_cookie(mine.token)
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(other.token)
    (mail,) = await mails_of(accounts)
    assert "has been changed" in mail.subject
    await accounts.authenticate(EMAIL, NEW_PASSWORD)


async def test_changing_needs_the_current_password_and_a_good_new_one(accounts: Accounts, ann: User) -> None:
    with pytest.raises(WrongPassword) as wrong:
        await accounts.passwords.change(ann, "something else", NEW_PASSWORD, None, None)
    assert wrong.value.field == "current_password"
    with pytest.raises(PasswordRefused) as refused:
        await accounts.passwords.change(ann, PASSWORD, "password1234", None, None)
    assert refused.value.field == "new_password"
    await accounts.authenticate(EMAIL, PASSWORD)


# ------------------------------------------------------------------------------- confirmed addresses


@pytest.fixture
async def confirming(open_accounts: Opener) -> Accounts:
    return await open_accounts(email_confirmation_required=True)


async def test_where_addresses_must_be_confirmed_the_link_opens_the_account(
    confirming: Accounts, events: RecordedEvents
) -> None:
    assert await confirming.sign_up.register(EMAIL, PASSWORD, HERE) is None
    with pytest.raises(ConfirmationNeeded):
        await confirming.authenticate(EMAIL, PASSWORD)
    token = token_in((await mails_of(confirming))[-1])  # trying to sign in has sent another
    await confirming.confirmation.look_at(token, None)
    user_id = await confirming.confirmation.confirm(token, None, HERE.ip)
    assert (await confirming.authenticate(EMAIL, PASSWORD)).user_id == user_id
    assert SecurityEventKind.EMAIL_CONFIRMED in events.kinds
    with pytest.raises(LinkRefused):
        await confirming.confirmation.confirm(token, None, None)


async def test_a_wrong_password_is_not_told_that_confirmation_is_missing(confirming: Accounts) -> None:
    await confirming.sign_up.register(EMAIL, PASSWORD, HERE)
    with pytest.raises(WrongCredentials):
        await confirming.authenticate(EMAIL, "something else")


async def test_registering_again_tells_only_the_owner(confirming: Accounts) -> None:
    await confirming.register(EMAIL, PASSWORD, confirmed=True)
    for _ in range(3):
        assert await confirming.sign_up.register(EMAIL, NEW_PASSWORD, HERE) is None
    (mail,) = await mails_of(confirming)
    assert (mail.recipient, mail.subject) == (EMAIL, "You already have a Sertantai account")
    await confirming.authenticate(EMAIL, PASSWORD)


async def test_nobody_is_made_to_wait_for_having_tried_addresses_that_are_taken(
    open_accounts: Opener,
) -> None:
    """Else who waits, and who does not, would tell which addresses are."""
    accounts = await open_accounts(email_confirmation_required=True, sign_in_free_failures_per_address=2)
    await accounts.register(EMAIL, PASSWORD)
    for _ in range(5):
        assert await accounts.sign_up.register(EMAIL, PASSWORD, HERE) is None


async def test_registering_again_before_confirming_sends_the_link_again(confirming: Accounts) -> None:
    await confirming.sign_up.register(EMAIL, PASSWORD, HERE)
    await confirming.sign_up.register(EMAIL, NEW_PASSWORD, HERE)
    first, second = await mails_of(confirming)
    assert first.subject == second.subject
    await confirming.confirmation.confirm(token_in(second), None, None)
    await confirming.authenticate(EMAIL, PASSWORD)


async def test_a_link_to_set_a_password_confirms_the_address_too(confirming: Accounts) -> None:
    await confirming.sign_up.register(EMAIL, PASSWORD, HERE)
    await confirming.passwords.reset(await reset_token(confirming), NEW_PASSWORD, None)
    await confirming.authenticate(EMAIL, NEW_PASSWORD)


async def test_where_it_is_not_required_an_address_is_confirmed_by_who_is_signed_in_to_the_account(
    accounts: Accounts, ann: User, events: RecordedEvents
) -> None:
    """Whoever made the account may have had the link sent to somebody else's mailbox."""
    await accounts.confirmation.ask(ann)
    (mail,) = await mails_of(accounts)
    assert mail.recipient == EMAIL
    link = token_in(mail)
    other = await accounts.register("ben@example.org", PASSWORD)
    for by in (None, other.user_id):
        with pytest.raises(SignInToConfirm):
            await accounts.confirmation.look_at(link, by)
        with pytest.raises(SignInToConfirm):
            await accounts.confirmation.confirm(link, by, None)
    assert SecurityEventKind.EMAIL_CONFIRMED not in events.kinds
    assert await accounts.confirmation.confirm(link, ann.user_id, None) == ann.user_id
    confirmed = await accounts.find_user(ann.user_id)
    assert confirmed is not None
    assert confirmed.confirmed_at is not None
    with pytest.raises(Conflict):
        await accounts.confirmation.ask(confirmed)


async def test_a_link_to_confirm_is_sent_so_often_in_an_hour_and_only_by_a_mail_server(
    accounts: Accounts, ann: User, open_accounts: Opener
) -> None:
    for _ in range(LINKS_PER_HOUR_MAX):
        await accounts.confirmation.ask(ann)
    with pytest.raises(RateLimited):
        await accounts.confirmation.ask(ann)
    without = await open_accounts(has_mail_server=False)
    assert not without.confirmation.may_be_asked(ann)
    with pytest.raises(Conflict):
        await without.confirmation.ask(ann)

"""The pages of accounts, as a browser goes through them."""

import re
from urllib.parse import quote

import httpx
import msgspec
import pyotp
import pytest

from sertantai.accounts.errors import AccountDisabled, TokenRefused
from sertantai.accounts.service import Accounts
from sertantai.core.clock import ManualClock
from sertantai.core.security_events import SecurityEventKind
from sertantai.http.csrf import SESSION_COOKIE
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from tests.postgres.accounts.conftest import (
    PASSWORD,
    Opener,
    RecordedEvents,
    client_of,
    link_in,
    mails_of,
    sign_in,
    visit,
)

EMAIL = "ann@example.org"
NEW_PASSWORD = "purple monkeys wash dishes"


async def test_somebody_signs_up_looks_at_their_account_and_signs_out(
    browser: httpx.AsyncClient, events: RecordedEvents
) -> None:
    form = await visit(browser, "/sign-up?next=/groups")
    welcome = await form.send("/sign-up", email=EMAIL, password=PASSWORD, next="/groups")
    assert (welcome.status, welcome.goes_to) == (303, "/groups")
    account = await visit(browser, "/account")
    assert account.status == 200
    assert EMAIL in account.text
    assert "This device" in account.text
    left = await account.send("/sign-out")
    assert left.goes_to == "/sign-in"
    assert SESSION_COOKIE not in browser.cookies
    assert (await visit(browser, "/account")).goes_to == "/sign-in?next=/account"
    assert events.kinds == [
        SecurityEventKind.SIGNED_UP,
        SecurityEventKind.SIGNED_IN,
        SecurityEventKind.NEW_DEVICE,
        SecurityEventKind.SIGNED_OUT,
    ]


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    answer = await sign_in(browser, EMAIL)
    cookies = answer.response.headers.get_list("set-cookie")
    (session,) = [cookie for cookie in cookies if cookie.startswith(SESSION_COOKIE)]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Secure" not in session


async def test_behind_tls_cookies_are_secure_and_no_other_host_can_plant_a_session(
    open_accounts: Opener, settings: Settings
) -> None:
    accounts = await open_accounts(secure_cookies=True)
    await accounts.register(EMAIL, PASSWORD)
    secure = msgspec.structs.replace(settings, secure_cookies=True)
    async with client_of(accounts, secure) as client:
        client.base_url = httpx.URL("https://127.0.0.1")
        answer = await sign_in(client, EMAIL)
        cookies = answer.response.headers.get_list("set-cookie")
        assert all("Secure" in cookie for cookie in cookies if "Max-Age=0" not in cookie)
        (session,) = [cookie for cookie in cookies if cookie.startswith(f"__Host-{SESSION_COOKIE}=")]
        assert "Path=/" in session
        assert "Domain" not in session
        page = await visit(client, "/account")
        assert page.status == 200
        client.cookies.set(SESSION_COOKIE, "x" * 43)
        gone = await page.send("/sign-out")
        (ended,) = [one for one in gone.response.headers.get_list("set-cookie") if "__Host-" in one]
        assert "Max-Age=0" in ended
        assert "Secure" in ended
        assert (await visit(client, "/account")).status == 303


async def test_what_was_wrong_is_said_in_the_form_and_the_address_stays(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    wrong = await sign_in(browser, EMAIL, "something else")
    assert wrong.status == 401
    assert "The e-mail address or the password is wrong." in wrong.text
    assert f'value="{EMAIL}"' in wrong.text
    assert "something else" not in wrong.text
    form = await visit(browser, "/sign-up")
    short = await form.send("/sign-up", email="bob@example.org", password="short")
    assert (short.status, "at least 12 characters" in short.text) == (422, True)
    taken = await form.send("/sign-up", email=EMAIL, password=PASSWORD)
    assert (taken.status, "already an account" in taken.text) == (409, True)


async def test_after_signing_in_nobody_is_sent_to_another_host(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    for wanted in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        browser.cookies.delete(SESSION_COOKIE) if SESSION_COOKIE in browser.cookies else None
        form = await visit(browser, "/sign-in")
        answer = await form.send("/sign-in", email=EMAIL, password=PASSWORD, next=wanted)
        assert answer.goes_to == "/records"


async def test_a_form_without_its_token_is_refused(browser: httpx.AsyncClient, accounts: Accounts) -> None:
    await accounts.register(EMAIL, PASSWORD)
    answer = await browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 422  # the form again
    assert SESSION_COOKIE not in browser.cookies
    await sign_in(browser, EMAIL)
    for path in ("/account/password", "/account/tokens", "/sign-out", "/account/sessions/revoke-others"):
        assert (await browser.post(path, data={})).status_code == 403  # no form at all
        form = {"_csrf_token": "of before"}
        assert (await browser.post(path, data=form)).status_code == 303  # back to where forms are
    assert (await visit(browser, "/account")).status == 200  # nothing was done, not even signing out


async def test_too_many_tries_say_when_to_come_back(browser: httpx.AsyncClient, accounts: Accounts) -> None:
    await accounts.register(EMAIL, PASSWORD)
    for _ in range(5):
        await sign_in(browser, EMAIL, "something else")
    delayed = await sign_in(browser, EMAIL)
    assert (delayed.status, delayed.response.headers["retry-after"]) == (429, "2")
    assert "Try again in 2 seconds" in delayed.text


async def test_with_the_database_away_signing_in_says_what_is_wrong_and_pages_for_strangers_stay(
    browser: httpx.AsyncClient, database: Database
) -> None:
    browser.cookies.set(SESSION_COOKIE, "x" * 43)
    form = await visit(browser, "/sign-in")
    assert form.status == 200
    await database.stop()
    answer = await form.send("/sign-in", email=EMAIL, password=PASSWORD)
    assert answer.status == 503
    assert "the database is not available" in answer.text
    assert "retry-after" in answer.response.headers
    assert (await visit(browser, "/sign-in")).status == 200
    assert (await visit(browser, "/account")).status == 503, "not: signed out"


async def test_a_forgotten_password_from_the_link_to_the_new_one(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    form = await visit(browser, "/forgot-password")
    known = await form.send("/forgot-password", email=EMAIL)
    unknown = await form.send("/forgot-password", email="nobody@example.org")
    assert known.status == unknown.status == 200
    strip = re.compile(r"nobody@example\.org|ann@example\.org|content=\"[^\"]*\"|value=\"[^\"]*\"")
    assert strip.sub("", known.text) == strip.sub("", unknown.text)
    (mail,) = await mails_of(accounts)
    page = await visit(browser, link_in(mail.body))
    bad = await page.send("/reset-password", token=page.hidden("token"), password="password1234")
    assert bad.status == 422
    done = await bad.send("/reset-password", token=bad.hidden("token"), password=NEW_PASSWORD)
    assert done.goes_to == "/sign-in?notice=password-set"
    assert "Your new password has been set" in (await visit(browser, done.goes_to)).text
    assert (await visit(browser, link_in(mail.body))).status == 422
    assert (await sign_in(browser, EMAIL, NEW_PASSWORD)).status == 303


async def test_an_address_is_confirmed_with_a_button(open_accounts: Opener, settings: Settings) -> None:
    accounts = await open_accounts(email_confirmation_required=True)
    async with client_of(accounts, settings) as client:
        form = await visit(client, "/sign-up")
        waiting = await form.send("/sign-up", email=EMAIL, password=PASSWORD)
        assert "Check your e-mail" in waiting.text
        assert (await sign_in(client, EMAIL)).status == 403
        mail = (await mails_of(accounts))[-1]
        page = await visit(client, link_in(mail.body))
        done = await page.send("/confirm-email", token=page.hidden("token"))
        assert done.goes_to == "/sign-in?notice=email-confirmed"
        assert (await sign_in(client, EMAIL)).status == 303


async def test_an_address_is_confirmed_from_the_account_where_it_is_not_required(
    browser: httpx.AsyncClient, accounts: Accounts, settings: Settings
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    page = await visit(browser, "/account")
    assert "Not confirmed" in page.text
    asked = await page.send("/account/confirm-email")
    assert (asked.status, "sent you an e-mail" in asked.text) == (200, True)
    (mail,) = await mails_of(accounts)
    link = link_in(mail.body)
    async with client_of(accounts, settings) as stranger:
        away = await visit(stranger, link)
        assert away.goes_to == f"/sign-in?next={quote(link, safe='/')}", "its owner signs in first"
        await accounts.register("ben@example.org", PASSWORD)
        await sign_in(stranger, "ben@example.org")
        assert "for another account" in (await visit(stranger, link)).text
    confirm = await visit(browser, link)
    done = await confirm.send("/confirm-email", token=confirm.hidden("token"))
    assert (done.status, "Your e-mail address is confirmed" in done.text) == (200, True)
    assert "Not confirmed" not in done.text
    assert (await visit(browser, link)).status == 422, "once"


async def test_the_second_factor_from_setting_up_to_switching_off(
    browser: httpx.AsyncClient, accounts: Accounts, clock: ManualClock
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    page = await visit(browser, "/account/second-factor")
    assert "data:image/svg+xml" in page.text
    secret = re.search(r'data-testid="totp-secret">(\w+)<', page.text)
    assert secret is not None
    totp = pyotp.TOTP(secret.group(1))
    code = totp.at(clock.now())
    stranger = await page.send("/account/second-factor", code=code, current_password="something else")
    assert (stranger.status, "not your current password" in stranger.text) == (422, True)
    wrong = await stranger.send("/account/second-factor", code="000000", current_password=PASSWORD)
    assert wrong.status == 401
    codes = await wrong.send("/account/second-factor", code=code, current_password=PASSWORD)
    assert len(re.findall(r"<code>[a-z2-7-]{19}</code>", codes.text)) == 10
    assert (await visit(browser, "/account/second-factor")).goes_to == "/account"

    await codes.send("/sign-out")
    clock.advance(30)
    step = await sign_in(browser, EMAIL)
    assert "Enter your code" in step.text
    assert SESSION_COOKIE not in browser.cookies
    again = await step.send("/sign-in/code", step=step.hidden("step"), code="000000", next="/groups")
    assert (again.status, "That code is wrong" in again.text) == (401, True)
    inside = await again.send(
        "/sign-in/code", step=again.hidden("step"), code=totp.at(clock.now()), next="/groups"
    )
    assert inside.goes_to == "/groups"

    account = await visit(browser, "/account")
    assert "10 recovery codes left" in account.text
    no = await account.send("/account/second-factor/disable", current_password="something else")
    assert (no.status, "not your current password" in no.text) == (422, True)
    off = await no.send("/account/second-factor/disable", current_password=PASSWORD)
    assert "verification is off" in off.text


async def test_a_token_for_a_script_is_made_shown_once_and_revoked(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    account = await visit(browser, "/account")
    wanted = {"name": "nightly <export>", "days": "30", "scopes": ["read", "select"]}
    stranger = await account.send("/account/tokens", current_password="something else", **wanted)
    assert (stranger.status, "not your current password" in stranger.text) == (422, True)
    made = await stranger.send("/account/tokens", current_password=PASSWORD, **wanted)
    found = re.search(r"srt_[\w-]{43}", made.text)
    assert found is not None
    assert "&lt;export&gt;" in made.response.text
    listed = await visit(browser, "/account")
    assert found.group() not in listed.text
    assert (await accounts.resolve_bearer(found.group())).scopes == {"read", "select"}
    bad = await listed.send(
        "/account/tokens", current_password=PASSWORD, name="x", days="never", scopes=["read"]
    )
    assert (bad.status, "must be a number of days" in bad.text) == (422, True)
    action = re.search(r"/account/tokens/[0-9a-f-]+/revoke", listed.text)
    assert action is not None
    assert (await listed.send(action.group())).goes_to == "/account"
    assert found.group()[:10] not in (await visit(browser, "/account")).text


async def test_sessions_are_ended_one_by_one_or_all_others(
    browser: httpx.AsyncClient, accounts: Accounts, settings: Settings
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    async with client_of(accounts, settings) as other, client_of(accounts, settings) as third:
        await sign_in(other, EMAIL)
        await sign_in(third, EMAIL)
        account = await visit(browser, "/account")
        action = re.search(r"/account/sessions/[0-9a-f-]{36}/revoke", account.text)
        assert action is not None
        assert (await account.send(action.group())).goes_to == "/account"
        assert [(await visit(client, "/account")).status for client in (other, third)].count(200) == 1
        await account.send("/account/sessions/revoke-others")
        assert [(await visit(client, "/account")).status for client in (other, third)] == [303, 303]
    assert (await visit(browser, "/account")).status == 200


async def test_a_changed_password_keeps_this_session(browser: httpx.AsyncClient, accounts: Accounts) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    account = await visit(browser, "/account")
    done = await account.send("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)
    assert "Your password has been changed" in done.text
    assert (await visit(browser, "/account")).status == 200


async def test_whoever_changes_the_password_sees_the_tokens_and_may_end_them(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    user = await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    assert "Revoke them too" not in (await visit(browser, "/account")).text
    script, _ = await accounts.api_tokens.create(user.user_id, user.role, "nightly", ["read"], 30, None)
    account = await visit(browser, "/account")
    shown = account.text.partition('data-testid="tokens-at-password"')[2].partition("</ul>")[0]
    assert "nightly" in shown
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    kept = await account.send("/account/password", **passwords)
    assert "signed out on your other devices." in kept.text
    assert "nightly" in kept.text
    await accounts.resolve_bearer(script)
    back = {"current_password": NEW_PASSWORD, "new_password": PASSWORD}
    ended = await kept.send("/account/password", end_tokens="on", **back)
    assert "and your tokens no longer work" in ended.text
    assert "nightly" not in ended.text
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(script)


async def test_administrators_see_users_and_mail_and_shut_people_out(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register("admin@example.org", PASSWORD, role="admin")
    user = await accounts.register(EMAIL, PASSWORD)
    await accounts.request_password_reset(EMAIL)
    await accounts.mail.done()
    await sign_in(browser, "admin@example.org")
    outbox = (await visit(browser, "/admin/outbox")).text
    assert "Reset your Sertantai password" in outbox
    assert "token=" not in outbox
    page = await visit(browser, "/admin/users")
    assert EMAIL in page.text
    await page.send(f"/admin/users/{user.user_id}/disable")
    assert "Disabled" in (await visit(browser, "/admin/users")).text
    with pytest.raises(AccountDisabled):
        await accounts.authenticate(EMAIL, PASSWORD)
    await page.send(f"/admin/users/{user.user_id}/enable")
    assert (await page.send("/admin/users/nonsense/enable")).status == 422


async def test_nobody_else_administers(browser: httpx.AsyncClient, accounts: Accounts) -> None:
    user = await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    account = await visit(browser, "/account")
    for path in ("/admin/users", "/admin/outbox"):
        assert (await visit(browser, path)).status == 403
    assert (await account.send(f"/admin/users/{user.user_id}/disable")).status == 403


# ------------------------------------------------------------------------------------------- stale forms


async def test_a_sign_in_form_of_before_leads_on_once_signed_in(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    first, second = await visit(browser, "/sign-in"), await visit(browser, "/sign-in")
    assert (await first.send("/sign-in", email=EMAIL, password=PASSWORD)).status == 303
    onward = await second.send("/sign-in", email=EMAIL, password=PASSWORD, next="/groups")
    assert (onward.status, onward.goes_to) == (303, "/groups")


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgot-password"])
async def test_a_form_whose_cookies_went_comes_again_with_the_address(
    browser: httpx.AsyncClient, accounts: Accounts, path: str
) -> None:
    form = await visit(browser, path)
    browser.cookies.clear()
    again = await form.send(path, email=EMAIL, password=PASSWORD)
    assert again.status == 422
    assert "This form has expired. Here it is again." in again.text
    assert f'value="{EMAIL}"' in again.text
    assert PASSWORD not in again.text
    assert (await again.send(path, email=EMAIL, password=PASSWORD)).status != 422


async def test_a_form_of_before_of_somebody_signed_in_leads_back_to_its_page(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    account = await visit(browser, "/account")
    browser.headers["referer"] = "http://127.0.0.1/account"
    browser.cookies.delete("sertantai_csrf")
    stale = await account.send("/account/sessions/revoke-others")
    assert (stale.status, stale.goes_to) == (303, "/account")
    assert "This form has expired" in (await visit(browser, "/account")).text


async def test_another_site_gets_no_form_to_send_again(browser: httpx.AsyncClient) -> None:
    form = await visit(browser, "/sign-in")
    browser.headers["sec-fetch-site"] = "cross-site"
    assert (await form.send("/sign-in", email=EMAIL, password=PASSWORD)).status == 403

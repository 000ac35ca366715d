"""Accounts over HTTP, as programs use them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from sertantai.accounts.service import Accounts
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from tests.postgres.accounts.conftest import PASSWORD, Opener, RecordedEvents, client_of, sign_in

EMAIL = "ann@example.org"
API = "/api/v1"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def new_token(name: str, *scopes: str) -> dict[str, Any]:
    return {"current_password": PASSWORD, "name": name, "scopes": list(scopes)}


async def registered(client: httpx.AsyncClient, email: str = EMAIL) -> dict[str, Any]:
    answer = await client.post(f"{API}/auth/register", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_registering_signing_in_and_out(browser: httpx.AsyncClient) -> None:
    first = await registered(browser)
    assert set(first) == {"user", "token", "expires_at"}
    assert first["user"] == {"id": str(UUID(first["user"]["id"])), "email": EMAIL}
    assert datetime.fromisoformat(first["expires_at"]).tzinfo is not None
    me = await browser.get(f"{API}/me", headers=bearer(first["token"]))
    assert me.json() == {
        "id": first["user"]["id"],
        "email": EMAIL,
        "role": "user",
        "scopes": ["admin", "read", "select"],
        "session_id": me.json()["session_id"],
    }
    again = await browser.post(f"{API}/auth/token", json={"email": EMAIL, "password": PASSWORD})
    assert set(again.json()) == {"token", "expires_at"}
    assert (await browser.delete(f"{API}/auth/token", headers=bearer(first["token"]))).status_code == 204
    assert (await browser.get(f"{API}/me", headers=bearer(first["token"]))).status_code == 401
    assert (await browser.get(f"{API}/me", headers=bearer(again.json()["token"]))).status_code == 200


async def test_signing_out_runs_the_hook_first(browser: httpx.AsyncClient, signed_out: list[UserId]) -> None:
    first = await registered(browser)
    await browser.delete(f"{API}/auth/token", headers=bearer(first["token"]))
    assert list(map(str, signed_out)) == [first["user"]["id"]]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"email": EMAIL, "password": "short"}, 422, "password_refused", "password"),
        ({"email": EMAIL, "password": "x" * 10_000}, 422, "password_refused", "password"),
        ({"email": EMAIL, "password": "password1234"}, 422, "password_refused", "password"),
        ({"email": "аnn@example.org", "password": PASSWORD}, 422, "invalid_input", "email"),
        ({"email": "ann", "password": PASSWORD}, 422, "invalid_input", "email"),
        ({"email": EMAIL}, 422, "invalid_input", "password"),
        ({"email": EMAIL, "password": PASSWORD, "role": "admin"}, 422, "invalid_input", "role"),
        ({"email": 7, "password": PASSWORD}, 422, "invalid_input", "email"),
    ],
)
async def test_bad_registrations_name_the_field(
    browser: httpx.AsyncClient, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = await browser.post(f"{API}/auth/register", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (status, code, field)
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_wrong_password_and_an_unknown_address_get_one_answer(
    browser: httpx.AsyncClient,
) -> None:
    await registered(browser)
    answers = [
        await browser.post(f"{API}/auth/token", json={"email": email, "password": password})
        for email, password in (
            (EMAIL, "something else"),
            ("nobody@example.org", PASSWORD),
            (EMAIL, "x" * 10_000),
            ("no address", PASSWORD),
        )
    ]
    told = {(answer.status_code, answer.json()["code"], answer.json()["detail"]) for answer in answers}
    assert told == {(401, "wrong_credentials", "The e-mail address or the password is wrong.")}
    assert all("www-authenticate" in answer.headers for answer in answers)


async def test_a_bad_bearer_token_is_not_made_good_by_a_cookie(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    assert (await browser.get(f"{API}/me")).status_code == 200
    for header in ("Bearer forged", "Bearer ", "Bearer a.b.c", "Basic YTpi"):
        answer = await browser.get(f"{API}/me", headers={"authorization": header})
        assert answer.status_code == 401, header


async def test_a_script_gets_no_further_than_its_scopes_and_it_is_noticed(
    browser: httpx.AsyncClient, accounts: Accounts, events: RecordedEvents
) -> None:
    first = await registered(browser)
    mine = bearer(first["token"])
    made = await browser.post(f"{API}/me/tokens", json=new_token("export", "read"), headers=mine)
    assert made.status_code == 201
    script = bearer(made.json()["token"])
    assert (await browser.get(f"{API}/me", headers=script)).json()["scopes"] == ["read"]
    for path, code in (("me/sessions", "session_needed"), ("auth/token", "scope_missing")):
        refused = await browser.delete(f"{API}/{path}", headers=script)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    kind, user_id, ip = events.seen[-1]
    assert (kind, str(user_id), ip) == (SecurityEventKind.TOKEN_MISUSED, first["user"]["id"], "192.0.2.7")
    for path, body in (
        ("tokens", new_token("more", "read")),
        ("password", {"current_password": PASSWORD, "new_password": "purple monkeys wash dishes"}),
    ):
        wide = await browser.post(f"{API}/me/tokens", json=new_token("wide", "read", "select"), headers=mine)
        answer = await browser.post(f"{API}/me/{path}", json=body, headers=bearer(wide.json()["token"]))
        assert (answer.status_code, answer.json()["code"]) == (403, "session_needed")


async def test_tokens_and_sessions_are_listed_and_ended(browser: httpx.AsyncClient) -> None:
    mine = bearer((await registered(browser))["token"])
    other = await browser.post(f"{API}/auth/token", json={"email": EMAIL, "password": PASSWORD})
    made = await browser.post(
        f"{API}/me/tokens", json={**new_token("export", "read"), "days": 7}, headers=mine
    )
    (item,) = (await browser.get(f"{API}/me/tokens", headers=mine)).json()["items"]
    assert item == made.json()["item"]
    assert made.json()["token"].startswith(item["begins_with"])
    assert (await browser.delete(f"{API}/me/tokens/{item['id']}", headers=mine)).status_code == 204
    assert (await browser.delete(f"{API}/me/tokens/{item['id']}", headers=mine)).status_code == 404
    sessions = (await browser.get(f"{API}/me/sessions", headers=mine)).json()["items"]
    assert [session["is_current"] for session in sessions].count(True) == 1
    assert {session["ip"] for session in sessions} == {"192.0.2.7"}
    (rest,) = [session["id"] for session in sessions if not session["is_current"]]
    assert (await browser.delete(f"{API}/me/sessions/{rest}", headers=mine)).status_code == 204
    assert (await browser.get(f"{API}/me", headers=bearer(other.json()["token"]))).status_code == 401
    assert (await browser.delete(f"{API}/me/sessions/{new_id()}", headers=mine)).status_code == 404
    bad = await browser.delete(f"{API}/me/sessions/nonsense", headers=mine)
    assert (bad.status_code, bad.json()["field"]) == (422, "session")


async def test_a_stolen_session_makes_no_token_without_the_password(
    browser: httpx.AsyncClient, accounts: Accounts
) -> None:
    mine = bearer((await registered(browser))["token"])
    body = {"name": "mine now", "scopes": ["read"]}
    without = await browser.post(f"{API}/me/tokens", json=body, headers=mine)
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "current_password")
    codes = []
    for guess in range(40):
        wrong = {**body, "current_password": f"a guess, number {guess}"}
        answer = await browser.post(f"{API}/me/tokens", json=wrong, headers=mine)
        codes.append((answer.status_code, answer.json()["code"]))
    assert codes[0] == (422, "wrong_password")
    assert codes[-1] == (429, "sign_in_delayed")
    right = await browser.post(f"{API}/me/tokens", json=new_token("mine", "read"), headers=mine)
    assert right.status_code == 429
    assert (await browser.get(f"{API}/me/tokens", headers=mine)).json()["items"] == []


@pytest.mark.parametrize("end_tokens", [True, False, None])
async def test_a_new_password_ends_tokens_for_whoever_wants_it(
    browser: httpx.AsyncClient, events: RecordedEvents, end_tokens: bool | None
) -> None:
    mine = bearer((await registered(browser))["token"])
    made = await browser.post(f"{API}/me/tokens", json=new_token("nightly", "read"), headers=mine)
    script = bearer(made.json()["token"])
    assert (await browser.get(f"{API}/me", headers=script)).status_code == 200
    body: dict[str, Any] = {"current_password": PASSWORD, "new_password": "purple monkeys wash dishes"}
    if end_tokens is not None:
        body["end_tokens"] = end_tokens
    assert (await browser.post(f"{API}/me/password", json=body, headers=mine)).status_code == 204
    answer = await browser.get(f"{API}/me", headers=script)
    assert answer.status_code == (401 if end_tokens else 200)
    assert (SecurityEventKind.API_TOKEN_REVOKED in events.kinds) is bool(end_tokens)
    assert (await browser.get(f"{API}/me", headers=mine)).status_code == 200


async def test_anothers_session_or_token_is_not_there(browser: httpx.AsyncClient) -> None:
    anns = bearer((await registered(browser))["token"])
    bobs = bearer((await registered(browser, "bob@example.org"))["token"])
    made = await browser.post(f"{API}/me/tokens", json=new_token("x", "read"), headers=anns)
    sessions = (await browser.get(f"{API}/me/sessions", headers=anns)).json()["items"]
    token_id, session_id = made.json()["item"]["id"], sessions[0]["id"]
    assert (await browser.delete(f"{API}/me/tokens/{token_id}", headers=bobs)).status_code == 404
    assert (await browser.delete(f"{API}/me/sessions/{session_id}", headers=bobs)).status_code == 404
    assert (await browser.get(f"{API}/me", headers=anns)).status_code == 200


async def test_a_password_is_changed(browser: httpx.AsyncClient) -> None:
    mine = bearer((await registered(browser))["token"])
    new = "purple monkeys wash dishes"
    wrong = await browser.post(
        f"{API}/me/password", json={"current_password": "no", "new_password": new}, headers=mine
    )
    assert (wrong.status_code, wrong.json()["field"]) == (422, "current_password")
    done = await browser.post(
        f"{API}/me/password", json={"current_password": PASSWORD, "new_password": new}, headers=mine
    )
    assert done.status_code == 204
    assert (await browser.get(f"{API}/me", headers=mine)).status_code == 200
    old = await browser.post(f"{API}/auth/token", json={"email": EMAIL, "password": PASSWORD})
    assert old.status_code == 401


async def test_where_addresses_must_be_confirmed_registering_answers_everybody_alike(
    open_accounts: Opener, settings: Settings
) -> None:
    accounts = await open_accounts(email_confirmation_required=True)
    await accounts.register(EMAIL, PASSWORD, confirmed=True)
    async with client_of(accounts, settings) as client:
        answers = [
            await client.post(f"{API}/auth/register", json={"email": email, "password": PASSWORD})
            for email in (EMAIL, "new@example.org")
        ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()


async def test_guessing_is_answered_with_the_time_to_wait(browser: httpx.AsyncClient) -> None:
    await registered(browser)
    for _ in range(5):
        await browser.post(f"{API}/auth/token", json={"email": EMAIL, "password": "something else"})
    answer = await browser.post(f"{API}/auth/token", json={"email": EMAIL, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (429, "sign_in_delayed")
    assert answer.headers["retry-after"] == "2"

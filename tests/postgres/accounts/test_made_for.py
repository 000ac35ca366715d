"""Pages say for whom they were made, and a browser in which somebody else has signed in since says so."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sertantai.accounts.model import SessionKind
from sertantai.accounts.service import Accounts
from sertantai.http.csrf import SESSION_COOKIE
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from tests.postgres.accounts.conftest import PASSWORD, client_of, sign_in, visit

ANN, BOB = "ann@example.org", "bob@example.org"
NEW_PASSWORD = "purple monkeys wash dishes"
SCRIPT = {"accept": "application/json", "hx-request": "true"}


@pytest.fixture
async def ann(accounts: Accounts) -> dict[str, str]:
    """What a page that was made for Ann sends."""
    user = await accounts.register(ANN, PASSWORD)
    return {**SCRIPT, "x-sertantai-user": str(user.user_id)}


@pytest.fixture
async def bobs(accounts: Accounts, browser: httpx.AsyncClient, ann: dict[str, str]) -> httpx.AsyncClient:
    """A browser in which Bob has signed in since."""
    await accounts.register(BOB, PASSWORD)
    await sign_in(browser, BOB)
    return browser


@pytest.fixture
async def anns(
    accounts: Accounts, settings: Settings, ann: dict[str, str]
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(accounts, settings) as client:
        await sign_in(client, ANN)
        yield client


async def test_its_own_page_is_answered(anns: httpx.AsyncClient, ann: dict[str, str]) -> None:
    assert (await anns.get("/api/v1/me", headers=ann)).status_code == 200
    assert (await anns.get("/account", headers=ann)).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/me", "/account", "/sign-in"])
async def test_a_page_of_somebody_else_is_told_nothing(
    bobs: httpx.AsyncClient, ann: dict[str, str], path: str
) -> None:
    answer = await bobs.get(path, headers=ann)
    assert (answer.status_code, answer.json()["code"]) == (409, "signed_in_as_another")
    assert BOB not in answer.text
    assert (await bobs.get(path, headers=SCRIPT)).status_code in (200, 303)


async def test_nothing_is_done_in_the_name_of_who_has_signed_in_since(
    bobs: httpx.AsyncClient, accounts: Accounts, ann: dict[str, str]
) -> None:
    token = (await bobs.get("/csrf-token")).json()["token"]
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    answer = await bobs.post("/api/v1/me/password", json=body, headers={**ann, "x-csrf-token": token})
    assert (answer.status_code, answer.json()["code"]) == (409, "signed_in_as_another")
    await accounts.authenticate(BOB, PASSWORD)


@pytest.mark.parametrize("path", ["/api/v1/me", "/account", "/sign-in"])
async def test_signed_out_in_another_tab_it_is_told_so_by_public_pages_too(
    anns: httpx.AsyncClient, ann: dict[str, str], path: str
) -> None:
    await (await visit(anns, "/account")).send("/sign-out")
    answer = await anns.get(path, headers=ann)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_a_guest_who_came_after_is_nobody_and_a_guests_page_is_not_of_who_signed_in(
    anns: httpx.AsyncClient, bobs: httpx.AsyncClient, ann: dict[str, str]
) -> None:
    await (await visit(anns, "/account")).send("/sign-out")
    token = (await anns.get("/csrf-token")).json()["token"]
    guest = (await anns.post("/guest", headers={"x-csrf-token": token})).json()["user_id"]
    assert (await anns.get("/api/v1/me", headers=ann)).status_code == 401
    guests = {**SCRIPT, "x-sertantai-user": guest}
    assert (await anns.get("/api/v1/me", headers=guests)).status_code == 200
    assert (await bobs.get("/api/v1/me", headers=guests)).status_code == 409


async def test_it_is_no_proof_of_anything(
    bobs: httpx.AsyncClient, accounts: Accounts, ann: dict[str, str]
) -> None:
    bob = await accounts.authenticate(BOB, PASSWORD)
    token = (await accounts.open_session(bob, SessionKind.BEARER)).token
    program = await bobs.get("/api/v1/me", headers={**ann, "authorization": f"Bearer {token}"})
    assert (program.status_code, program.json()["email"]) == (200, BOB)
    nonsense = await bobs.get("/api/v1/me", headers={**SCRIPT, "x-sertantai-user": "nobody at all"})
    assert nonsense.status_code == 409


async def test_with_the_database_away_nobody_is_told_that_they_are_signed_out(
    accounts: Accounts, settings: Settings, ann: dict[str, str], database: Database
) -> None:
    async with client_of(accounts, settings) as client:
        client.cookies.set(SESSION_COOKIE, "x" * 43)
        await database.stop()
        assert (await client.get("/sign-in", headers=ann)).status_code == 503
        assert (await client.get("/sign-in", headers=SCRIPT)).status_code == 200

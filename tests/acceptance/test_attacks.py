"""What somebody would try who has read the source: each attack on the whole product, and that it fails.

In-process, with everything the product has. Which route answers whom is the business of the route matrix.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.accounts.administration import create_user
from sertantai.audit.trail import TrailFilter
from sertantai.core.cursors import encode_cursor
from sertantai.core.ids import UserId
from sertantai.http.csrf import SESSION_COOKIE
from sertantai.web.api.audit import CURSOR_KIND
from tests.acceptance.test_route_matrix import MATRIX, ROUTES, Somebody, client, filled, registered
from tests.fixtures.client import PASSWORD
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNSAFE = [name for name in ROUTES if not name.startswith("GET ")]
KEPT_BY_BROWSERS = re.compile(r"^/(static|favicon|openapi|api/v1/openapi)")


@dataclass(frozen=True)
class Scene:
    """``victim`` has a list with a law in it, whose ids ``known`` holds; ``attacker`` has an account too."""

    app: Litestar
    victim: Somebody
    attacker: Somebody
    known: dict[str, str]

    async def state_of_victim(self) -> Any:
        paths = (
            "groups",
            "groups/default/record-ids",
            f"groups/{self.known['group']}/record-ids",
            "me/tokens",
        )
        return [(await self.victim.http.get(f"/api/v1/{path}")).raise_for_status().json() for path in paths]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    async with product() as app:
        victim, attacker = await registered(app), await registered(app)
        records = (await victim.http.get("/api/v1/records?limit=2")).json()["items"]
        group = (await victim.http.post("/api/v1/groups", json={"name": "secret plans"})).json()["id"]
        ticked = await victim.http.put(f"/api/v1/groups/{group}/records/{records[0]['id']}")
        known = {name: str(uuid4()) for route in ROUTES for name in re.findall(r"\{(\w+):", route)}
        known |= {
            "group": group,
            "record": records[0]["id"],
            "operation": ticked.json()["operation_id"],
        }
        yield Scene(app, victim, attacker, known)
        for somebody in (victim, attacker):
            await somebody.http.aclose()


@asynccontextmanager
async def browser_of(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which an administrator, who may do everything, has just signed in."""
    email = f"{uuid4().hex}@example.org"
    await create_user(app.state.accounts, email, PASSWORD, "admin")
    async with client(app) as http:
        page_token = (await http.get("/csrf-token")).json()["token"]
        form = {"email": email, "password": PASSWORD, "_csrf_token": page_token}
        assert (await http.post("/sign-in", data=form)).status_code == 303
        yield http


# ------------------------------------------------------------------------- cross-site request forgery


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"x-csrf-token": "A" * 128}])
async def test_no_route_does_anything_for_a_browser_that_another_site_sends(
    scene: Scene, headers: dict[str, str]
) -> None:
    """With the session's cookie, as a browser adds it, and without the token of one of our pages."""
    async with browser_of(scene.app) as browser:
        done = {}
        for name in UNSAFE:
            method, _, template = name.partition(" ")
            path = re.sub(r"\{(\w+):\w+\}", lambda found: scene.known[found.group(1)], template)
            row = MATRIX[name]
            answer = await browser.request(
                method, path, json=filled(row.json, scene.known), data=row.form, headers=headers
            )
            if answer.status_code != 403 or "expired" not in answer.text:
                done[name] = f"{answer.status_code} {answer.text[:100]}"
    assert done == {}


async def test_the_token_of_another_session_opens_nothing(scene: Scene) -> None:
    async with browser_of(scene.app) as victim, browser_of(scene.app) as attacker:
        token = (await attacker.get("/csrf-token")).json()["token"]
        planted = attacker.cookies["sertantai_csrf"]
        victim.cookies.set("sertantai_csrf", planted, domain="sertantai.test", path="/")
        answer = await victim.post("/account/sessions/revoke-others", headers={"x-csrf-token": token})
        assert answer.status_code == 403


# ------------------------------------------------------------------------------------ session fixation


async def test_a_session_that_was_there_before_is_not_the_one_that_is_signed_in(scene: Scene) -> None:
    async with client(scene.app) as browser:
        planted = "x" * 43
        browser.cookies.set(SESSION_COOKIE, planted, domain="sertantai.test", path="/")
        page_token = (await browser.get("/csrf-token")).json()["token"]
        form = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD, "_csrf_token": page_token}
        assert (await browser.post("/sign-up", data=form)).status_code == 303
        assert browser.cookies[SESSION_COOKIE] != planted
        assert (await browser.get("/account")).status_code == 200
    async with client(scene.app) as attacker:
        attacker.cookies.set(SESSION_COOKIE, planted)
        assert (await attacker.get("/api/v1/me")).status_code == 401


# ----------------------------------------------------------------------------------------- host header


async def test_no_address_that_we_write_comes_from_the_host_header(scene: Scene) -> None:
    evil = {"host": "evil.example", "x-forwarded-host": "evil.example", "accept": "text/html"}
    async with client(scene.app) as browser:
        for path in ("/", "/groups", "/sign-in", "/records", "/no/such/page"):
            answer = await browser.get(path, headers=evil)
            assert "evil.example" not in answer.text
            assert "evil.example" not in answer.headers.get("location", "")
        email = f"{uuid4().hex}@example.org"
        await browser.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD})
        page_token = (await browser.get("/csrf-token")).json()["token"]
        form = {"email": email, "_csrf_token": page_token}
        assert (await browser.post("/forgot-password", data=form, headers=evil)).status_code == 200
    accounts = scene.app.state.accounts
    await accounts.mail.done()
    (mail,) = [mail for mail in await accounts.outbox.list() if mail.recipient == email]
    assert mail.body == ""
    link = await accounts.reset_link(await accounts.credentials.find(email))
    assert link.startswith("http://127.0.0.1:8000/reset-password?token=")


# ---------------------------------------------------------------------------- what belongs to somebody


async def test_ids_of_somebody_else_lead_nowhere_in_whatever_field_they_are_sent(scene: Scene) -> None:
    http, known = scene.attacker.http, scene.known
    before = await scene.state_of_victim()
    group, record = known["group"], known["record"]
    tries: list[tuple[str, str, Any]] = [
        ("POST", "/api/v1/groups/default/undo", {"operation_id": known["operation"]}),
        ("POST", "/api/v1/groups/combine", {"expression": group}),
        ("POST", "/api/v1/groups/combine", {"expression": {"op": "union", "of": ["default", group]}}),
        ("POST", "/api/v1/groups/combine", {"expression": "default", "save_into": group, "mode": "replace"}),
        ("POST", "/api/v1/groups/default/transfers", {"to": group, "record_ids": [record]}),
        ("POST", f"/api/v1/groups/{group}/transfers", {"to": "default", "filter": {}}),
        ("GET", f"/api/v1/records?group={group}", None),
        ("GET", f"/api/v1/records?group={group}&selected=true", None),
        ("GET", f"/api/v1/records/facets?group={group}", None),
        ("GET", f"/api/v1/records/export.csv?group={group}&selected=true", None),
        ("GET", f"/api/v1/groups/{group}/past?at=2020-01-01", None),
        ("GET", f"/history/{known['operation']}", None),
        ("GET", f"/groups/compare?a={group}&b=default", None),
    ]
    told = []
    for method, path, body in tries:
        answer = await http.request(method, path, json=body)
        if answer.status_code in (200, 201) and "secret plans" in answer.text:
            told.append(path)
        if answer.status_code not in (404, 409, 422) and path != f"/groups/compare?a={group}&b=default":
            told.append(f"{answer.status_code} {path} {answer.text[:200]}")
    assert not told
    assert await scene.state_of_victim() == before


async def test_a_cursor_that_somebody_made_up_shows_only_their_own(scene: Scene) -> None:
    """Cursors are not signed: they say where to go on, never in whose list."""
    owner = await scene.victim.http.get("/api/v1/audit?include=lists")
    assert owner.json()["items"]
    kind = f"{CURSOR_KIND} {TrailFilter(lists=True)}"
    position = encode_cursor(kind, ["2100-01-01T00:00:00+00:00", str(UUID(int=2**128 - 1))])
    answer = await scene.attacker.http.get(f"/api/v1/audit?include=lists&cursor={position}")
    assert answer.status_code == 200
    actors = {item["actor"] for item in answer.json()["items"]}
    assert actors <= {scene.attacker.user_id}


async def test_the_key_of_a_request_of_somebody_else_gives_nothing_away(scene: Scene) -> None:
    key = {"idempotency-key": "guessed"}
    made = await scene.victim.http.post("/api/v1/groups", json={"name": "plan b"}, headers=key)
    other = await scene.attacker.http.post("/api/v1/groups", json={"name": "plan b"}, headers=key)
    assert (made.status_code, other.status_code) == (201, 201)
    assert made.json()["id"] != other.json()["id"]


async def test_a_token_for_scripts_gets_no_wider_one_by_repeating_a_request(scene: Scene) -> None:
    body = {"current_password": PASSWORD, "name": "all", "scopes": ["read", "select"]}
    key = {"idempotency-key": "make-a-token"}
    made = await scene.victim.http.post("/api/v1/me/tokens", json=body, headers=key)
    assert made.status_code == 201
    slim = {**body, "name": "n", "scopes": ["select"]}
    narrow = await scene.victim.http.post("/api/v1/me/tokens", json=slim)
    async with client(scene.app, narrow.json()["token"]) as script:
        again = await script.post("/api/v1/me/tokens", json=body, headers=key)
    assert (again.status_code, again.json()["code"]) == (403, "session_needed")


# --------------------------------------------------------------------------------------- forged trails


async def test_what_the_trail_says_of_who_and_from_where_cannot_be_sent_along(scene: Scene) -> None:
    http = scene.attacker.http
    record = scene.known["record"]
    forged = {
        "x-forwarded-for": "198.51.100.66",
        "forwarded": "for=198.51.100.66",
        "x-real-ip": "198.51.100.66",
        "user-agent": "x" * 60_000,
        "x-user-id": scene.victim.user_id,
    }
    assert (await http.put(f"/api/v1/groups/default/records/{record}", headers=forged)).status_code == 200
    assert (
        await http.patch(
            f"/api/v1/groups/default/records/{record}",
            json={"note": "x", "actor": scene.victim.user_id},
            headers=forged,
        )
    ).status_code == 422
    entry = (await http.get("/api/v1/audit?limit=1")).json()["items"][0]
    assert entry["actor"] == scene.attacker.user_id
    assert entry["ip"] == "127.0.0.1"
    assert len(entry["user_agent"]) == 400
    assert entry["session"] == (await http.get("/api/v1/me")).json()["session_id"]


# ------------------------------------------------------------------------------------------- caches


async def test_no_cache_keeps_what_is_somebodys(scene: Scene) -> None:
    kept = {}
    for name in ROUTES:
        method, _, template = name.partition(" ")
        if method != "GET" or KEPT_BY_BROWSERS.match(template):
            continue
        row = MATRIX[name]
        path = re.sub(r"\{(\w+):\w+\}", lambda found: scene.known[found.group(1)], template)
        answer = await scene.victim.http.get(f"{path}?{row.query}" if row.query else path)
        if answer.headers.get("cache-control") != "no-store":
            kept[name] = answer.headers.get("cache-control")
    assert kept == {}


# ------------------------------------------------------------------------------------------- injection

TITLES = ("=cmd|' /C calc'!A0", 'a"; filename="evil.exe', "../../etc/passwd", "line\u2028end", "<script>")


@pytest.mark.parametrize("title", TITLES)
async def test_a_name_stays_a_name_in_files_headers_and_pages(scene: Scene, title: str) -> None:
    http = scene.victim.http
    made = await http.post("/api/v1/groups", json={"name": f"{title} {uuid4()}"})
    if made.status_code == 422:
        return
    group = made.json()["id"]
    await http.put(f"/api/v1/groups/{group}/records/{scene.known['record']}")
    note = {"note": title, "tags": ["a", title[:90].replace(";", ",")]}
    await http.patch(f"/api/v1/groups/{group}/records/{scene.known['record']}", json=note)
    file = await http.get(f"/api/v1/groups/{group}/export.csv")
    disposition = file.headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[^"\\/]*"(; filename\*=UTF-8\'\'[\w.%~-]*)?', disposition)
    assert not re.search(r'(^|[,;\t\n])"?[=+@-]', file.text.partition("\n")[2])
    page = await http.get(f"/groups/{group}", headers={"accept": "text/html"})
    assert "<script>" not in page.text.replace("<script type=", "")
    assert page.status_code == 200


async def test_disabled_or_unknown_the_owner_of_an_id_is_nobody(scene: Scene) -> None:
    """A token outlives nobody: whoever is gone is a stranger at once."""
    gone = await registered(scene.app)
    await scene.app.state.accounts.set_disabled(UserId(UUID(gone.user_id)), disabled=True)
    assert (await gone.http.get("/api/v1/me")).status_code == 401
    await gone.http.aclose()

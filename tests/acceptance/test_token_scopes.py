"""Every route × a token of every scope: what a token was not made for it does not do, and what a token that
may not read is answered tells nothing of anybody's lists."""

import itertools
import re
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, get

from sertantai.accounts.administration import create_user
from sertantai.accounts.caller import TokenScope
from sertantai.http.csrf import SAFE_METHODS
from sertantai.http.guards import SessionNeeded, public
from sertantai.web.authentication import ScopeMissing
from sertantai.web.token_scopes import NO_TOKEN, scopes_of
from tests.acceptance.test_route_matrix import MATRIX, all_handlers, client, filled, registered
from tests.acceptance.tokens_needed import MATCHING, TABLE
from tests.fixtures.client import PASSWORD
from tests.fixtures.visits import product

TYPE = re.compile(r":\w+\}")
"""Routes are named without the types of their parameters, as requests name them."""
pytestmark = pytest.mark.asyncio(loop_scope="module")

SAID = {
    TYPE.sub("}", f"{method} {path}"): scopes_of(method, handler) for method, path, handler in all_handlers()
}
ROUTES = sorted(SAID)
ROWS = {TYPE.sub("}", name): row for name, row in MATRIX.items()}
KINDS = [chosen for size in (1, 2, 3) for chosen in itertools.combinations(TokenScope, size)]
SHOWS_NOTHING_OF_ANYBODY = re.compile(
    r"GET (/|(/api/v1)?/shared/.*|/erasures/.*|/static/.*"
    r"|/favicon\.ico|(/api/v1)?/trail/checkpoint|/health/.*|/metrics|/csrf-token|(/api/v1)?/openapi.*)"
)
PARAMETER = re.compile(r"\{(\w+)\}")
SECRET = "kept-to-myself"
NO_DIRECTORY = "it is no token of a directory"
"""What speaks SCIM knows no tokens of people: to all of them it is closed as to strangers."""


async def test_every_route_says_what_a_token_needs_and_every_entry_is_a_route() -> None:
    assert {name: needed for name, needed in SAID.items() if needed is not NO_TOKEN} == TABLE


async def test_a_route_that_nobody_thought_of_is_closed_to_tokens() -> None:
    @get("/brand-new", guards=[public], sync_to_thread=False)
    def brand_new() -> None:
        """It says nothing of tokens."""

    assert scopes_of("GET", brand_new) is NO_TOKEN
    assert scopes_of("GET", None) is NO_TOKEN


async def test_nothing_is_read_without_the_one_scope_nor_changed_without_the_other() -> None:
    lax = []
    for name, needed in TABLE.items():
        method = name.partition(" ")[0]
        if SHOWS_NOTHING_OF_ANYBODY.fullmatch(name):
            continue
        reads_only = method in SAFE_METHODS or name in MATCHING
        if (TokenScope.READ if reads_only else TokenScope.SELECT) not in needed:
            lax.append(name)
    assert not lax


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scripts(app: Litestar) -> AsyncIterator[dict[tuple[TokenScope, ...], httpx.AsyncClient]]:
    """An administrator's tokens, who may have every scope, one for each set of scopes."""
    user = await create_user(app.state.accounts, f"{uuid4().hex}@example.org", PASSWORD, "admin")
    made = {
        kind: client(
            app, (await app.state.accounts.api_tokens.create(user.user_id, "admin", "x", kind, 7, None))[0]
        )
        for kind in KINDS
    }
    yield made
    for http in made.values():
        await http.aclose()


@pytest.mark.parametrize("name", ROUTES)
async def test_a_token_does_what_it_was_made_for_and_nothing_else(
    scripts: dict[tuple[TokenScope, ...], httpx.AsyncClient], name: str
) -> None:
    needed = TABLE.get(name)
    wrong = []
    for kind, http in scripts.items():
        refused = await code_of_refusal(http, name)
        wanted = None
        if needed is None:
            wanted = NO_DIRECTORY if " /scim/" in name else SessionNeeded.code
        elif not set(needed) <= set(kind):
            wanted = ScopeMissing.code
        if refused != wanted:
            wrong.append(f"a token for {', '.join(kind)}: {refused}, not {wanted}")
    assert not wrong, f"{name}\n" + "\n".join(wrong)


async def code_of_refusal(http: httpx.AsyncClient, name: str) -> str | None:
    """None: a token was let in, whatever came of it."""
    method, _, template = name.partition(" ")
    path = PARAMETER.sub(lambda _: str(uuid4()), template)
    headers = {"accept": "application/json"}
    answer = await http.request(
        method, path, json={} if method in ("POST", "PATCH") else None, headers=headers
    )
    if answer.status_code == 401 and path.startswith("/scim/"):
        return NO_DIRECTORY
    if answer.status_code != 403:
        return None
    code: str = answer.json()["code"]
    return code


async def test_a_token_that_may_only_select_is_told_nothing_of_what_is_there(app: Litestar) -> None:
    """All that it may call, on a list with a name, a description, a note, a tag and a filter of its own."""
    owner = await registered(app)
    tickers, _ = await app.state.accounts.api_tokens.create(
        UUID(owner.user_id), "user", "ticks", [TokenScope.SELECT], 7, None
    )
    told = {}
    async with owner.http, client(app, tickers) as script:
        record = (await owner.http.get("/api/v1/records?limit=1")).json()["items"][0]
        for name, needed in TABLE.items():
            if TokenScope.READ in needed or name.startswith("GET"):
                continue
            method, _, template = name.partition(" ")
            known = await secret_list(owner.http, record["id"])
            path = template.format(**known)
            row = ROWS[name]
            answer = await script.request(method, path, json=filled(row.json, known), data=row.form)
            assert answer.status_code in row.ok, f"{name}: {answer.text}"
            if SECRET in answer.text or record["title_en"] in answer.text:
                told[name] = answer.text[:300]
    assert not told


async def secret_list(http: httpx.AsyncClient, record: str) -> dict[str, str]:
    api, view = "/api/v1", str(uuid4())
    body = {"name": f"{SECRET} {uuid4()}", "description": SECRET}
    group = (await http.post(f"{api}/groups", json=body)).json()["id"]
    path = f"{api}/groups/{group}/records/{record}"
    ticked = (await http.put(path)).json()
    noted = await http.patch(path, json={"note": SECRET, "tags": [SECRET]})
    assert noted.status_code == 200, noted.text
    kept = await http.put(f"{api}/views/{view}", json={"name": f"{SECRET} {view}"})
    assert kept.status_code == 200, kept.text
    report = [{"line": 1, "text": SECRET, "outcome": "missing"}]
    imported = (await http.post(f"{api}/groups/{group}/imports", json={"items": [], "report": report})).json()
    abbreviation = str(uuid4())
    kept = await http.put(
        f"{api}/abbreviations/{abbreviation}",
        json={"abbreviation": f"{SECRET} {view}"[:60], "laws": [record]},
    )
    assert kept.status_code == 200, kept.text
    known = {"operation": ticked["operation_id"], "import_id": imported["import_id"]}
    known["suggestion"], known["report"] = str(uuid4()), str(uuid4())
    saved = {"name": f"{SECRET} {view}"[:60], "question": "removals"}
    kept = await http.put(f"{api}/audit/saved-reports/{known['report']}", json=saved)
    assert kept.status_code == 200, kept.text
    return {"group": group, "record": record, "view": view, "abbreviation": abbreviation, **known}

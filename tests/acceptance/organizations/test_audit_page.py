"""``/audit``: one's own trail, an organization's for whoever may see it, and what it is narrowed to."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.accounts.administration import create_user
from sertantai.core.ids import UserId
from sertantai.postgres import Role as DatabaseRole
from sertantai.web.pages.history import audit
from tests.acceptance.test_route_matrix import admins_token
from tests.fixtures.client import PASSWORD, Client
from tests.fixtures.colleagues import Organization, call, found, good
from tests.fixtures.live.screens_in_process import person
from tests.fixtures.visits import Visit, product

pytestmark = pytest.mark.asyncio(loop_scope="module")
SITE = "http://sertantai.test"
ANSWER_S_MAX = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


@dataclass(frozen=True)
class House:
    """An open and a restricted list, of each a law that the owner ticked; in the open a member another."""

    acme: Organization
    open: str
    hidden: str
    laws: list[str]

    def __getitem__(self, role: str) -> Client:
        return self.acme[role]


async def lines(client: Client, least: int = 0, /, **asked: str) -> list[str]:
    """What each line says, once there are so many."""
    async with asyncio.timeout(ANSWER_S_MAX):
        while True:
            answer = await client.http.get(f"{SITE}/audit", params=asked, headers={"Accept": "text/html"})
            assert answer.status_code == 200, answer.text
            shown = re.findall(r'data-testid="audit-entry".*?</li>', answer.text, re.DOTALL)
            if len(shown) >= least:
                return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", one)) for one in shown]
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(app: Litestar) -> AsyncIterator[House]:
    async with person(app) as owner, person(app) as member, person(app) as stranger:
        acme = await found(owner)
        acme.people.update(member=member, stranger=stranger)
        await acme.join(member, "member")
        open_ = await acme.list(name="Open")
        hidden = await acme.list(name="Secret plans", access="restricted")
        laws = [law["id"] for law in await owner.records(limit=2)]
        for group in (open_, hidden):
            await owner.select(laws[0], group)
        await member.select(laws[1], open_)
        await good(member, "POST", f"/groups/{open_}/undo")
        await lines(owner, 7, organization=acme.slug)
        yield House(acme, open_, hidden, laws)


async def test_whoever_is_in_it_sees_what_was_done_in_lists_that_they_may_read(house: House) -> None:
    slug = house.acme.slug
    for role, hidden, personal in (("owner", True, True), ("member", False, False)):
        said = " ".join(await lines(house[role], organization=slug))
        assert ("Secret plans" in said) == hidden, role
        assert ("testclient" in said or "127.0.0.1" in said or "session " in said) == personal, role
        assert "Open" in said


async def test_to_a_stranger_there_is_no_such_organization(house: House) -> None:
    for slug in (house.acme.slug, "nothing-here"):
        answer = await house["stranger"].http.get(f"{SITE}/audit", params={"organization": slug})
        assert answer.status_code == 404


async def test_it_is_narrowed_by_what_its_address_says(house: House) -> None:
    owner, slug = house["owner"], house.acme.slug
    member = str(house["member"].user_id)

    async def count(**asked: str) -> int:
        return len(await lines(owner, organization=slug, **asked))

    assert await count(list=house.open, what="ticked") == 2
    assert await count(person=member, list=house.open) == 2
    assert await count(person=member, list=house.open, undone="yes") == 1
    assert await count(list=house.open, source="undo") == 1
    assert await count(list=house.open, source="import") == 0
    assert await count(law=house.laws[0]) == 2
    assert await count(law=house.laws[0], person=member) == 0
    assert await count(until="2001-01-01") == 0


async def test_what_it_cannot_be_asked_is_refused_by_name(house: House) -> None:
    for asked in ("source=magic", "undone=perhaps", "person=me", "since=2001-02-30", "page=2", "list=some"):
        answer = await house["owner"].http.get(f"{SITE}/audit?{asked}")
        assert answer.status_code == 422, asked


async def test_who_is_denied_the_history_is_told_which_right_they_need(house: House) -> None:
    member = house.acme.member("member")
    await good(house["owner"], "PATCH", member, {"permissions": {"deny": ["audit_read"]}})
    answer = await house["member"].http.get(f"{SITE}/audit", params={"organization": house.acme.slug})
    assert answer.status_code == 403
    await good(house["owner"], "PATCH", member, {"permissions": {"deny": []}})


async def test_ones_own_lists_are_ones_own(house: House) -> None:
    await house["member"].select(house.laws[0])
    [line] = await lines(house["member"], 1)
    assert line.split(">", 1)[-1].strip().startswith("You ticked ")
    assert await lines(house["stranger"]) == []
    assert (await call(house["member"], "GET", "/audit")).status == 200


LOOKED = """
SELECT actor, subject, body FROM audit_notices WHERE body ->> 'what' = 'looked_over_everybody' ORDER BY told
"""
OVER_ALL = "/audit/reports/everything"


@asynccontextmanager
async def an_administrator(app: Litestar) -> AsyncIterator[tuple[Visit, str]]:
    visit = Visit(app)
    user = await create_user(app.state.accounts, visit.email, PASSWORD, "admin")
    await visit.sign_in()
    yield visit, str(user.user_id)


async def looks(app: Litestar) -> list[dict[str, Any]]:
    async with app.state.database.transaction(DatabaseRole.AUDITOR, readonly=True) as connection:
        return [dict(row) for row in await connection.fetch(LOOKED)]


async def test_an_administrator_asks_of_everybody_and_each_question_is_sealed_first(
    app: Litestar, house: House
) -> None:
    async with an_administrator(app) as (admin, id):
        before = len(await looks(app))
        sums = await admin.text("/admin/audit")
        assert "Questions to the history of everybody" in sums
        assert re.search(r'data-testid="month".*?<td class="number">\d', sums, re.DOTALL)
        assert "Acme" not in re.sub(r"<nav.*?</nav>", "", sums, flags=re.DOTALL), "sums name nobody"
        assert len(await looks(app)) == before
        found = await admin.get(f"{OVER_ALL}?organization=*&period=all")
        assert any(row["whose"] == "Acme" for row in found["rows"])
        person = (await good(house["member"], "GET", "/me"))["email"]
        assert person in {row["by"] for row in found["rows"]}
        [look] = (await looks(app))[before:]
        assert (str(look["actor"]), look["subject"]) == (id, None)
        assert look["body"] == {"what": "looked_over_everybody", "question": "everything"}
        one = await admin.get(f"{OVER_ALL}?organization=*&period=all&person={person}")
        assert {row["by"] for row in one["rows"]} == {person}
        assert (await looks(app))[-1]["body"]["person"] == house["member"].user_id
        page = await admin.text(f"{OVER_ALL}?organization=*&period=all&list={house.hidden}")
        assert "Secret plans" in page
        assert "Save it as" not in page
        of_one = "/audit/reports/applicable?organization=*&list=default&at=2026-01-01"
        refused = await admin.call("GET", of_one)
        assert refused.status_code == 422
        saved = {"name": "All", "question": "everything", "query": "organization=*"}
        assert (await admin.call("PUT", f"/audit/saved-reports/{uuid4()}", saved)).status_code == 422


async def test_to_all_others_there_is_no_such_history(app: Litestar, house: House) -> None:
    before = len(await looks(app))
    for role in ("owner", "member", "stranger"):
        assert (await call(house[role], "GET", f"{OVER_ALL}?organization=*")).status == 404
    admins_program = await admins_token(app, for_scripts=True)
    answer = await admins_program.http.get(f"/api/v1{OVER_ALL}?organization=*")
    assert answer.status_code in (403, 404)
    assert len(await looks(app)) == before


async def test_an_administrator_who_is_none_any_more_gets_no_further_page(
    app: Litestar, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their role is asked for before each: the session may be older than what happened to it."""
    accounts = app.state.accounts
    async with an_administrator(app) as (admin, id):
        account = await accounts.find_user(UserId(UUID(id)))

        async def demoted(_: UserId) -> Any:
            return msgspec.structs.replace(account, role="user")

        monkeypatch.setattr(accounts, "find_user", demoted)
        answer = await admin.call("GET", f"{OVER_ALL}?organization=*&period=all")
        assert answer.status_code == 404
        assert house.acme.slug not in answer.text


async def test_of_many_members_some_are_offered_and_whoever_is_chosen_stays_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PEOPLE_OFFERED", 1)
    member = house["member"].user_id
    asked = {"organization": house.acme.slug}
    html = {"Accept": "text/html"}
    usual = await house["owner"].http.get(f"{SITE}/audit", params=asked, headers=html)
    assert f'<option value="{member}"' not in usual.text
    chosen = await house["owner"].http.get(f"{SITE}/audit", params={**asked, "person": member}, headers=html)
    assert f'<option value="{member}" selected' in chosen.text
    assert "Who:" in chosen.text.split("paper-note")[1], "a print says what it is narrowed to"

"""``/audit``: one's own trail, an organization's for whoever may see it, and what it is narrowed to."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from litestar import Litestar

from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, call, found, good
from tests.fixtures.live.screens_in_process import person
from tests.fixtures.visits import product

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

"""While somebody looks as a member does, no link leads to a refusal: whatever is offered can be opened."""

import html
import re
from collections import Counter, deque
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar

from tests.fixtures.colleagues import unique_slug
from tests.fixtures.visits import Visit, product

LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"#]*)')
FORM = re.compile(r'<form\b(?=[^>]*\smethod="get")[^>]*?\saction="(/[^"]*)"')
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
LIST = "/groups/ID "
LISTS_MAX, OF_A_KIND_MAX = 6, 2
"""Pages of one kind lead to places of one kind, but for lists: laws and members are not walked one by one."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Office:
    """An organization with something on each of its pages, and an owner who looks as its members do."""

    def __init__(self, app: Any) -> None:
        self.owner = Visit(app)
        self.others = {role: Visit(app) for role in ("admin", "viewer")}
        self.ids: dict[str, str] = {}
        slug = unique_slug()
        self.slug, self.path = slug, f"/organizations/{slug}"

    async def found(self) -> None:
        owner = self.owner
        await owner.sign_up()
        await made(owner, "POST", "/organizations", {"name": "Works", "slug": self.slug})
        for role, person in self.others.items():
            await person.sign_up()
            self.ids[role] = (await person.get("/me"))["id"]
            link = await made(owner, "POST", f"{self.path}/invitations", {"role": role})
            await made(person, "POST", "/invitations/accept", {"token": link["token"]})
        laws = [one["id"] for one in (await owner.get("/records?limit=3"))["items"]]
        open_, secret = await self.a_list("Open"), await self.a_list("Secret", access="restricted")
        await self.a_list("Live", filter={"family": ["WASTE"]})
        team = (await made(owner, "POST", f"{self.path}/teams", {"name": "Leeds site"}))["id"]
        await made(owner, "PUT", f"{self.path}/teams/{team}/members/{self.ids['viewer']}")
        await made(owner, "PUT", f"/groups/{secret}/grants/{self.ids['viewer']}", {"level": "suggest"})
        for list_ in (open_, secret):
            await made(owner, "PUT", f"/groups/{list_}/records/{laws[0]}")
            await made(owner, "PATCH", f"/groups/{list_}/records/{laws[0]}", {"note": "because"})
        await made(owner, "POST", f"/groups/{open_}/copy", {"name": "A copy"})
        report = [
            {"line": 1, "text": "found", "outcome": "imported", "record_id": laws[1]},
            {"line": 2, "text": "missed", "outcome": "missing"},
        ]
        brought = {"items": [{"record_id": laws[1]}], "report": report}
        await made(owner, "POST", f"/groups/{open_}/imports", brought)
        suggested = {"action": "bulk_select", "record_ids": laws[2:]}
        await made(self.others["viewer"], "POST", f"/groups/{secret}/suggestions", suggested)

    async def a_list(self, name: str, **said: Any) -> str:
        id: str = (await made(self.owner, "POST", f"{self.path}/groups", {"name": name, **said}))["id"]
        return id


async def made(person: Visit, method: str, path: str, body: Any = None) -> Any:
    answer = await person.call(method, path, body)
    assert answer.is_success, f"{path} was answered {answer.status_code}: {answer.text[:300]}"
    return answer.json() if answer.content else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


def links_of(page: str) -> list[str]:
    return [html.unescape(link) for link in (*LINK.findall(page), *FORM.findall(page))]


def kind_of(path: str) -> str:
    place, _, asked = path.partition("?")
    names = sorted({one.partition("=")[0] for one in asked.split("&") if one})
    return f"{ID.sub('ID', place)} {' '.join(names)}"


async def walked(person: Visit, *starts: str) -> tuple[list[str], set[str]]:
    """Of all pages that can be come to from ``starts``, which may be refusals themselves: each link that is
    answered with one, with the page that it is on; and what kinds of pages were seen."""
    waiting, seen = deque((start, "") for start in starts), set(starts)
    often: Counter[str] = Counter()
    refused, kinds = [], set()
    while waiting:
        path, on = waiting.popleft()
        answer = await person.http.get(path, follow_redirects=True)
        if answer.status_code != 200 and on:
            refused.append(f"{answer.status_code} {path} on {on}")
            continue
        kinds.add(kind_of(path))
        if "text/html" not in answer.headers["content-type"]:
            continue
        for link in links_of(answer.text):
            kind = kind_of(link)
            if link not in seen and often[kind] < (LISTS_MAX if kind == LIST else OF_A_KIND_MAX):
                seen.add(link)
                often[kind] += 1
                waiting.append((link, path))
    return refused, kinds


async def test_no_link_leads_to_a_refusal_while_somebody_looks_as_a_member_does(app: Litestar) -> None:
    office = Office(app)
    await office.found()
    for role, member in office.ids.items():
        began = await office.owner.send(f"{office.path}/members/{member}/view")
        assert began.status_code == 303, began.text[:300]
        refused, kinds = await walked(office.owner, office.path, "/records", f"/groups/{member}")
        assert not refused, f"as {role}:\n" + "\n".join(refused)
        walked_to = {one.partition(" ")[0].replace(office.path, "") for one in kinds}
        assert walked_to >= {"", "/members", "/teams", "/teams/ID", "/audit", "/groups/ID", "/records/ID"}
        assert walked_to >= {f"/groups/ID/{page}" for page in LIST_PAGES}, walked_to
        await office.owner.send("/viewing/end")


LIST_PAGES = ("access", "history", "moments", "changed", "imports", "exceptions")

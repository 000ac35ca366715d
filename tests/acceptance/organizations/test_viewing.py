"""Looking as a member does: their lists and nothing else, nothing done, for a time, and told in the trail."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.web import viewing
from tests.fixtures.client import PASSWORD
from tests.fixtures.colleagues import unique_slug
from tests.fixtures.visits import ADDRESS, Visit, product

BANNER = 'data-testid="viewing-banner"'

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Works:
    """An organization in browsers: its owner, an admin and a viewer, an open list and a secret one."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.owner, self.admin, self.viewer = Visit(app), Visit(app), Visit(app)
        self.ids: dict[Visit, str] = {}
        self.open = self.secret = self.personal = ""
        self.slug = unique_slug()
        self.path = f"/organizations/{self.slug}"

    async def found(self) -> None:
        for person in (self.owner, self.admin, self.viewer):
            await person.sign_up()
            self.ids[person] = (await person.get("/me"))["id"]
        await made(self.owner, "POST", "/organizations", {"name": "Works", "slug": self.slug})
        for person, role in ((self.admin, "admin"), (self.viewer, "viewer")):
            link = await made(self.owner, "POST", f"{self.path}/invitations", {"role": role})
            await made(person, "POST", "/invitations/accept", {"token": link["token"]})
        self.open = (await made(self.owner, "POST", f"{self.path}/groups", {"name": "Open"}))["id"]
        secret = {"name": "Secret plans", "access": "restricted"}
        self.secret = (await made(self.owner, "POST", f"{self.path}/groups", secret))["id"]
        self.personal = (await made(self.viewer, "POST", "/groups", {"name": "Personal"}))["id"]

    async def look(self, by: Visit, member: Visit) -> Any:
        return await by.send(f"{self.path}/members/{self.ids[member]}/view")


async def made(person: Visit, method: str, path: str, body: Any = None) -> Any:
    answer = await person.call(method, path, body)
    assert answer.is_success, f"{path} was answered {answer.status_code}: {answer.text[:300]}"
    return answer.json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def works(app: Litestar) -> Works:
    works = Works(app)
    await works.found()
    return works


async def test_somebody_looks_as_a_member_does_and_ends_it(works: Works) -> None:
    owner = works.owner
    began = await works.look(owner, works.viewer)
    assert (began.status_code, began.headers["location"]) == (303, works.path)
    home = await owner.text(works.path)
    assert BANNER in home
    assert "Secret plans" not in home, "as that member sees them"
    for form in ("new-shared-list", "ownership-offer", 'data-testid="leave"', "<script type"):
        assert form not in home, form
    page = await owner.text(f"/groups/{works.open}")
    assert BANNER in page
    assert "You can view this list." in page
    assert (await owner.open(f"/groups/{works.secret}")).status_code == 404

    for path in (
        f"/groups/{works.personal}",
        "/groups/default",
    ):
        assert (await owner.open(path)).status_code == 404, path
    for path in (
        *("/account", "/groups", "/history", "/records", "/records/print", "/groups/import"),
        *(f"{works.path}/{page}" for page in ("settings", "leave", "invitations", "abbreviations")),
        f"{works.path}/members/{works.ids[works.admin]}",
        *(f"/groups/{works.open}/{page}" for page in ("links", "filter", "copy")),
    ):
        refused = await owner.open(path)
        assert refused.status_code == 409, path
        assert BANNER in refused.text, "the banner is on every page"
        assert "End viewing first" in refused.text
    for method, path in (
        ("GET", "/me"),
        ("GET", "/me/tokens"),
        ("GET", "/groups"),
        ("GET", f"/groups/{works.open}/record-ids"),
        ("GET", f"/groups/{works.open}/past?at=2026-01-01"),
        ("GET", "/audit"),
        ("GET", f"{works.path}/audit"),
        *(("GET", f"{works.path}/{what}") for what in ("members", "teams", "invitations")),
        *(("GET", f"/groups/{works.open}/{what}") for what in ("links", "imports", "grants")),
        ("GET", "/records/export.csv"),
        ("POST", f"/groups/{works.open}/past/restore"),
        ("POST", "/groups"),
        ("PATCH", f"/groups/{works.open}"),
        ("DELETE", f"/groups/{works.open}"),
        ("POST", f"{works.path}/invitations"),
    ):
        answer = await owner.call(method, path, {"name": "x"} if method != "GET" else None)
        assert (answer.status_code, answer.json()["code"]) == (409, "signed_in_as_another"), (method, path)
        assert "You are viewing Works as" in answer.json()["detail"]
    assert (await works.look(owner, works.admin)).status_code == 409, "one at a time"

    ended = await owner.send("/viewing/end")
    assert ended.headers["location"] == f"{works.path}/members/{works.ids[works.viewer]}"
    assert BANNER not in await owner.text(works.path)
    assert "Secret plans" in await owner.text(works.path)
    trail = await owner.text(f"{works.path}/audit")
    for said in ("began to view the lists as", "stopped viewing the lists as"):
        assert said in trail
    assert works.owner.http.cookies.get(viewing.COOKIE) is None


async def test_what_was_done_in_a_list_is_shown_as_that_member_sees_it(works: Works) -> None:
    owner = works.owner
    law = (await owner.get("/records?limit=1"))["items"][0]["id"]
    for list_ in (works.open, works.secret):
        await made(owner, "PUT", f"/groups/{list_}/records/{law}")
        await made(owner, "PATCH", f"/groups/{list_}/records/{law}", {"note": "because"})
    done = (await owner.get(f"{works.path}/audit?group={works.open}&action=select"))["items"][0]
    hidden = (await owner.get(f"{works.path}/audit?group={works.secret}&action=select"))["items"][0]
    mine = await owner.text(f"{works.path}/audit")
    for seen_by_an_owner in ("Secret plans", ADDRESS, "joined"):
        assert seen_by_an_owner in mine

    await works.look(owner, works.viewer)
    operation, concealed = done["operation_id"], hidden["operation_id"]
    shown = {
        path: await owner.text(path)
        for path in (
            f"/records/{law}",
            f"/records/{law}?group={works.open}",
            f"{works.path}/audit",
            f"{works.path}/audit?group={works.open}",
            f"/groups/{works.open}/history/{operation}",
            f"/groups/{works.open}/moments",
            f"/groups/{works.open}/moments?at=2026-01-01T00:00:00",
            f"/groups/{works.open}/changed",
            f"/groups/{works.open}/exceptions",
            f"/groups/{works.open}/print",
        )
    }
    for path, page in shown.items():
        assert BANNER in page, path
        for never in ("Secret plans", "My selection", "<script type", ADDRESS, "Restore this", "Loading"):
            assert never not in page, (path, never)
    law_page = shown[f"/records/{law}?group={works.open}"]
    assert "In the list <strong>Open</strong>" in law_page
    assert "because" in law_page
    assert f'href="/groups/{works.open}"' in law_page, "and back to the list"
    assert "because" in shown[f"/groups/{works.open}/print"]
    history = shown[f"{works.path}/audit"]
    assert f"/groups/{works.open}/history/{operation}" in history
    for of_members in ("joined", "began to view"):
        assert of_members not in history, "a viewer sees what is done in lists only"
    led = await owner.open(f"/groups/{works.open}/history")
    assert led.headers["location"] == f"{works.path}/audit?group={works.open}"
    for path in (
        *(f"/records/{law}?group={list_}" for list_ in (works.secret, works.personal, "default")),
        *(f"/groups/{works.secret}/{page}" for page in ("history", "moments", "changed", "print")),
        f"/groups/{works.secret}/history/{concealed}",
        f"/groups/{works.open}/history/{concealed}",
        f"/api/v1/groups/{works.secret}/export.csv",
        f"/api/v1/groups/{works.personal}/export.csv",
    ):
        assert (await owner.open(path)).status_code == 404, path


async def test_members_teams_imports_and_comparing_are_shown_as_that_member_sees_them(works: Works) -> None:
    owner = works.owner
    laws = [one["id"] for one in (await owner.get("/records?limit=3"))["items"]]
    other = (await made(owner, "POST", f"{works.path}/groups", {"name": "Other"}))["id"]
    report = [
        {"line": 1, "text": "found", "outcome": "imported", "record_id": laws[0]},
        {"line": 2, "text": "Site rules for contractors", "outcome": "missing"},
    ]
    brought = {"items": [{"record_id": laws[0]}], "report": report}
    await made(owner, "POST", f"/groups/{works.open}/imports", brought)
    await made(owner, "PUT", f"/groups/{other}/records/{laws[1]}")
    team = (await made(owner, "POST", f"{works.path}/teams", {"name": "Leeds site"}))["id"]
    await owner.call("PUT", f"{works.path}/teams/{team}/members/{works.ids[works.viewer]}")
    assert works.admin.email in await owner.text(f"{works.path}/members")

    for member in (works.viewer, works.admin):  # an admin sees more of it, which is not shown so either
        await works.look(owner, member)
        people, teams = await owner.text(f"{works.path}/members"), await owner.text(f"{works.path}/teams")
        one_team = await owner.text(f"{works.path}/teams/{team}")
        imports = await owner.text(f"/groups/{works.open}/imports")
        compared = await owner.text(f"/groups/compare?of={works.open}&of={other}")
        for page in (people, teams, one_team, imports, compared):
            assert BANNER in page
            for never in ("@example.org", "/members/", "<script type", "Create a team", "My lists"):
                assert never not in page, never
            assert page.count('method="post"') == 1, "only the banner's button does something"
        assert 'data-testid="my-name"' not in people
        assert "Leeds site" in people
        assert "Leeds site" in teams
        assert 'data-testid="team-member"' in one_team
        assert "Site rules for contractors" in imports
        for offered in ("Import into this list", "Download report", "data-removes-import", "/records?"):
            assert offered not in imports, offered
        assert ("Only in Open" in compared, "Only in Other" in compared) == (True, True)
        assert ("Secret plans" in compared) is (member is works.admin)
        hidden = await owner.text(f"/groups/compare?of={works.secret}&of={works.personal}")
        assert "Only in Personal" not in hidden
        assert (await owner.open(f"/groups/{works.personal}/imports")).status_code == 404
        await owner.send("/viewing/end")

    denied = {"permissions": {"deny": ["members_read"]}}
    await made(owner, "PATCH", f"{works.path}/members/{works.ids[works.admin]}", denied)
    await works.look(owner, works.admin)
    assert BANNER in await owner.text(works.path), "an admin who is denied it sees the rest"
    for page in ("members", "teams", f"teams/{team}"):
        assert (await owner.open(f"{works.path}/{page}")).status_code == 403, page


async def test_a_list_is_exported_as_far_as_that_member_may(works: Works) -> None:
    owner = works.owner
    law = (await owner.get("/records?limit=1"))["items"][0]
    await made(owner, "PUT", f"/groups/{works.open}/records/{law['id']}")
    export, member = f"/groups/{works.open}/export.csv", f"{works.path}/members/{works.ids[works.viewer]}"
    for permissions, status in (
        ({}, 403),
        ({"allow": ["list_export"]}, 200),
        ({"allow": [], "deny": ["audit_read"]}, 403),
    ):
        changed = await owner.call("PATCH", member, {"permissions": permissions})
        assert changed.is_success, changed.text
        await works.look(owner, works.viewer)
        answer = await owner.call("GET", export)
        assert answer.status_code == status, (permissions, answer.text[:200])
        assert (law["name"] in answer.text) is (status == 200)
        if status == 200:
            await told_in_the_file(works)
        page = await owner.text(f"/groups/{works.open}")
        assert (f"/api/v1{export}" in page) is (status == 200)
        reads_history = not permissions.get("deny")
        assert (f"/groups/{works.open}/history" in page) is reads_history
        for path in (f"{works.path}/audit", f"/groups/{works.open}/history"):
            assert ((await owner.open(path)).status_code == 403) is not reads_history, path
        await owner.send("/viewing/end")


async def told_in_the_file(works: Works) -> None:
    """A file, and what is printed, say that somebody looked as another."""
    owner, export = works.owner, f"/api/v1/groups/{works.open}/export"
    for form in ("csv", "json", "xlsx", "bib"):
        file = await owner.open(f"{export}.{form}")
        name = file.headers["content-disposition"]
        assert 'filename="Viewed as ' in name, name
        assert f" - Open.{form}" in name
        if form in ("json", "bib"):
            assert "Viewed as" in file.text
    assert "Viewed as" in await owner.text(f"/groups/{works.open}/print")
    await owner.send("/viewing/end")
    trail = await owner.get(f"{works.path}/audit?action=export_list")
    exporters = {(line["actor"], line["metadata"]["form"]) for line in trail["items"]}
    forms = ("csv", "json", "xlsx", "bib")
    assert exporters == {(works.ids[owner], form) for form in forms}, "who looked, and not as whom"
    assert "Viewed" not in (await owner.open(f"{export}.csv")).headers["content-disposition"]
    assert "Viewed as" not in await owner.text(f"/groups/{works.open}/print")
    await works.look(owner, works.viewer)


async def test_who_may_not_look_is_refused(works: Works) -> None:
    assert (await works.look(works.viewer, works.admin)).status_code == 403
    assert (await works.look(works.admin, works.owner)).status_code == 403
    assert (await works.look(works.owner, works.owner)).status_code == 403
    assert works.admin.http.cookies.get(viewing.COOKIE) is None
    stranger = Visit(works.app)
    await stranger.sign_up()
    assert (await works.look(stranger, works.viewer)).status_code == 404


async def test_it_ends_with_the_time_the_right_and_the_session(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = works.admin
    await works.look(admin, works.viewer)
    assert BANNER in await admin.text(works.path)
    cookie = admin.http.cookies[viewing.COOKIE]
    other = works.owner
    other.http.cookies.set(viewing.COOKIE, cookie, domain="sertantai.test", path="/")
    assert BANNER not in await other.text(works.path), "another session's cookie is worth nothing"
    admin.http.cookies.set(viewing.COOKIE, cookie[:-2] + "xx", domain="sertantai.test", path="/")
    assert BANNER not in await admin.text(works.path), "nor is one that somebody changed"
    admin.http.cookies.delete(viewing.COOKIE, domain="sertantai.test", path="/")

    await works.look(admin, works.viewer)
    token = await works.owner.call("PATCH", f"{works.path}/members/{works.ids[admin]}", {"role": "member"})
    assert token.is_success, token.text
    assert BANNER not in await admin.text(works.path), (
        "whoever may not decide about members any more looks as themselves"
    )

    monkeypatch.setattr(viewing, "LASTS", timedelta(0))
    await works.look(works.owner, works.viewer)
    assert BANNER not in await works.owner.text(works.path), "it is bounded in time"


async def test_a_token_never_looks_as_somebody_else(works: Works) -> None:
    owner = works.owner
    wanted = {"name": "script", "scopes": ["read", "select"], "current_password": PASSWORD}
    token = (await made(owner, "POST", "/me/tokens", wanted))["token"]
    bearer = {"authorization": f"Bearer {token}"}
    refused = await owner.http.post(f"{works.path}/members/{works.ids[works.viewer]}/view", headers=bearer)
    assert refused.status_code == 403
    await works.look(owner, works.viewer)
    lists = await owner.http.get(
        f"/api/v1{works.path}/groups", headers={**bearer, "accept": "application/json"}
    )
    names = {one["name"] for one in lists.json()["items"]}
    assert "Secret plans" in names, "a program goes on as whose it is"

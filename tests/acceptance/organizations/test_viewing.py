"""Looking as a member does: their lists and nothing else, nothing done, for a time, and told in the trail."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from sertantai.web import viewing
from tests.fixtures.client import PASSWORD
from tests.fixtures.visits import Visit, product

BANNER = 'data-testid="viewing-banner"'
WORKS = "/organizations/works"


class Works:
    """An organization in browsers: its owner, an admin and a viewer, an open list and a secret one."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.owner, self.admin, self.viewer = Visit(app), Visit(app), Visit(app)
        self.ids: dict[Visit, str] = {}
        self.open = self.secret = self.personal = ""

    async def found(self) -> None:
        for person in (self.owner, self.admin, self.viewer):
            await person.sign_up()
            self.ids[person] = (await person.get("/me"))["id"]
        await made(self.owner, "POST", "/organizations", {"name": "Works", "slug": "works"})
        for person, role in ((self.admin, "admin"), (self.viewer, "viewer")):
            link = await made(self.owner, "POST", f"{WORKS}/invitations", {"role": role})
            await made(person, "POST", "/invitations/accept", {"token": link["token"]})
        self.open = (await made(self.owner, "POST", f"{WORKS}/groups", {"name": "Open"}))["id"]
        secret = {"name": "Secret plans", "access": "restricted"}
        self.secret = (await made(self.owner, "POST", f"{WORKS}/groups", secret))["id"]
        self.personal = (await made(self.viewer, "POST", "/groups", {"name": "Personal"}))["id"]

    async def look(self, by: Visit, member: Visit) -> Any:
        return await by.send(f"{WORKS}/members/{self.ids[member]}/view")


async def made(person: Visit, method: str, path: str, body: Any = None) -> Any:
    answer = await person.call(method, path, body)
    assert answer.is_success, f"{path} was answered {answer.status_code}: {answer.text[:300]}"
    return answer.json()


@pytest_asyncio.fixture
async def works() -> AsyncIterator[Works]:
    async with product() as app:
        works = Works(app)
        await works.found()
        yield works


async def test_somebody_looks_as_a_member_does_and_ends_it(works: Works) -> None:
    owner = works.owner
    began = await works.look(owner, works.viewer)
    assert (began.status_code, began.headers["location"]) == (303, WORKS)
    home = await owner.text(WORKS)
    assert BANNER in home
    assert "Secret plans" not in home, "as that member sees them"
    for form in ("new-shared-list", "ownership-offer", 'id="leave"', "<script type"):
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
    for path in ("/account", "/groups", "/history", "/records", f"{WORKS}/members", f"{WORKS}/audit"):
        refused = await owner.open(path)
        assert refused.status_code == 409, path
        assert BANNER in refused.text, "the banner is on every page"
        assert "End viewing first" in refused.text
    for method, path in (
        ("GET", "/me"),
        ("GET", "/me/tokens"),
        ("GET", "/groups"),
        ("GET", f"/groups/{works.open}/record-ids"),
        ("POST", "/groups"),
        ("PATCH", f"/groups/{works.open}"),
        ("DELETE", f"/groups/{works.open}"),
        ("POST", f"{WORKS}/invitations"),
    ):
        answer = await owner.call(method, path, {"name": "x"} if method != "GET" else None)
        assert (answer.status_code, answer.json()["code"]) == (409, "signed_in_as_another"), (method, path)
        assert "You are viewing Works as" in answer.json()["detail"]
    assert (await works.look(owner, works.admin)).status_code == 409, "one at a time"

    ended = await owner.send("/viewing/end")
    assert ended.headers["location"] == f"{WORKS}/members/{works.ids[works.viewer]}"
    assert BANNER not in await owner.text(WORKS)
    assert "Secret plans" in await owner.text(WORKS)
    trail = await owner.text(f"{WORKS}/audit")
    for said in ("began to view the lists as", "stopped viewing the lists as"):
        assert said in trail
    assert works.owner.http.cookies.get(viewing.COOKIE) is None


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
    assert BANNER in await admin.text(WORKS)
    cookie = admin.http.cookies[viewing.COOKIE]
    other = works.owner
    other.http.cookies.set(viewing.COOKIE, cookie, domain="sertantai.test", path="/")
    assert BANNER not in await other.text(WORKS), "another session's cookie is worth nothing"
    admin.http.cookies.set(viewing.COOKIE, cookie[:-2] + "xx", domain="sertantai.test", path="/")
    assert BANNER not in await admin.text(WORKS), "nor is one that somebody changed"
    admin.http.cookies.delete(viewing.COOKIE, domain="sertantai.test", path="/")

    await works.look(admin, works.viewer)
    token = await works.owner.call("PATCH", f"{WORKS}/members/{works.ids[admin]}", {"role": "member"})
    assert token.is_success, token.text
    assert BANNER not in await admin.text(WORKS), (
        "whoever may not decide about members any more looks as themselves"
    )

    monkeypatch.setattr(viewing, "LASTS", timedelta(0))
    await works.look(works.owner, works.viewer)
    assert BANNER not in await works.owner.text(WORKS), "it is bounded in time"


async def test_a_token_never_looks_as_somebody_else(works: Works) -> None:
    owner = works.owner
    wanted = {"name": "script", "scopes": ["read", "select"], "current_password": PASSWORD}
    token = (await made(owner, "POST", "/me/tokens", wanted))["token"]
    bearer = {"authorization": f"Bearer {token}"}
    refused = await owner.http.post(f"{WORKS}/members/{works.ids[works.viewer]}/view", headers=bearer)
    assert refused.status_code == 403
    await works.look(owner, works.viewer)
    lists = await owner.http.get(f"/api/v1{WORKS}/groups", headers={**bearer, "accept": "application/json"})
    names = {one["name"] for one in lists.json()["items"]}
    assert "Secret plans" in names, "a program goes on as whose it is"

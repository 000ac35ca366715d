"""Leaving, and removing somebody, with lists handed on, and restoring them, by the pages."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from litestar import Litestar

from tests.fixtures.visits import Visit, product

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as app:
        yield app


async def joined(app: Litestar, owner: Visit, slug: str, role: str) -> tuple[Visit, str]:
    person = Visit(app)
    await person.sign_up()
    made = await owner.call("POST", f"/organizations/{slug}/invitations", {"role": role})
    done = await person.call("POST", "/invitations/accept", {"token": made.json()["token"]})
    assert done.status_code == 200, done.text
    return person, (await person.get("/me"))["id"]


async def test_who_was_removed_is_restored_by_the_pages(app: Litestar) -> None:
    owner = Visit(app)
    await owner.sign_up()
    slug = (await owner.call("POST", "/organizations", {"name": "Acme"})).json()["slug"]
    page = f"/organizations/{slug}"
    ben, ben_id = await joined(app, owner, slug, "member")
    cy, cy_id = await joined(app, owner, slug, "viewer")
    await ben.call("PATCH", f"/organizations/{slug}/members/{ben_id}", {"name": "Ben <b>"})
    made = (await ben.call("POST", f"/organizations/{slug}/groups", {"name": "Leeds"})).json()["id"]
    assert "Left in the last 30 days" not in await owner.text(f"{page}/members")
    assert 'name="new-' in (await owner.open(f"{page}/members/{ben_id}")).text

    removed = await owner.send(f"{page}/members/{ben_id}/remove", **{f"new-{made}": cy_id})
    assert removed.headers["location"].startswith(f"{page}/members")
    assert (await cy.get(f"/groups/{made}"))["my_level"] == "manage"
    assert (await ben.open(page)).status_code == 404
    listed = await owner.open(f"{page}/members")
    assert f'href="{page}/departures/{ben_id}"' in listed.text
    assert "Ben <b>" not in listed.text, "it is escaped"
    shown = await owner.text(f"{page}/departures/{ben_id}")
    assert "Handed back" in shown
    assert "Leeds" in shown
    assert "Restore Ben <b>" in shown
    assert "Left in the last 30 days" not in await cy.text(f"{page}/members")
    assert (await cy.open(f"{page}/departures/{ben_id}")).status_code == 403
    assert (await cy.send(f"{page}/departures/{ben_id}")).status_code == 403

    restored = await owner.send(f"{page}/departures/{ben_id}")
    assert restored.headers["location"].startswith(f"{page}/members/{ben_id}")
    assert (await ben.open(page)).status_code == 200
    assert (await cy.get(f"/groups/{made}"))["my_level"] == "view"
    for again in (
        await owner.send(f"{page}/departures/{ben_id}"),
        await owner.open(f"{page}/departures/{ben_id}"),
    ):
        assert again.status_code == 409


async def test_who_leaves_sees_what_they_leave_and_hands_it_on(app: Litestar) -> None:
    owner = Visit(app)
    await owner.sign_up()
    slug = (await owner.call("POST", "/organizations", {"name": "Acme"})).json()["slug"]
    page = f"/organizations/{slug}"
    assert "You are the only owner" in await owner.text(f"{page}/leave")
    assert (await owner.send(f"{page}/leave")).status_code == 409
    ben, ben_id = await joined(app, owner, slug, "member")
    cy, cy_id = await joined(app, owner, slug, "viewer")
    member = f"/organizations/{slug}/members/{ben_id}"
    await owner.call("PATCH", member, {"permissions": {"allow": ["link_create"]}})
    own = (await ben.call("POST", f"/organizations/{slug}/groups", {"name": "Hull"})).json()["id"]
    made = (await owner.call("POST", f"/organizations/{slug}/groups", {"name": "Leeds <b>"})).json()["id"]
    await owner.call("PUT", f"/groups/{made}/grants/{ben_id}", {"level": "manage"})
    link = await ben.call("POST", f"/groups/{made}/links", {})
    assert link.is_success, link.text
    team = (await owner.call("POST", f"/organizations/{slug}/teams", {"name": "Site"})).json()["id"]
    assert (
        await owner.call("PUT", f"/organizations/{slug}/teams/{team}/members/{ben_id}")
    ).status_code == 200

    shown = await ben.open(f"{page}/leave")
    assert f'name="new-{made}"' in shown.text
    assert "Leeds <b>" not in shown.text, "it is escaped"
    said = await ben.text(f"{page}/leave")
    for left in (
        *("only you manage this list", "Links to read that you created", "You leave the team Site."),
        f'stay with owners and admins: <a href="/groups/{own}">Hull</a>.',
    ):
        assert left in said, left
    assert f'name="new-{own}"' not in said, "nobody gives more than they hold"
    assert 'name="new-' not in await cy.text(f"{page}/leave"), "who manages nothing alone is asked nothing"
    assert f'href="{page}/leave"' in await ben.text(page)
    [told] = (await ben.get(f"{member}/leaving"))["links"]
    assert told["group"] == made

    refused = await ben.send(f"{page}/leave", **{f"new-{made}": ben_id})
    assert refused.status_code == 422
    assert "another member" in refused.text
    assert (await ben.open(page)).status_code == 200, "nothing was done"

    gone = await ben.send(f"{page}/leave", **{f"new-{made}": cy_id})
    assert (gone.status_code, gone.headers["location"].partition("?")[0]) == (303, "/organizations")
    assert (await cy.get(f"/groups/{made}"))["my_level"] == "manage"
    assert (await ben.open(page)).status_code == 404
    assert (await ben.open(f"{page}/leave")).status_code == 404
    assert "was handed to" in await owner.text(f"{page}/departures/{ben_id}")


async def test_who_left_is_asked_by_the_page(app: Litestar) -> None:
    owner = Visit(app)
    await owner.sign_up()
    slug = (await owner.call("POST", "/organizations", {"name": "Acme"})).json()["slug"]
    page = f"/organizations/{slug}"
    ben, ben_id = await joined(app, owner, slug, "member")
    await ben.send(f"{page}/leave")
    assert "left of their own accord" in await owner.text(f"{page}/departures/{ben_id}")
    asked = await owner.send(f"{page}/departures/{ben_id}")
    assert asked.headers["location"].startswith(f"{page}/members")
    assert re.search("Invitations", await owner.text(f"{page}/members"))
    assert (await ben.open(page)).status_code == 404
    assert ben.email in await owner.text(f"{page}/members")


async def test_who_leaves_names_who_answers_for_their_laws(app: Litestar) -> None:
    owner = Visit(app)
    await owner.sign_up()
    slug = (await owner.call("POST", "/organizations", {"name": "Acme"})).json()["slug"]
    page = f"/organizations/{slug}"
    ben, ben_id = await joined(app, owner, slug, "member")
    cy, cy_id = await joined(app, owner, slug, "viewer")
    list_ = (await owner.call("POST", f"{page}/groups", {"name": "Leeds"})).json()["id"]
    ids = [one["id"] for one in (await owner.get("/records?limit=3"))["items"]]
    every = {"action": "bulk_select", "record_ids": ids}
    await owner.call("POST", f"/groups/{list_}/operations", every)
    for person, laws in ((ben_id, ids[:2]), (cy_id, ids[2:])):
        said = {"record_ids": laws, "responsible": person, "review_on": "2020-01-01"}
        assert (await owner.call("PATCH", f"/groups/{list_}/records", said)).status_code == 200

    seen = await cy.text(f"{page}/leave")
    assert "you answer for stay without anybody responsible" in seen, "a viewer names nobody"
    assert 'name="laws-' not in seen
    shown = await owner.text(f"{page}/members/{ben_id}")
    assert "2 laws, 2 due for review" in shown
    refused = await ben.send(f"{page}/leave", **{f"laws-{list_}": ben_id})
    assert (refused.status_code, "another member" in refused.text) == (422, True)
    gone = await owner.send(f"{page}/members/{ben_id}/remove", **{f"laws-{list_}": cy_id})
    assert gone.status_code == 303, gone.text
    rows = (await cy.get(f"/groups/{list_}/records?responsible=me"))["items"]
    assert len(rows) == 3
    assert "Answers again for" in await owner.text(f"{page}/departures/{ben_id}")
    assert "handed on laws they answered for" in await owner.text(f"{page}/audit")
    assert (await owner.send(f"{page}/departures/{ben_id}")).status_code == 303
    assert len((await ben.get(f"/groups/{list_}/records?responsible=me"))["items"]) == 2

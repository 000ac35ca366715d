"""Guests: ticking before signing in, taking the ticks along once, and being forgotten in the end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.accounts.guests.claims import GuestClaims
from sertantai.accounts.service import Accounts
from sertantai.audit.verify import verify
from sertantai.core.errors import DatabaseUnavailable, NotFound
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.lists.access import Asking
from sertantai.postgres import Database, Role
from sertantai.web.services import STATE_KEY, Services
from tests.fixtures.visits import Visit, product

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


@pytest.fixture
def visit(app: Litestar) -> Visit:
    return Visit(app)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def laws(app: Litestar) -> list[str]:
    register = services(app).register.catalogue
    return [str(record) for record in register.record_ids(register.everything)[:20]]


def services(app: Litestar) -> Services:
    found: Services = app.state[STATE_KEY]
    return found


def accounts(app: Litestar) -> Accounts:
    found: Accounts = app.state.accounts
    return found


async def value(app: Litestar, statement: str, *arguments: Any, role: Role = Role.ACCOUNTS) -> Any:
    database: Database = app.state.database
    async with database.transaction(role) as connection:
        return await connection.fetchval(statement, *arguments)


GUESTS = "SELECT count(*) FROM guests"


# --------------------------------------------------------------------------------------------- being a guest


async def test_looking_makes_no_guest_and_the_first_tick_one(
    app: Litestar, visit: Visit, laws: list[str]
) -> None:
    before = await value(app, GUESTS)
    page = await visit.text("/records")
    assert "You are not signed in, so your ticks last for 30 days." in page
    await visit.text(f"/records/{laws[0]}")
    await visit.text("/sign-in")
    assert await value(app, GUESTS) == before
    guest = await visit.become_guest()
    await visit.tick(laws[0])
    assert await value(app, GUESTS) == before + 1
    me = await visit.get("/me")
    assert (me["id"], me["role"], me["email"]) == (guest, "guest", None)
    page = await visit.text("/records")
    assert "so your ticks last until " in page
    assert await visit.ticked() == {laws[0]}


async def test_whoever_is_known_stays_who_they_are(visit: Visit, laws: list[str]) -> None:
    guest = await visit.become_guest()
    again = await visit.send("/guest")
    assert (again.status_code, again.json()["user_id"]) == (200, guest)


async def test_a_guest_is_an_owner_like_any_other(app: Litestar, laws: list[str]) -> None:
    one, other = Visit(app), Visit(app)
    await one.become_guest()
    await one.tick(*laws[:3])
    await other.become_guest()
    theirs = (await one.get("/groups"))["items"][0]["id"]
    for method, path in (("GET", ""), ("PUT", f"/records/{laws[0]}"), ("POST", "/undo")):
        assert (await other.call(method, f"/groups/{theirs}{path}")).status_code == 404
    assert await other.ticked() == set()
    assert [entry["action"] for entry in (await one.get("/audit"))["items"]] == ["select"] * 3
    await services(app).engine.flush()
    rows = "SELECT count(*) FROM user_record_selections WHERE user_id = $1"
    database: Database = app.state.database
    async with database.transaction(Role.APP, UserId(UUID((await other.get("/me"))["id"]))) as connection:
        assert await connection.fetchval(rows, UUID((await one.get("/me"))["id"])) == 0


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("GET", "/groups/default/export.csv", "export laws"),
        ("GET", "/records/export.json", "export laws"),
        ("POST", "/groups", "create lists"),
        ("POST", "/me/tokens", "do this"),
        ("PUT", "/groups/default/filter", "do this"),
    ],
)
async def test_what_needs_an_account_says_so(visit: Visit, method: str, path: str, what: str) -> None:
    await visit.become_guest()
    answer = await visit.call(method, path, {})
    assert (answer.status_code, answer.json()["code"]) == (401, "account_needed")
    assert answer.json()["detail"].startswith(f"Sign in to {what}.")


async def test_a_page_that_needs_an_account_leads_to_signing_in_and_says_why(visit: Visit) -> None:
    await visit.become_guest()
    answer = await visit.open("/groups")
    assert answer.headers["location"] == "/sign-in?next=/groups"
    assert "Sign in to see your lists." in await visit.text("/sign-in?next=/groups")


async def test_ticks_are_kept_without_a_script(app: Litestar, visit: Visit) -> None:
    before = await value(app, GUESTS)
    page = await visit.text("/records?limit=25")
    [shown] = visit.hidden(page, "shown")
    ids = shown.split()
    nothing = await visit.send("/records/ticks", shown=shown, group="", view="/records?limit=25")
    assert nothing.headers["location"] == "/records?limit=25"
    assert await value(app, GUESTS) == before
    sent = {"shown": shown, "group": "", "view": "/records?limit=25"}
    await visit.send("/records/ticks", **sent, tick=ids[:3])
    assert await visit.ticked() == set(ids[:3])
    page = await visit.text("/records?limit=25")
    assert "3 ticked; “My selection” now has 3 laws." in page
    assert page.count(" checked") >= 3
    await visit.send("/records/ticks", **sent, tick=ids[1:4])
    assert await visit.ticked() == set(ids[1:4])
    assert "1 ticked and 1 unticked" in await visit.text("/records")


# ------------------------------------------------------------------------------------ taking the ticks along


async def with_ticks(visit: Visit, laws: list[str]) -> str:
    """A guest who has ticked and signs up; gives the page that this leads to."""
    await visit.become_guest()
    await visit.tick(*laws)
    return await visit.sign_up("/records?q=noise")


async def choose(visit: Visit, page: str, **fields: str) -> str:
    """Send the form of that page; gives what the page after it says."""
    guests = visit.hidden(page, "guest")
    answer = await visit.send("/guest-ticks", guest=guests, next="/records", **fields)
    assert answer.status_code == 303, answer.text
    return await visit.text(answer.headers["location"])


async def test_signing_up_asks_where_the_ticks_go_and_puts_them_there(
    app: Litestar, visit: Visit, laws: list[str]
) -> None:
    await visit.become_guest()
    assert "Your ticks come with you" in await visit.text("/sign-up")
    await visit.tick(*laws[:12])
    await visit.call("PATCH", f"/groups/default/records/{laws[3]}", {"note": "Ask the landlord"})
    leads = await visit.sign_up("/records?q=noise")
    assert leads == "/guest-ticks?next=/records%3Fq%3Dnoise"
    page = await visit.text(leads)
    assert "You ticked <strong" in page
    assert "12 laws" in page
    said = await choose(visit, page, into="new", name="Site inspection")
    assert "You ticked 12 laws before signing in; they are now in “Site inspection”." in said
    assert "You ticked 12 laws" not in await visit.text("/records"), "once is enough"
    made = next(
        group for group in (await visit.get("/groups"))["items"] if group["name"] == "Site inspection"
    )
    assert await visit.ticked(made["id"]) == set(laws[:12])
    assert await visit.ticked() == set()
    kept = {record["id"]: record for record in (await visit.get(f"/groups/{made['id']}/records"))["items"]}
    assert kept[laws[3]]["note"] == "Ask the landlord"
    assert {record["source"] for record in kept.values()} == {"merge"}
    undone = await visit.call("POST", f"/groups/{made['id']}/undo", {})
    assert undone.json()["changed"] == 12, "it was one change"


async def test_signing_in_adds_them_to_a_list_and_says_what_was_there(app: Litestar, laws: list[str]) -> None:
    visit = Visit(app)
    await visit.sign_up()
    await visit.tick(*laws[:5])
    await visit.sign_out()
    await visit.become_guest()
    await visit.tick(*laws[3:8])
    page = await visit.text(await visit.sign_in())
    mine = (await visit.get("/groups"))["items"][0]["id"]
    said = await choose(visit, page, into=mine)
    assert (
        "You ticked 5 laws before signing in; they are now in “My selection” (2 were already there)." in said
    )
    assert await visit.ticked() == set(laws[:8])


async def test_the_guest_ends_with_signing_in(app: Litestar, laws: list[str]) -> None:
    visit, thief = Visit(app), Visit(app)
    await visit.become_guest()
    await visit.tick(laws[0])
    thief.http.cookies.update(visit.http.cookies)
    assert (await thief.call("GET", "/me")).status_code == 200
    await visit.sign_up()
    assert (await thief.call("GET", "/me")).status_code == 401


async def test_nobody_else_can_have_the_ticks(app: Litestar, laws: list[str]) -> None:
    visit, other = Visit(app), Visit(app)
    page = await visit.text(await with_ticks(visit, laws[:4]))
    await other.sign_up()
    theirs = (await other.get("/groups"))["items"][0]["id"]
    answer = await other.send("/guest-ticks", guest=visit.hidden(page, "guest"), into=theirs, next="/records")
    assert answer.status_code == 303
    assert await other.ticked() == set()
    mine = (await visit.get("/groups"))["items"][0]["id"]
    assert "4 laws before signing in; they are now in" in await choose(visit, page, into=mine)


async def test_sent_twice_also_with_another_list_it_happens_once(
    app: Litestar, visit: Visit, laws: list[str]
) -> None:
    page = await visit.text(await with_ticks(visit, laws[:6]))
    mine = (await visit.get("/groups"))["items"][0]["id"]
    guests = visit.hidden(page, "guest")
    sent = (visit.send("/guest-ticks", guest=guests, into=mine, next="/records") for _ in range(2))
    assert [answer.status_code for answer in await asyncio.gather(*sent)] == [303, 303]
    assert "6 laws before signing in; they are now in “My selection”." in await visit.text("/records")
    await visit.call("DELETE", f"/groups/default/records/{laws[0]}")
    said = await choose(visit, page, into="new", name="Elsewhere")
    assert "You ticked 6 laws before signing in; they are now in “My selection”." in said
    assert await visit.ticked() == set(laws[1:6]), "what was unticked since stays so"
    actions = [entry["action"] for entry in (await visit.get("/audit?action=bulk_select"))["items"]]
    assert len(actions) == 6


async def test_a_crash_before_it_is_noted_down_repeats_nothing(
    app: Litestar, visit: Visit, laws: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await visit.text(await with_ticks(visit, laws[:6]))
    mine = GroupId(UUID((await visit.get("/groups"))["items"][0]["id"]))
    user = UserId(UUID((await visit.get("/me"))["id"]))
    guests = [UserId(UUID(text)) for text in visit.hidden(page, "guest")]

    async def crash(*_: Any) -> None:
        raise DatabaseUnavailable("away")

    ticks = services(app).guest_ticks
    lists = await services(app).access.lists_of(Asking(Origin(user)))
    with monkeypatch.context() as patch:
        patch.setattr(GuestClaims, "settle", crash)
        with pytest.raises(DatabaseUnavailable):
            await ticks.keep(lists, guests, mine)
    other = await ticks.list_named(lists, "Chosen later")
    kept = await ticks.keep(lists, guests, other.id)
    assert kept is not None
    assert kept.group is not None
    assert kept.group.id == mine, "the first choice stands"
    assert (kept.picked, kept.added) == (6, 6)
    assert await visit.ticked(str(other.id)) == set()
    assert len((await visit.get("/audit?action=bulk_select"))["items"]) == 6


async def test_a_list_that_is_gone_since_it_was_chosen_can_be_chosen_anew(
    app: Litestar, visit: Visit, laws: list[str]
) -> None:
    page = await visit.text(await with_ticks(visit, laws[:2]))
    user = UserId(UUID((await visit.get("/me"))["id"]))
    [guest] = [UserId(UUID(text)) for text in visit.hidden(page, "guest")]
    gone = (await visit.call("POST", "/groups", {"name": "Gone"})).json()["id"]
    await accounts(app).guest_claims.decide(user, guest, GroupId(UUID(gone)))
    await visit.call("DELETE", f"/groups/{gone}")
    mine = (await visit.get("/groups"))["items"][0]["id"]
    assert "they are now in “My selection”" in await choose(visit, page, into=mine)
    assert await visit.ticked() == set(laws[:2])


async def test_they_can_wait_and_they_can_be_let_go(visit: Visit, laws: list[str]) -> None:
    await visit.text(await with_ticks(visit, laws[:1]))
    assert "/guest-ticks" in await visit.text("/groups")
    page = await visit.text("/guest-ticks")
    assert "You ticked 1 law before signing in; it was discarded." in await choose(visit, page, into="none")
    assert "/guest-ticks" not in await visit.text("/groups")
    assert (await visit.open("/guest-ticks?next=/history")).headers["location"] == "/history"
    assert await visit.ticked() == set()


async def test_a_new_list_needs_a_name_and_the_form_says_so(visit: Visit, laws: list[str]) -> None:
    page = await visit.text(await with_ticks(visit, laws[:1]))
    answer = await visit.send(
        "/guest-ticks", guest=visit.hidden(page, "guest"), into="new", name=" ", next="/records"
    )
    assert answer.status_code == 422
    assert "Give the new list a name." in answer.text
    assert visit.hidden(answer.text, "guest") == visit.hidden(page, "guest")


async def test_signing_in_as_somebody_who_is_known_asks_nothing(visit: Visit) -> None:
    assert await visit.sign_up("/history") == "/history"


# ------------------------------------------------------------------------------------------ in the end


OVER = "UPDATE guests SET expires_at = now() - interval '1 hour' WHERE id = $1 RETURNING true"
SELECTED = "SELECT count(*) FROM user_record_selections WHERE user_id = $1"
TRAIL = "SELECT count(*) FROM selection_audit_log WHERE user_id = $1"


async def test_a_guest_whose_time_is_over_is_purged_and_the_trail_stays(
    app: Litestar, laws: list[str]
) -> None:
    old, young, member = Visit(app), Visit(app), Visit(app)
    gone = UUID(await old.become_guest())
    await old.tick(*laws[:4])
    await young.become_guest()
    await young.tick(laws[0])
    await member.sign_up()
    await member.tick(laws[0])
    assert await value(app, OVER, gone)
    assert accounts(app).guest_purge._hooks.before_purge == services(app).engine.flush
    assert await accounts(app).guest_purge.sweep() >= 1
    assert await value(app, "SELECT count(*) FROM users WHERE id = $1", gone) == 0
    assert await value(app, SELECTED, gone, role=Role.AUDITOR) == 0
    assert await value(app, TRAIL, gone, role=Role.AUDITOR) == 4
    with pytest.raises(NotFound):
        await services(app).engine.state(OwnerId(UserId(gone)))
    assert (await old.call("GET", "/me")).status_code == 401
    assert "for 30 days" in await old.text("/records"), "a stranger again"
    await accounts(app).guest_purge.sweep()  # whom a busy database kept the first time, and nobody else
    assert await young.ticked() == await member.ticked() == {laws[0]}
    assert (await verify(app.state.database)).clean
    assert services(app).engine.status().sync.rejected == 0


async def test_a_guest_whose_ticks_have_found_their_list_is_not_needed_any_more(
    app: Litestar, visit: Visit, laws: list[str]
) -> None:
    page = await visit.text(await with_ticks(visit, laws[:2]))
    [guest] = visit.hidden(page, "guest")
    await choose(visit, page, into="new", name="Kept")
    assert await value(app, OVER, UUID(guest))  # it is over already, but for the moment until time is settled
    await accounts(app).guest_purge.sweep()
    assert await value(app, "SELECT count(*) FROM users WHERE id = $1", UUID(guest)) == 0
    said = await choose(visit, page, into="none")
    assert "You ticked 2 laws before signing in; they are now in “Kept”." in said


async def test_no_mistake_purges_somebody_with_an_account(app: Litestar, visit: Visit) -> None:
    await visit.sign_up()
    user = UUID((await visit.get("/me"))["id"])
    planted = "INSERT INTO guests (id, created_at, expires_at) VALUES ($1, now(), now()) RETURNING true"
    assert await value(app, planted, user)
    await accounts(app).guest_purge.sweep()
    assert (await visit.get("/me"))["email"] == visit.email


# ------------------------------------------------------------------------------------------- bounds


async def test_a_guest_has_bounds_and_an_address_makes_only_so_many() -> None:
    async with product(
        guest_records_max=3, rate_limits_enabled=True, rate_limit_guests_per_address="2/hour"
    ) as app:
        visit = Visit(app)
        await visit.become_guest()
        ids = [record["id"] for record in (await visit.get("/records?limit=5"))["items"]]
        await visit.tick(*ids[:2])
        many = await visit.call(
            "POST", "/groups/default/operations", {"action": "bulk_select", "record_ids": ids[1:4]}
        )
        all_of_it = await visit.call(
            "POST", "/groups/default/operations", {"action": "bulk_select", "filter": {}}
        )
        reach = {"action": "bulk_select", "from": ids[0], "to": ids[4]}
        across = await visit.call("POST", "/groups/default/ranges", reach)
        for refused in (many, all_of_it, across):
            assert (refused.status_code, refused.json()["code"]) == (403, "guest_list_full")
            assert refused.json()["detail"] == "Sign in to tick more than 3 laws."
        await visit.tick(ids[2], ids[0])
        assert (await visit.call("PUT", f"/groups/default/records/{ids[3]}")).status_code == 403
        assert await visit.ticked() == set(ids[:3])
        await Visit(app).become_guest()
        too_many = await Visit(app).send("/guest")
        assert too_many.status_code == 429
        assert int(too_many.headers["retry-after"]) > 0
        assert await visit.sign_up() == "/guest-ticks?next=/records"


async def test_switched_off_nobody_becomes_a_guest() -> None:
    async with product(guests_enabled=False) as app:
        visit = Visit(app)
        page = await visit.text("/records")
        assert "Sign in to tick" in page
        assert 'data-testid="guest-note"' not in page
        answer = await visit.send("/guest")
        assert answer.status_code == 401
        assert await value(app, GUESTS) == 0

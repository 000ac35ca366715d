"""What is held about oneself, taken away; an account erased, come back to, and erased by others: the whole
product, by its pages and its API."""

import asyncio
import html
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.accounts.administration import create_user
from sertantai.core.ids import UserId
from sertantai.files.pdf import can_make_pdf
from sertantai.persons.desk import STATE_KEY, WRITTEN_AT_ONCE_MAX, PersonsDesk
from sertantai.persons.service import Erasing
from sertantai.postgres import Role
from sertantai.process.under_way import WorkKind
from tests.fixtures.client import PASSWORD
from tests.fixtures.visits import Visit, product

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA, ERASE = "/account/data", "/account/data/erase"
WHY = {"current_password": PASSWORD, "reason": "I have a new job"}
LONG_ENOUGH_S = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("first_after_s", "every_s"):
            patch.setattr(Erasing, name, 0.1)
        async with product() as started:
            yield started


@pytest_asyncio.fixture(loop_scope="module")
async def somebody(app: Litestar) -> Visit:
    visit = Visit(app)
    await visit.sign_up()
    return visit


@pytest_asyncio.fixture(loop_scope="module")
async def admin(app: Litestar) -> Visit:
    visit = Visit(app)
    await create_user(app.state.accounts, visit.email, PASSWORD, "admin")
    await visit.sign_in()
    return visit


def desk_of(app: Litestar) -> PersonsDesk:
    desk: PersonsDesk = app.state[STATE_KEY]
    return desk


async def id_of(visit: Visit) -> UserId:
    return UserId(UUID((await visit.get("/me"))["id"]))


def rows_of(answer: httpx.Response, part: str) -> Any:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert file.testzip() is None
        return json.loads(file.read(f"{part}.json"))


def linked(text: str, beginning: str) -> str:
    """The first address of a page that begins so."""
    found: str = re.findall(rf'href="({beginning}[^"]*)"', text)[0]
    return found


async def says(visit: Visit, path: str, status: int = 200) -> str:
    answer = await visit.open(path)
    assert answer.status_code == status, answer.text[:300]
    return html.unescape(answer.text)


async def test_all_that_is_held_is_shown_and_taken_away_once_proved(app: Litestar, somebody: Visit) -> None:
    law = (await somebody.get("/records?limit=1"))["items"][0]["id"]
    await somebody.tick(law)
    me = await id_of(somebody)
    await app.state["selections"].engine.flush(60.0)
    assert DATA in await says(somebody, "/account")
    shown = await says(somebody, DATA)
    for said in ("Laws in lists", "30 days after their end", "Evidence of who decided what, and when"):
        assert said in shown
    counts = {item["name"]: item["rows"] for item in (await somebody.get(DATA))["items"]}
    assert (counts["account"], counts["laws"], counts["trail"]) == (1, 1, 1)

    refused = await somebody.send(f"{DATA}/exports", current_password="not it at all")
    assert (refused.status_code, "That is not your current password." in refused.text) == (422, True)
    refused = await somebody.call("POST", f"{DATA}/exports", {"current_password": "not it at all"})
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_password")
    assert (await somebody.get(DATA))["file"] is None

    made = await somebody.send(f"{DATA}/exports", current_password=PASSWORD)
    assert (made.status_code, made.headers["location"]) == (303, f"{DATA}#take-away")
    file = await somebody.open(linked(await says(somebody, DATA), f"{DATA}/exports/"))
    assert file.headers["content-type"] == "application/zip"
    assert [row["email"] for row in rows_of(file, "account")] == [somebody.email]
    assert len(rows_of(file, "laws")) == 1
    with zipfile.ZipFile(io.BytesIO(file.content)) as inside:
        page = inside.read("about-you.html").decode()
    assert str(me) in page
    assert somebody.email in page

    again = await somebody.call("POST", f"{DATA}/exports", {"current_password": PASSWORD})
    assert again.status_code == 201, again.text
    told = again.json()
    lasts = datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["made_at"])
    assert lasts.days == 7
    fresh = await somebody.http.get(told["url"])
    assert len(fresh.content) == told["bytes"]
    taken = [one for one in rows_of(fresh, "notices") if one["kind"] == "access"]
    assert [one["by_themselves"] for one in taken] == [True, True], "each time is told to the sealed log"
    assert (await somebody.open(str(file.url.path))).status_code == 404, "the new one took its place"
    other = Visit(app)
    await other.sign_up()
    assert (await other.http.get(told["url"])).status_code == 404


async def test_files_are_not_written_all_at_once(app: Litestar, somebody: Visit) -> None:
    desk, me = desk_of(app), await id_of(somebody)
    body, own = {"current_password": PASSWORD}, (me, me)
    desk.writing.add(own)
    try:
        assert (await somebody.call("POST", f"{DATA}/exports", body)).status_code == 409
        desk.writing.clear()
        desk.writing.update((UserId(uuid4()), me) for _ in range(WRITTEN_AT_ONCE_MAX - 1))
        assert (await somebody.call("POST", f"{DATA}/exports", body)).status_code == 201
        desk.writing.add((UserId(uuid4()), me))
        refused = await somebody.call("POST", f"{DATA}/exports", body)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    finally:
        desk.writing.clear()


async def test_an_account_is_erased_after_a_look_and_one_comes_back_in_time(
    app: Litestar, somebody: Visit, admin: Visit
) -> None:
    law = (await somebody.get("/records?limit=1"))["items"][0]["id"]
    await somebody.tick(law)
    me = await id_of(somebody)
    shown = await says(somebody, ERASE)
    for said in ("What goes", "The account: address, password, role", "Art. 17(3)", "14 days to come back"):
        assert said in shown
    plan = await somebody.get("/account/erasure")
    assert (plan["refusals"], plan["days"], plan["went"]["users/deleted"]) == ([], 14, 1)

    wrong = await somebody.send(ERASE, **{**WHY, "current_password": "not it at all"})
    assert (wrong.status_code, "That is not your current password." in wrong.text) == (422, True)
    assert 'value="I have a new job"' in wrong.text, "nothing is typed twice"
    assert (await somebody.send(ERASE, **{**WHY, "reason": " "})).status_code == 422
    asked = await somebody.send(ERASE, **WHY)
    assert asked.status_code == 303
    certificate = asked.headers["location"]
    assert "to be erased" in await says(Visit(app), certificate)
    assert (await somebody.open("/account")).status_code in (302, 303, 401), "signed out at once"
    mail = [one for one in await app.state.accounts.outbox.list() if one.recipient == somebody.email]
    assert [one.subject for one in mail] == ["Your Sertantai account will be erased"]

    # Somebody twice: who asks again is told when it is due, and nothing else happens.
    twice = await admin.send(f"/admin/users/{me}/erase", days="1", **WHY)
    assert (twice.status_code, "was asked for before" in twice.text) == (409, True)
    opened = await admin.send(f"/admin/users/{me}/enable")
    assert (opened.status_code, "Undo that first" in opened.text) == (409, True)
    assert "To be erased" in await says(admin, "/admin/users")
    by_program = {"email": somebody.email, "password": PASSWORD}
    refused = await Visit(app).http.post("/api/v1/auth/token", json=by_program)
    assert (refused.status_code, refused.json()["code"]) == (403, "to_be_erased")

    door = await somebody.send("/sign-in", email=somebody.email, password=PASSWORD)
    assert "Your account is to be erased" in door.text
    step = somebody.hidden(door.text, "step")[0]
    assert (await somebody.send("/sign-in/come-back", step=step[:-2] + "xx")).status_code == 401
    back = await somebody.send("/sign-in/come-back", step=step)
    assert (back.status_code, back.headers["location"]) == (303, DATA), back.text[:300]
    assert "Your account stays as it was" in await says(somebody, DATA)
    assert law in await somebody.ticked()
    assert "The account stays" in await says(Visit(app), certificate)
    assert (await Visit(app).open(certificate[:-3] + "xyz")).status_code == 404
    assert (await somebody.send("/sign-in/come-back", step=step)).status_code == 404, "there is none any more"


async def test_a_program_erases_and_comes_back(app: Litestar, somebody: Visit) -> None:
    me = await id_of(somebody)
    asked = await somebody.call("POST", "/account/erasure", WHY)
    assert (asked.status_code, asked.json()["state"]) == (201, "waiting"), asked.text
    assert (await somebody.call("POST", "/account/erasure", WHY)).status_code in (401, 403)
    program = Visit(app).http
    known = {"email": somebody.email, "password": PASSWORD}
    wrong = await program.post("/api/v1/account/erasure/undo", json={**known, "password": "not it at all"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")
    back = await program.post("/api/v1/account/erasure/undo", json=known)
    assert (back.status_code, back.json()["state"]) == (200, "undone"), back.text
    assert (await program.post("/api/v1/account/erasure/undo", json=known)).status_code == 404
    assert (await program.post("/api/v1/auth/token", json=known)).status_code == 200
    notices = [(one.state, one.is_own) for one in await desk_of(app).erasures.all() if one.person == me]
    assert notices == [("undone", True)]


async def test_who_has_a_second_factor_comes_back_with_a_code(app: Litestar, somebody: Visit) -> None:
    me, accounts = await id_of(somebody), app.state.accounts
    secret = await accounts.second_factors.prepare(me)
    codes = await accounts.second_factors.enable(me, code_of(secret), None)
    assert (await somebody.send(ERASE, **WHY)).status_code == 303
    # The password alone shows when it is due, and no more.
    door = await somebody.send("/sign-in", email=somebody.email, password=PASSWORD)
    step = somebody.hidden(door.text, "step")[0]
    for code in ("", "000000"):
        refused = await somebody.send("/sign-in/come-back", step=step, code=code)
        assert (refused.status_code, somebody.hidden(refused.text, "step")) == (401, [step])
    back = await somebody.send("/sign-in/come-back", step=step, code=codes[0])
    assert back.status_code == 303, back.text[:300]
    assert await id_of(somebody) == me


def code_of(secret: str) -> str:
    import pyotp

    return pyotp.TOTP(secret).now()


async def test_what_is_in_the_way_is_said_with_the_way_out(
    app: Litestar, somebody: Visit, admin: Visit
) -> None:
    me = await id_of(somebody)
    slug = (await somebody.call("POST", "/organizations", {"name": "Mine alone"})).json()["slug"]
    await app.state["selections"].engine.flush(60.0)
    shown = await says(somebody, ERASE)
    assert f"You are the last owner of the organisation {slug}" in shown
    assert f"/organizations/{slug}/members" in shown
    assert "erase-form" not in shown
    refused = await somebody.call("POST", "/account/erasure", WHY)
    assert (refused.status_code, refused.json()["code"]) == (409, "erasure_refused")
    assert (await somebody.send(ERASE, **WHY)).status_code == 409
    by_admin = await admin.send(f"/admin/users/{me}/erase", days="14", **WHY)
    assert (by_admin.status_code, "is the last owner of" in by_admin.text) == (409, True)

    other = Visit(app)
    await other.sign_up()
    held = {"scope": "person", "target": other.email, "reason": "A court asked for it"}
    hold = (await admin.call("POST", "/holds", held)).json()["id"]
    assert "A legal hold covers what you did" in await says(other, ERASE)
    refused = await other.call("POST", "/account/erasure", WHY)
    assert (refused.status_code, "Ask the administrators" in refused.text) == (409, True)
    released = await admin.call("POST", f"/holds/{hold}/release", {"reason": "It is over"})
    assert released.status_code == 204
    assert (await other.get("/account/erasure"))["refusals"] == []


async def test_nobody_is_erased_while_an_import_of_theirs_runs(
    app: Litestar, somebody: Visit, admin: Visit
) -> None:
    me = await id_of(somebody)
    importing = desk_of(app).under_way.piece(me, WorkKind.IMPORT)
    importing.runs(1, 2)
    assert "An import of yours is running" in await says(somebody, ERASE)
    for refused in (
        await somebody.send(ERASE, **WHY),
        await somebody.call("POST", "/account/erasure", WHY),
        await admin.send(f"/admin/users/{me}/erase", days="0", **WHY),
    ):
        assert (refused.status_code, "is running" in refused.text) == (409, True)
    importing.ends(well=True)
    assert (await somebody.call("POST", "/account/erasure", WHY)).status_code == 201


async def test_an_administrator_hands_over_what_is_held_and_that_is_told(
    app: Litestar, somebody: Visit, admin: Visit
) -> None:
    me, path = await id_of(somebody), f"/admin/users/{await id_of(somebody)}"
    assert path in await says(admin, "/admin/users")
    assert "What is held about this person" in await says(admin, f"{path}/data")
    assert (await admin.send(f"{path}/exports", current_password="not it at all")).status_code == 422
    assert (await admin.send(f"{path}/exports", current_password=PASSWORD)).status_code == 303
    link = linked(await says(admin, f"{path}/data"), f"{path}/exports/")
    assert [row["email"] for row in rows_of(await admin.open(link), "account")] == [somebody.email]
    assert (await admin.open(link.replace(str(me), str(await id_of(admin))))).status_code == 404
    own = await somebody.call("POST", f"{DATA}/exports", {"current_password": PASSWORD})
    seen = [one["by_themselves"] for one in rows_of(await somebody.http.get(own.json()["url"]), "notices")]
    assert False in seen, "they see that somebody else made one"


async def test_an_administrator_erases_and_undoes_and_the_certificate_stays(
    app: Litestar, somebody: Visit, admin: Visit
) -> None:
    me = await id_of(somebody)
    path = f"/admin/users/{me}"
    assert "What would go" in await says(admin, f"{path}/data")
    for days in ("", "-1", "91", "two", "9999"):
        refused = await admin.send(f"{path}/erase", days=days, **WHY)
        assert (refused.status_code, "0 to 90" in refused.text) == (422, True), days
    assert (await admin.send(f"{path}/erase", days="7", **WHY)).status_code == 303
    assert somebody.email in await says(admin, "/admin/erasures")
    # What an administrator asked for is theirs to undo.
    door = await somebody.send("/sign-in", email=somebody.email, password=PASSWORD)
    assert "An administrator asked for this" in door.text
    assert somebody.hidden(door.text, "step") == []
    known = {"email": somebody.email, "password": PASSWORD}
    assert (await Visit(app).http.post("/api/v1/account/erasure/undo", json=known)).status_code == 403
    assert (await admin.send(f"{path}/erase/undo")).status_code == 303
    assert await somebody.sign_in() == "/records"

    # Who was shut out before stays so.
    assert (await admin.send(f"{path}/disable")).status_code == 303
    assert (await admin.send(f"{path}/erase", days="7", **WHY)).status_code == 303
    assert (await admin.send(f"{path}/erase/undo")).status_code == 303
    refused = await somebody.send("/sign-in", email=somebody.email, password=PASSWORD)
    assert (refused.status_code, "has been disabled" in refused.text) == (403, True)

    assert (await admin.send(f"{path}/erase", days="0", **WHY)).status_code == 303
    erasure = await done(app, me)
    assert (await admin.open(f"{path}/data")).status_code == 404
    assert (await admin.send(f"{path}/erase", days="0", **WHY)).status_code == 404
    listed = await says(admin, "/admin/erasures")
    assert str(me) in listed
    assert somebody.email not in listed
    public = desk_of(app).certificate_path(erasure)
    assert "The account was erased" in await says(Visit(app), public)
    for below, visit in ((f"/admin/erasures/{erasure}", admin), (public, Visit(app))):
        said = (await visit.open(f"{below}/certificate.html")).text
        assert str(me) in said
        assert "Sessions" in said
        assert "<script" not in said
        assert "src=" not in said
        assert (await visit.open(f"{below}/certificate.json")).json()["erasure"]["went"]["users/deleted"] == 1
        assert "users deleted" in (await visit.open(f"{below}/certificate.txt")).text
        assert (await visit.open(f"{below}/certificate.exe")).status_code == 404
        if can_make_pdf():
            assert (await visit.open(f"{below}/certificate.pdf")).content.startswith(b"%PDF")


async def test_a_program_of_an_administrator_erases_undoes_and_lists(
    app: Litestar, somebody: Visit, admin: Visit
) -> None:
    me = await id_of(somebody)
    path = f"/admin/users/{me}/erasure"
    plan = await admin.get(path)
    assert (plan["went"]["users/deleted"], plan["refusals"], plan["waiting"], plan["days"]) == (
        1,
        [],
        None,
        14,
    )
    for given, status in (
        ({**WHY, "days": 91}, 422),
        ({**WHY, "days": -1}, 422),
        ({**WHY, "reason": " "}, 422),
        ({**WHY, "current_password": "not it at all"}, 422),
        ({**WHY, "colour": "red"}, 422),
    ):
        assert (await admin.call("POST", path, given)).status_code == status, given
    assert (await somebody.call("POST", path, WHY)).status_code == 403
    asked = await admin.call("POST", path, {**WHY, "days": 7})
    assert (asked.status_code, asked.json()["state"]) == (201, "waiting")
    assert (await admin.get(path))["waiting"]["id"] == asked.json()["id"]
    again = await admin.call("POST", path, WHY)
    assert (again.status_code, "was asked for before" in again.text) == (409, True)
    undone = await admin.call("POST", f"{path}/undo")
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert (await admin.call("POST", f"{path}/undo")).status_code == 404
    assert await somebody.sign_in() == "/records"

    assert (await admin.call("POST", path, {**WHY, "days": 0})).status_code == 201
    erasure = await done(app, me)
    found = {one["id"]: one for one in (await admin.get("/admin/erasures"))["items"]}
    listed, before = found[str(erasure)], found[asked.json()["id"]]
    assert (listed["person"], listed["email"], listed["state"]) == (str(me), None, "done")
    assert (listed["went"]["users/deleted"], before["state"]) == (1, "undone")
    assert listed["asked_by"] == str(await id_of(admin))
    assert (await admin.call("POST", path, WHY)).status_code == 404


async def done(app: Litestar, person: UserId) -> Any:
    async with asyncio.timeout(LONG_ENOUGH_S):
        while True:
            for one in await desk_of(app).erasures.all():
                if one.person == person and one.state == "done":
                    return one.id
            await asyncio.sleep(0.05)


async def test_who_has_no_password_is_told_how_to_set_one(app: Litestar, somebody: Visit) -> None:
    """As who signs in with a provider only."""
    me = await id_of(somebody)
    async with app.state.database.transaction(Role.ACCOUNTS, me) as connection:
        await connection.execute("UPDATE users SET hashed_password = NULL WHERE id = $1", me)
    for path, form in ((DATA, "take-away-form"), (ERASE, "erase-form")):
        shown = await says(somebody, path)
        assert ("no-password" in shown, form in shown) == (True, False)
    refused = await somebody.call("POST", "/account/erasure", {**WHY, "current_password": ""})
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_password")

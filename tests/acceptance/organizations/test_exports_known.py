"""An export of an organization's list stands in its trail: by whom, of which version, how many laws."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.audit.verify import verify
from sertantai.audit.verify_rights import verify_rights
from sertantai.core.ids import OwnerId
from sertantai.engine.engine import Engine
from sertantai.files.formats import ExportFormat
from sertantai.postgres import Role
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, call, found, good
from tests.fixtures.live.screens_in_process import person, sit_down
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

SITE = "http://sertantai.test"
SOON_S = 30.0
ACCESSES = """
SELECT body ->> 'what' AS what, subject, actor FROM audit_notices
 WHERE kind = 'access' AND actor = ANY($1::uuid[]) ORDER BY told
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


class House(NamedTuple):
    """A list of three laws, and who is there beside its owner."""

    app: Litestar
    acme: Organization
    site: str
    laws: list[str]

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.state["live"].hub._engine
        return engine

    async def exports(self, **narrowed: str) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in {"action": "export_list", **narrowed}.items())
        return list((await good(self.acme["owner"], "GET", f"{self.acme.path}/audit?{query}"))["items"])

    async def is_proven(self) -> bool:
        rights = await verify_rights(self.app.state.database, OwnerId(UUID(self.acme.id)))
        return rights is not None and rights.clean and (await verify(self.app.state.database)).clean


@pytest_asyncio.fixture(loop_scope="module")
async def house(app: Litestar) -> AsyncIterator[House]:
    async with person(app) as owner, person(app) as member, person(app) as viewer:
        acme = await found(owner)
        for one, role in ((member, "member"), (viewer, "viewer")):
            acme.people[role] = one
            await acme.join(one, role)
        list_ = await acme.list()
        laws = [law["id"] for law in await owner.records(limit=3)]
        for law in laws:
            await member.select(law, list_)
        yield House(app, acme, list_, laws)


async def version(by: Client, list_: str) -> int:
    return int((await good(by, "GET", f"/groups/{list_}"))["version"])


async def page(by: Client, path: str) -> str:
    answer = await by.http.get(f"{SITE}{path}", headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


async def test_an_export_is_told_in_the_trail_and_is_proven(house: House) -> None:
    member, list_ = house.acme["member"], house.site
    at = await version(member, list_)
    await good(member, "GET", f"/groups/{list_}/export.csv")
    [line] = await house.exports()
    assert line["metadata"] == {"version": at, "laws": 3, "form": "csv"}
    assert (line["actor"], line["group"]["id"]) == (member.user_id, list_)
    for reader in ("owner", "viewer"):
        said = await page(house.acme[reader], f"{house.acme.path}/audit")
        assert f"exported 3 laws as CSV, version {at}" in said, reader
    assert await version(member, list_) == at, "it is no change of the list"
    assert await house.is_proven()


async def test_every_way_by_which_a_list_is_taken_along_is_told_once(house: House) -> None:
    member, list_ = house.acme["member"], house.site
    for form in ExportFormat:
        assert (await member.http.get(f"/groups/{list_}/export.{form}")).status_code == 200
    await good(member, "GET", f"/groups/{list_}/export.csv?q=no-such-law-anywhere")
    for narrowed in ("selected=true", "selected=false"):
        await good(member, "GET", f"/records/export.ris?group={list_}&{narrowed}")
    told = [(line["metadata"]["form"], line["metadata"]["laws"]) for line in reversed(await house.exports())]
    of_list = [(str(form), 3) for form in ExportFormat]
    assert told == [*of_list, ("csv", 0), ("ris", 3), ("ris", 3)]
    said = await page(house.acme["owner"], f"{house.acme.path}/audit")
    for sentence in ("exported 3 laws as BibTeX, version", "exported 3 laws as XLSX, version"):
        assert sentence in said
    await good(member, "GET", f"/records/export.csv?group={list_}")
    await good(member, "GET", "/groups/default/export.csv")
    assert len(await house.exports()) == len(told), "neither the register nor one's own list"


async def test_what_is_refused_or_only_asked_for_leaves_no_line(house: House) -> None:
    member, viewer, list_ = house.acme["member"], house.acme["viewer"], house.site
    assert (await call(viewer, "GET", f"/groups/{list_}/export.csv")).status == 403
    assert (await call(viewer, "GET", f"/records/export.csv?group={list_}&selected=true")).status == 403
    assert (await call(member, "GET", f"/groups/{list_}/export.csv?progress={65 * 'x'}")).status == 422
    assert (await member.http.head(f"/groups/{list_}/export.csv")).status_code == 200
    await page(viewer, f"/groups/{list_}/print")  # which is reading
    assert await house.exports() == []


async def test_what_cannot_be_written_down_is_not_given_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, list_ = house.acme["member"], house.site
    full = msgspec.structs.replace(house.engine.bounds, journal_operations_max=0)
    with monkeypatch.context() as patch:
        patch.setattr(house.engine, "bounds", full)
        tick = await member.http.put(f"/groups/{list_}/records/{house.laws[0]}")
        export = await member.http.get(f"/groups/{list_}/export.csv")
        copy = await member.http.post(f"/groups/{list_}/copy", json={"to": "me"})
        combined = {"expression": list_, "save_into": "default"}
        combination = await member.http.post("/groups/combine", json=combined)
    assert (export.status_code, export.json()["code"]) == (tick.status_code, tick.json()["code"])
    for refused in (export, copy, combination):
        assert (refused.status_code, refused.json()["code"]) == (503, "journal_full")
    assert await house.exports() == []
    await good(member, "GET", f"/groups/{list_}/export.csv")


async def test_what_goes_into_a_list_outside_is_told_before_it_is_there(house: House) -> None:
    """Copied, combined into a list or as a new one; within the organization nothing is taken out."""
    member, list_, at = house.acme["member"], house.site, await version(house.acme["member"], house.site)
    await good(member, "POST", f"/groups/{list_}/copy", {"to": "me", "name": "Mine"})
    await good(member, "POST", f"/groups/{list_}/copy", {"name": "Ours"})
    mine = await good(member, "POST", "/groups", {"name": "Target"})
    into = {"save_into": mine["id"], "mode": "add"}
    for body in ({"expression": list_, **into}, {"expression": list_, "save_as": "Made of it"}):
        await good(member, "POST", "/groups/combine", {**body, "preview": True})
        await good(member, "POST", "/groups/combine", body)
    await member.deselect(house.laws[0], mine["id"])
    less = {"op": "difference", "of": [mine["id"], list_]}
    await good(member, "POST", "/groups/combine", {"expression": less, "save_into": mine["id"]})
    ours = {"expression": list_, "save_as": "Here", "organization": house.acme.slug}
    await good(member, "POST", "/groups/combine", ours)
    told = [line["metadata"] for line in reversed(await house.exports())]
    taken = [("copy", 3), ("combination", 3), ("combination", 3), ("combination", 2)]
    assert told == [{"version": at, "laws": laws, "form": form} for form, laws in taken]
    said = await page(house.acme["owner"], f"{house.acme.path}/audit")
    assert f"copied 3 laws into a list outside the organisation, version {at}" in said
    assert f"combined it into a list outside the organisation, in which 2 laws changed, version {at}" in said
    assert await house.is_proven()


async def test_the_report_of_an_import_is_told_as_it_is_downloaded(house: House) -> None:
    member, list_ = house.acme["member"], house.site
    lines = [{"line": 1, "text": "One", "outcome": "imported", "record_id": house.laws[0]}]
    lines.append({"line": 2, "text": "Nothing", "outcome": "missing"})
    body = {"items": [{"record_id": house.laws[0]}], "report": lines}
    done = await good(member, "POST", f"/groups/{list_}/imports", body)
    report = f"/groups/{list_}/imports/{done['import_id']}/report.csv"
    assert (await member.http.head(report)).status_code == 200
    assert await house.exports() == []
    assert "Nothing" in await good(member, "GET", report)
    [line] = await house.exports()
    assert (line["metadata"]["form"], line["metadata"]["laws"]) == ("report", 1)
    said = await page(house.acme["owner"], f"{house.acme.path}/audit")
    assert "exported the report of an import, of 1 law, version" in said


async def test_undo_passes_over_it(house: House) -> None:
    member, list_ = house.acme["member"], house.site
    await good(member, "GET", f"/groups/{list_}/export.csv")
    [line] = await house.exports()
    named = await call(member, "POST", f"/groups/{list_}/undo", {"operation_id": line["operation_id"]})
    assert (named.status, named.code) == (409, "nothing_to_undo")
    undone = await good(member, "POST", f"/groups/{list_}/undo", {})
    assert undone["undone"] != line["operation_id"]
    assert await member.selected(list_) == set(house.laws[:2])


async def test_who_watches_is_told_of_no_change(house: House) -> None:
    member, list_ = house.acme["member"], house.site
    seat = await sit_down(house.app, member.token)
    topics = [f"list:{list_}", f"organization:{house.acme.id}"]
    for topic in topics:
        seat.join(topic)
        await until(lambda topic=topic: seat.reply(topic))
        assert (answer := seat.reply(topic)) is not None
        assert answer[0] == "ok", answer
    before = await version(member, list_)
    await good(member, "GET", f"/groups/{list_}/export.csv")
    await member.deselect(house.laws[0], list_)
    await until(lambda: {"changes", "lists"} <= set(seat.paper.events()))
    [change] = [heard.payload for heard in seat.paper.heard if heard.event == "changes"]
    assert change["from"] == before
    assert "members" not in seat.paper.events()
    seat.conversation.gone()


async def until(is_true: Any) -> None:
    async with asyncio.timeout(SOON_S):
        while not is_true():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)


async def test_ones_own_export_and_a_programs_reading_are_told_to_the_sealed_log(house: House) -> None:
    owner, viewer, list_ = house.acme["owner"], house.acme["viewer"], house.site
    mine = (await good(owner, "GET", "/groups/default"))["id"]
    await good(owner, "GET", "/groups/default/export.csv")
    for _ in range(2):
        await good(viewer, "GET", f"/groups/{list_}/record-ids")
    read, people = ("read", list_, viewer.user_id), (owner.user_id, viewer.user_id)
    wanted = {("export", mine, owner.user_id), read}
    async with asyncio.timeout(SOON_S):
        while not wanted <= {*await told_of(house, *people)}:  # noqa: ASYNC110  # nobody calls
            await asyncio.sleep(0.05)
    assert (await told_of(house, *people)).count(read) == 1, "once a day"
    assert await house.is_proven()


async def told_of(house: House, *people: str) -> list[tuple[str, str, str]]:
    """What these people looked at: how, which list, who."""
    async with house.app.state.database.transaction(Role.AUDITOR, readonly=True) as connection:
        rows = await connection.fetch(ACCESSES, [UUID(one) for one in people])
    return [(row["what"], str(row["subject"]), str(row["actor"])) for row in rows]

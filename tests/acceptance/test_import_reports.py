"""The report of an import over HTTP: kept with its list, read, downloaded, removed."""

import asyncio
import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from sertantai.lists.importing.kept_reports import ImportReports, ReportTooLong
from sertantai.web.api import imports
from tests.fixtures.client import PASSWORD, Client
from tests.fixtures.colleagues import good
from tests.fixtures.process import ServerProcess
from tests.fixtures.visits import Visit, product


async def new_list(person: Client, name: str) -> str:
    made: str = (await person.http.post("/groups", json={"name": name})).json()["id"]
    return made


async def send(person: Client, group: str, status: int = 200, key: str = "", **body: Any) -> dict[str, Any]:
    headers = {"idempotency-key": key} if key else {}
    answer = await person.http.post(f"/groups/{group}/imports", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def rows_of(person: Client, group: str, id: str) -> list[dict[str, str]]:
    answer = await person.http.get(f"/groups/{group}/imports/{id}/report.csv")
    assert answer.status_code == 200, answer.text
    return [*csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""))]


def imported(line: int, law: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"line": line, "text": law["name"], "outcome": "imported", "record_id": law["id"], **more}


async def test_every_line_of_an_import_is_kept_with_its_list(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        laws = await person.records(limit=3)
        group = await new_list(person, "Register of 2019")
        await person.select(laws[0]["id"], group)
        report = [
            imported(2, laws[0], reason="by number"),
            imported(3, laws[1], reason="by title"),
            {"line": 4, "text": laws[1]["name"], "outcome": "repeated", "record_id": laws[1]["id"]},
            {"line": 5, "text": '=HYPERLINK("http://x")', "outcome": "missing"},
            {"line": 6, "text": "Noise", "outcome": "ambiguous", "reason": "12 laws could be meant"},
            {"line": 7, "text": "Legal register", "outcome": "left_out"},
            {"line": 8, "text": "gone", "outcome": "imported", "record_id": str(uuid4())},
        ]
        items = [{"record_id": line["record_id"]} for line in report if line["outcome"] == "imported"]
        done = await send(person, group, items=items, report=report)
        assert (done["changed"], done["import_id"], done["told"]) == (1, done["operation_id"], None)
        listed = await person.get(f"/groups/{group}/imports")
        (kept,) = listed["items"]
        assert (kept["id"], kept["actor_id"], kept["lines"]) == (done["import_id"], person.user_id, 7)
        assert kept["outcomes"] == {
            "imported": 1,
            "already": 1,
            "repeated": 1,
            "ambiguous": 1,
            "missing": 2,
            "left_out": 1,
        }
        rows = await rows_of(person, group, kept["id"])
        assert [row["line"] for row in rows] == [*"2345678"]
        assert [row["outcome"] for row in rows[:2]] == ["Already in the list", "Imported"]
        assert (rows[1]["name"], rows[1]["title_en"]) == (laws[1]["name"], laws[1]["title_en"] or "")
        assert rows[3]["text"] == '\'=HYPERLINK("http://x")'
        assert rows[6]["reason"] == "There is no law with this id in the register."
        answer = await person.http.get(f"/groups/{group}/imports/{kept['id']}/report.csv")
        assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
        named = f'attachment; filename="Register of 2019 import {kept["imported_at"][:10]}.csv"'
        assert answer.headers["content-disposition"] == named
        assert (await person.http.delete(f"/groups/{group}/imports/{kept['id']}")).status_code == 204
        assert (await person.http.delete(f"/groups/{group}/imports/{kept['id']}")).status_code == 404
        assert (await person.get(f"/groups/{group}/imports"))["items"] == []
        assert len(await person.selected(group)) == 2, "what was imported stays"


async def test_an_import_in_several_requests_is_one(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        first, second = await person.records(limit=2)
        group, id = await new_list(person, "Long"), str(uuid4())
        for at, law in enumerate((first, second, second)):
            part = min(at, 1)
            done = await send(
                person,
                group,
                key=f"{id}-{part}",
                items=[{"record_id": law["id"]}],
                report=[imported(1 + part, law)],
                import_id=id,
            )
            assert done["import_id"] == id
        missing = [{"line": 3, "text": "House rules", "outcome": "missing"}]
        done = await send(person, group, items=[], report=missing, import_id=id)
        assert (done["changed"], done["import_id"]) == (0, id)
        (kept,) = (await person.get(f"/groups/{group}/imports"))["items"]
        assert (kept["lines"], kept["outcomes"]["imported"], kept["outcomes"]["already"]) == (3, 2, 0)
        assert [row["line"] for row in await rows_of(person, group, id)] == ["1", "2", "3"]


async def test_a_report_says_what_was_done_and_not_what_a_client_says_of_it(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        held, came, never, other = await person.records(limit=4)
        group = await new_list(person, "Believed")
        await person.select(held["id"], group)
        report = [
            imported(1, held),
            {**imported(2, came), "outcome": "already"},
            imported(3, never),
            {**imported(4, never), "outcome": "repeated"},
        ]
        items = [{"record_id": held["id"]}, {"record_id": came["id"]}]
        refused = await send(person, group, 422, items=[*items, {"record_id": other["id"]}], report=report)
        assert (refused["field"], refused["detail"]) == ("report", "report: no line of it brings items[2].")
        done = await send(person, group, items=items, report=report)
        rows = await rows_of(person, group, done["import_id"])
        assert [row["outcome"] for row in rows] == [
            "Already in the list",
            "Imported",
            "Left out",
            "Same law as an earlier line",
        ]
        assert rows[2]["reason"] == "This import did not bring it, and the list does not hold it."
        (kept,) = (await person.get(f"/groups/{group}/imports"))["items"]
        assert kept["outcomes"]["imported"] == done["changed"] == 1
        lying = [{"line": 1, "text": "x", "outcome": "missing", "record_id": came["id"]}]
        refused = await send(person, group, 422, items=[], report=lying)
        assert refused["field"] == "report"


async def test_without_a_report_nothing_is_kept(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [law] = await person.records(limit=1)
        done = await send(person, "default", items=[{"record_id": law["id"]}])
        assert (done["changed"], done["import_id"], done["told"]) == (1, None, None)
        assert (await person.get("/groups/default/imports"))["items"] == []


@pytest.mark.parametrize(
    ("report", "says"),
    [
        ([{"line": 0, "text": "x", "outcome": "missing"}], "report[0].line: a whole number from 1."),
        ([{"line": 1, "text": "x", "outcome": "imported"}], "report[0].record_id: which law was imported?"),
        ([{"line": 1, "text": "x", "outcome": "eaten"}], "eaten"),
        ([{"line": 1, "text": "x"}], "outcome"),
        ([{"line": 1, "text": "x", "outcome": "missing"}] * 25_001, "at most 25,000 lines in one request"),
    ],
)
async def test_a_report_that_is_none_refuses_the_import_before_anything_is_done(
    shared_server: ServerProcess, report: list[dict[str, Any]], says: str
) -> None:
    async with await shared_server.register() as person:
        [law] = await person.records(limit=1)
        status = 413 if len(report) > 1 else 422
        refused = await send(person, "default", status, items=[{"record_id": law["id"]}], report=report)
        assert says in refused["detail"]
        assert await person.selected() == set()


async def test_the_reports_of_a_list_come_back_with_it_and_end_with_its_owner(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server()
    async with await server.register() as person, await server.register() as stranger:
        group = await new_list(person, "Set aside")
        report = [{"line": 1, "text": "House rules", "outcome": "missing"}]
        id = (await send(person, group, items=[], report=report))["import_id"]
        for path in (f"/groups/{group}/imports", f"/groups/{group}/imports/{id}/report.csv"):
            assert (await stranger.http.get(path)).status_code == 404
        await good(person, "DELETE", f"/groups/{group}")
        assert (await person.http.get(f"/groups/{group}/imports")).status_code == 404
        await good(person, "POST", f"/groups/{group}/restore")
        await server.restart_async(graceful=False)
        (kept,) = (await person.get(f"/groups/{group}/imports"))["items"]
        assert (kept["id"], [row["text"] for row in await rows_of(person, group, id)]) == (
            id,
            ["House rules"],
        )


async def test_a_slow_database_and_a_report_that_is_too_long_keep_no_import_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def slow(*_: Any) -> None:
        await asyncio.Event().wait()

    async def full(*_: Any) -> None:
        raise ReportTooLong

    monkeypatch.setattr(imports, "REPORT_KEPT_WITHIN_S", 0.05)
    async with product() as app:
        visit = Visit(app)
        new = {"email": visit.email, "password": PASSWORD}
        token = (await visit.http.post("/api/v1/auth/register", json=new)).json()["token"]
        visit.http.headers["authorization"] = f"Bearer {token}"
        laws = (await visit.http.get("/api/v1/records?limit=2")).json()["items"]
        for law, keep, says in zip(laws, (slow, full), ("could not be saved", "too long"), strict=True):
            monkeypatch.setattr(ImportReports, "keep", keep)
            body = {"items": [{"record_id": law["id"]}], "report": [imported(1, law)]}
            done = (await visit.http.post("/api/v1/groups/default/imports", json=body)).json()
            assert (done["changed"], done["import_id"]) == (1, None)
            assert says in done["told"]

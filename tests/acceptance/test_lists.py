"""Lists over HTTP: order, copies, set algebra, import and export, the past, filters, and laws that change."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
import pytest

from tests.fixtures.client import Client
from tests.fixtures.colleagues import good
from tests.fixtures.process import ServerProcess

Found = TypeVar("Found")
PATIENCE_S = 60.0
FORMATS = ("csv", "json", "ndjson")


async def new_list(person: Client, name: str, records: list[str] | None = None) -> str:
    made = (await person.http.post("/groups", json={"name": name})).json()
    group: str = made["id"]
    if records:
        await person.operate("bulk_select", group, record_ids=records)
    return group


async def ids(person: Client, count: int, **query: Any) -> list[str]:
    return [record["id"] for record in await person.records(limit=count, **query)]


async def post(person: Client, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    response = await person.http.post(path, json=body)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_lists_stand_in_the_order_that_they_were_put_in(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        one, other = await new_list(person, "One"), await new_list(person, "Other")
        await post(person, "/groups/order", {"group_ids": [other, one]})
        listed = [group["id"] for group in (await person.get("/groups"))["items"]]
        assert listed[:2] == [other, one]
        assert len(listed) == 3  # the default list, which was not named, comes after them


async def test_a_note_is_not_written_over_by_who_has_not_seen_it(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [record] = await ids(person, 1)
        path = f"/groups/{await new_list(person, 'L', [record])}/records/{record}"

        async def patch(status: int, **body: Any) -> dict[str, Any]:
            response = await person.http.patch(path, json=body)
            assert response.status_code == status, response.text
            answer: dict[str, Any] = response.json()
            return answer

        await patch(200, note="First", tags=["a"], expected={"note": None, "tags": []})
        refused = await patch(409, note="Second", expected={"note": "Never", "tags": ["a"]})
        assert (refused["code"], refused["field"]) == ("annotation_changed", "expected.note")
        refused = await patch(409, note="Second", expected={"tags": ["b"]})
        assert refused["field"] == "expected.tags"
        done = await patch(200, note="Second", expected={"note": "First", "tags": ["a"]})
        assert done["changed"] == 1
        await patch(422, note="Third", expected={"rank": 1})
        await patch(200, note=" One\r\nTwo ", tags=["x", " y ", "X"])
        done = await patch(200, note="Second", expected={"note": "One\nTwo", "tags": ["x", "y"]})
        assert done["changed"] == 1, "a page shows it without what cannot be seen"
        [shown] = (await person.get(path.rpartition("/")[0]))["items"]
        assert shown["note"] == "Second"


async def test_names_that_read_alike_are_one_name(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        await post(person, "/groups", {"name": "Caf\u00e9"}, 201)
        other = await new_list(person, "Other")
        for name in ("Cafe\u0301", " CAFÉ ", "Caf\u00ad\u00e9"):
            refused = await post(person, "/groups", {"name": name}, 409)
            assert refused["field"] == "name"
            renamed = await person.http.patch(f"/groups/{other}", json={"name": name})
            assert renamed.status_code == 409
        for name in (
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scotland",
            "می\u200cخواهم",
        ):
            assert (await post(person, "/groups", {"name": name}, 201))["name"] == name
        refused = await post(person, "/groups", {"name": "bell\x07"}, 422)
        assert "U+0007" in refused["detail"]


async def test_a_list_comes_back_under_a_name_that_a_person_would_give_it(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        deleted = await new_list(person, "Alpha")
        assert (await person.http.delete(f"/groups/{deleted}")).status_code == 204
        for name in ("alpha", "Alpha (2)"):
            await new_list(person, name)
        assert (await post(person, f"/groups/{deleted}/restore", {}))["name"] == "Alpha (3)"


async def test_a_tag_survives_every_way_or_is_refused(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [record] = await ids(person, 1)
        path = f"/groups/{await new_list(person, 'L', [record])}/records/{record}"
        for tag, said in (("a,b", "comma"), ("c;d", "semicolon"), ("", "1 to 100"), ("t" * 101, "1 to 100")):
            answer = await person.http.patch(path, json={"tags": ["kept", tag]})
            assert (answer.status_code, answer.json()["field"]) == (422, "tags[1]")
            assert said in answer.json()["detail"]
        assert (await person.http.patch(path, json={"tags": ["Leeds", " leeds ", "ü"]})).status_code == 200
        [shown] = (await person.get(path.rpartition("/")[0]))["items"]
        assert shown["tags"] == ["Leeds", "ü"]


async def test_a_move_takes_notes_along_and_both_halves_can_be_undone(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        records = await ids(person, 3)
        source, target = await new_list(person, "From", records), await new_list(person, "To", records[2:])
        await good(person, "PATCH", f"/groups/{source}/records/{records[0]}", {"note": "Look", "rank": 1})
        moved = await post(
            person, f"/groups/{source}/transfers", {"to": target, "move": True, "record_ids": records}
        )
        assert (moved["copied"]["changed"], moved["copied"]["unchanged"]) == (2, 1)
        assert await person.selected(source) == set()
        there = {record["id"]: record for record in (await person.get(f"/groups/{target}/records"))["items"]}
        assert there[records[0]]["note"] == "Look"
        assert there[records[0]]["rank"] is None, "its place was a place in the other list"
        for group, half in ((target, "copied"), (source, "removed")):
            await post(person, f"/groups/{group}/undo", {"operation_id": moved[half]["operation_id"]})
        assert await person.selected(source) == set(records)
        assert await person.selected(target) == set(records[2:])


@pytest.mark.parametrize("side", ["source", "target"])
async def test_an_undo_that_names_nothing_takes_a_whole_move_back(
    shared_server: ServerProcess, side: str
) -> None:
    async with await shared_server.register() as person:
        records = await ids(person, 3)
        lists = {
            "source": await new_list(person, "From", records),
            "target": await new_list(person, "To", records[2:]),
        }
        await good(person, "PATCH", f"/groups/{lists['source']}/records/{records[0]}", {"note": "Look"})
        moving = {"to": lists["target"], "move": True, "record_ids": records[:2]}
        await post(person, f"/groups/{lists['source']}/transfers", moving)
        undone = await post(person, f"/groups/{lists[side]}/undo", {})
        assert (undone["changed"], undone["count"]) == (2, 3 if side == "source" else 1)
        assert await person.selected(lists["source"]) == set(records)
        assert await person.selected(lists["target"]) == set(records[2:])
        back = {row["id"]: row for row in (await person.get(f"/groups/{lists['source']}/records"))["items"]}
        assert back[records[0]]["note"] == "Look"


async def test_notes_are_undone_and_redone(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [record] = await ids(person, 1)
        group = await new_list(person, "Noted", [record])

        async def note() -> str | None:
            [item] = (await person.get(f"/groups/{group}/records"))["items"]
            found: str | None = item["note"]
            return found

        path = f"/groups/{group}/records/{record}"
        await good(person, "PATCH", path, {"note": "First"})
        edited = (await person.http.patch(path, json={"note": "Second"})).json()
        undone = await post(person, f"/groups/{group}/undo", {"operation_id": edited["operation_id"]})
        assert (undone["changed"], await note()) == (1, "First")
        await post(person, f"/groups/{group}/undo", {"operation_id": undone["operation_id"]})
        assert await note() == "Second"
        newest = await post(person, f"/groups/{group}/undo", {})
        assert (newest["changed"], await note()) == (1, "First")


async def test_laws_are_put_in_order_and_the_order_is_undone(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        records = await ids(person, 5)
        group = await new_list(person, "Ordered", records)

        async def shown() -> list[str]:
            text = (await person.http.get(f"/groups/{group}/export.ndjson")).text
            return [msgspec.json.decode(line)["id"] for line in text.splitlines()]

        before = await shown()
        path = f"/groups/{group}/places"
        moved = await post(person, path, {"record_ids": [before[4], before[3]], "after": before[1]})
        assert await shown() == [before[0], before[1], before[4], before[3], before[2]]
        await post(person, path, {"record_ids": [before[2]]})
        assert (await shown())[0] == before[2]
        await post(person, f"/groups/{group}/undo", {})
        await post(person, f"/groups/{group}/undo", {"operation_id": moved["operation_id"]})
        assert await shown() == before


async def test_a_place_beside_a_law_that_is_not_there_is_refused(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        one, other, absent = await ids(person, 3)
        group = await new_list(person, "Ordered", [one, other])
        path = f"/groups/{group}/places"
        for body, field in (
            ({"record_ids": [one], "before": absent}, "before"),
            ({"record_ids": [one], "after": one}, "after"),
            ({"record_ids": [one], "before": other, "after": other}, "before"),
            ({"record_ids": []}, "record_ids"),
        ):
            refused = await post(person, path, body, 422)
            assert refused["errors"][0]["field"] == field, refused


async def test_a_transfer_is_refused_when_the_count_no_longer_holds(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        records = await ids(person, 2)
        source, target = await new_list(person, "From", records), await new_list(person, "To")
        body = {"to": target, "filter": {}, "expected_count": 3}
        refused = await post(person, f"/groups/{source}/transfers", body, 409)
        assert refused["code"] == "count_changed"
        assert await person.selected(target) == set()


async def test_lists_combine_with_a_preview_and_one_undo(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        records = await ids(person, 4)
        a, b = await new_list(person, "A", records[:3]), await new_list(person, "B", records[2:])
        counts = {}
        for op in ("union", "intersection", "difference", "symmetric_difference"):
            answer = await post(person, "/groups/combine", {"expression": {"op": op, "of": [a, b]}})
            counts[op] = answer["count"]
        assert counts == {"union": 4, "intersection": 1, "difference": 2, "symmetric_difference": 3}
        difference = {"op": "difference", "of": [a, b]}
        looked = await post(
            person, "/groups/combine", {"expression": difference, "save_into": b, "preview": True}
        )
        assert (looked["would_add"], looked["would_remove"], looked["saved"]) == (2, 2, None)
        assert await person.selected(b) == set(records[2:])
        saved = (await post(person, "/groups/combine", {"expression": difference, "save_into": b}))["saved"]
        assert await person.selected(b) == set(records[:2])
        await post(person, f"/groups/{b}/undo", {"operation_id": saved["operation_id"]})
        assert await person.selected(b) == set(records[2:])
        made = (await post(person, "/groups/combine", {"expression": difference, "save_as": "A without B"}))[
            "saved"
        ]
        assert await person.selected(made["group"]) == set(records[:2])


async def test_combining_another_persons_list_is_not_found(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as owner, await shared_server.register() as stranger:
        theirs = await new_list(owner, "Mine", await ids(owner, 2))
        answer = await post(stranger, "/groups/combine", {"expression": theirs}, 404)
        assert answer["code"] == "group_not_found"


async def test_pasted_lines_are_matched_and_nothing_is_saved(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [known] = await person.records(q="1974 c. 37")
        text = "\n".join(
            [
                known["id"],
                known["name"],
                "1974 c. 37",
                str(known["leg_gov_uk_url"]),
                str(known["title_en"]).upper(),
                "No such law at all, Act 1702",
            ]
        )
        answer = await post(person, "/records/match", {"text": text})
        found = [(item["found"], [one["id"] for one in item["candidates"]]) for item in answer["items"]]
        assert found == [("matched", [known["id"]])] * 5 + [("missing", [])]
        assert await person.selected() == set()


@pytest.mark.parametrize("form", FORMATS)
async def test_an_export_imports_as_the_list_that_it_was(shared_server: ServerProcess, form: str) -> None:
    async with await shared_server.register() as person:
        records = await ids(person, 30, sort="-year")
        group = await new_list(person, "Ordered", records)
        for place, record in enumerate(records[:3]):
            note = {
                "note": f"=1+{place} “quoted”, with\na second line",
                "tags": ["a b", "c"],
                "rank": 10 - place,
            }
            await good(person, "PATCH", f"/groups/{group}/records/{record}", note)
        exported = (await person.http.get(f"/groups/{group}/export.{form}")).text
        matched = await post(person, "/records/match", {"text": exported})
        assert (matched["format"], matched["matched"], matched["missing"]) == (form, 30, 0)
        items = [{"record_id": i["candidates"][0]["id"], **i["annotation"]} for i in matched["items"]]
        again = await new_list(person, "Again")
        done = await post(person, f"/groups/{again}/imports", {"items": items})
        assert done["changed"] == 30
        assert await as_rows(person, again) == await as_rows(person, group)
        await post(person, f"/groups/{again}/undo", {"operation_id": done["operation_id"]})
        assert await person.selected(again) == set()


async def as_rows(person: Client, group: str) -> list[tuple[str, ...]]:
    """What an export says of each record, in its order, but for when it came in."""
    text = (await person.http.get(f"/groups/{group}/export.csv")).text
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return [(row["id"], row["note"], row["tags"], row["order"]) for row in rows]


async def test_an_import_leaves_the_notes_that_are_there(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [record] = await ids(person, 1)
        group = await new_list(person, "Noted", [record])
        await good(person, "PATCH", f"/groups/{group}/records/{record}", {"note": "Mine"})
        body = {"items": [{"record_id": record, "note": "Theirs"}, {"record_id": str(uuid4())}]}
        done = await post(person, f"/groups/{group}/imports", body)
        assert (done["changed"], len(done["unknown"])) == (0, 1)
        assert (await person.get(f"/groups/{group}/records"))["items"][0]["note"] == "Mine"


async def test_an_export_has_a_safe_name_and_only_what_is_filtered(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        group = await new_list(person, 'A/B: "C"\u2014d', await ids(person, 5))
        response = await person.http.get(f"/groups/{group}/export.ndjson", params={"q": "zzzz"})
        assert response.text == ""
        named = response.headers["content-disposition"]
        assert named.startswith('attachment; filename="A B C _d.ndjson"')
        view = await person.http.get("/records/export.csv", params={"q": "1974 c. 37"})
        assert len(view.text.splitlines()) == 2
        refused = await person.http.get("/records/export.csv", params={"colour": "red"})
        assert (refused.status_code, refused.json()["field"]) == (422, "colour")


async def test_a_list_is_shown_as_it_was_and_brought_back(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        records = await ids(person, 5)
        group = await new_list(person, "Past", records[:3])
        noted = await person.http.patch(
            f"/groups/{group}/records/{records[0]}", json={"note": "read by Friday", "tags": ["urgent"]}
        )
        assert noted.status_code == 200
        before = (await person.get(f"/groups/{group}"))["updated_at"]
        await person.operate("bulk_deselect", group, record_ids=records[:1])
        await person.operate("bulk_select", group, record_ids=records[3:])
        past = await person.get(f"/groups/{group}/past", at=before)
        assert (past["count"], past["added"], past["removed"]) == (3, 2, 1)
        assert past["removed_ids"] == records[:1]
        done = await post(person, f"/groups/{group}/past/restore", {"at": before})
        assert await person.selected(group) == set(records[:3])
        exported = (await person.http.get(f"/groups/{group}/export.json")).json()["records"]
        assert [(r["note"], r["tags"]) for r in exported if r["id"] == records[0]] == [
            ("read by Friday", ["urgent"])
        ]
        await post(person, f"/groups/{group}/undo", {"operation_id": done["operation_id"]})
        assert await person.selected(group) == set(records[1:])
        refused = await person.http.get(f"/groups/{group}/past", params={"at": "yesterday"})
        assert (refused.status_code, refused.json()["field"]) == (422, "at")


async def test_a_smart_list_tells_its_drift_and_follows_when_told(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        matching = await ids(person, 500, q="health safety")
        [stray] = await ids(person, 1, q="1990 c. 43")
        group = await new_list(person, "Smart", [*matching[2:], stray])
        kept = await person.http.put(
            f"/groups/{group}/filter", json={"filter": {"q": "health safety"}, "frozen": True}
        )
        assert kept.json()["metadata"] == {"filter": {"q": "health safety"}, "frozen": True}
        drift = await person.get(f"/groups/{group}/drift")
        assert (drift["new"], drift["gone"], drift["gone_ids"]) == (2, 1, [stray])
        await post(person, f"/groups/{group}/drift/accept", {"expected_new": 9}, 409)
        done = await post(person, f"/groups/{group}/drift/accept", {"expected_new": 2, "expected_gone": 1})
        assert await person.selected(group) == set(matching)
        await post(person, f"/groups/{group}/undo", {"operation_id": done["operation_id"]})
        assert stray in await person.selected(group)
        empty = await person.http.put(f"/groups/{group}/filter", json={"filter": {}})
        assert (empty.status_code, empty.json()["field"]) == (422, "filter")
        await good(person, "PUT", f"/groups/{group}/filter", {"filter": None})
        assert (await person.get(f"/groups/{group}"))["metadata"] == {}


async def test_a_law_that_changed_is_told_of_until_it_is_reviewed(
    shared_server: ServerProcess, tmp_path: Path
) -> None:
    async with await shared_server.register() as person:
        name = f"UK_uksi_2024_{uuid4().int % 10**9}"
        update(shared_server, tmp_path, name, "As it was made")
        [record] = await eventually(lambda: ids(person, 1, q=name))
        group = await new_list(person, "Watched", [record])
        assert await changed(person, group) == []
        update(shared_server, tmp_path, name, "As it was amended")
        [change] = await eventually(lambda: changed(person, group))
        assert (await person.get("/changed"))["lists"] == {group: 1}
        assert change["record_id"] == record
        assert change["fields"]["title_en"] == {"old": "As it was made", "new": "As it was amended"}
        await post(person, f"/groups/{group}/reviews", {"record_ids": [record]})
        assert await changed(person, group) == []
        update(shared_server, tmp_path, name, "As it was amended again")
        [change] = await eventually(lambda: changed(person, group))
        assert change["fields"]["title_en"]["old"] == "As it was amended"


async def eventually(look: Callable[[], Awaitable[list[Found]]]) -> list[Found]:
    """What is found once the running server has heard of the import in another process."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await look()):  # noqa: ASYNC110  # another process does it; no event of ours
            await asyncio.sleep(0.05)
        return found


async def changed(person: Client, group: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await person.get(f"/groups/{group}/changed")
    return found


def update(server: ServerProcess, folder: Path, name: str, title: str) -> None:
    file = folder / "update.csv"
    file.write_text(f"name,title_en\n{name},{title}\n")
    done = server.command("records", "import", str(file))
    assert done.returncode == 0, done.stderr

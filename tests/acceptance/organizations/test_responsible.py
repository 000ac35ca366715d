"""Who answers for laws of a list, when they are due, and who may say that they still apply."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.process import ServerProcess

TODAY = datetime.now(UTC).date()
HTML = {"accept": "text/html"}
PAST, AHEAD = str(TODAY - timedelta(days=3)), str(TODAY + timedelta(days=300))


async def a_list(acme: Organization, count: int = 5, **body: Any) -> tuple[str, list[str]]:
    """With laws in it, in the order of their titles."""
    list_ = await acme.list(**body)
    ids = [record["id"] for record in await acme["owner"].records(limit=count)]
    wish = {"action": "bulk_select", "record_ids": ids}
    await good(acme["owner"], "POST", f"/groups/{list_}/operations", wish)
    return f"/groups/{list_}", ids


async def shown(person: Client, list_: str, query: str = "") -> list[str]:
    answer = await good(person, "GET", f"{list_}/records?{query}")
    assert answer["total"] == len(answer["items"])
    return [str(one["id"]) for one in answer["items"]]


async def test_many_laws_are_assigned_at_once_and_found_by_who_answers(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        owner, member, viewer = acme["owner"], acme["member"], acme["viewer"]
        list_, ids = await a_list(acme)
        said = {"responsible": member.user_id, "review_on": PAST}
        done = await good(owner, "PATCH", f"{list_}/records", {"record_ids": ids[:3], **said})
        assert (done["changed"], done["unchanged"]) == (3, 0), "one operation"
        await good(owner, "PATCH", f"{list_}/records/{ids[3]}", {"responsible": viewer.user_id})
        rows = (await good(member, "GET", f"{list_}/records"))["items"]
        first = rows[0]
        assert first["responsible"]["id"] == member.user_id
        assert first["responsible"]["name"]
        assert (first["review_on"], first["review_due"]) == (PAST, True)
        assert (rows[4]["responsible"], rows[4]["review_on"], rows[4]["review_due"]) == (None, None, False)
        assert await shown(member, list_, "responsible=me") == ids[:3]
        assert await shown(owner, list_, f"responsible={viewer.user_id}") == ids[3:4]
        assert await shown(owner, list_, "responsible=none") == ids[4:]
        assert await shown(owner, list_, "review=due&responsible=me") == []
        assert await shown(owner, list_, "review=due") == ids[:3]
        # By a filter: as many as were counted, or nothing.
        wish = {"filter": {"responsible": "none"}, "expected_count": 2, "responsible": owner.user_id}
        refused = await call(owner, "PATCH", f"{list_}/records", wish)
        assert refused.status == 409
        assert (await good(owner, "PATCH", f"{list_}/records", {**wish, "expected_count": 1}))["changed"] == 1
        assert (await good(owner, "POST", f"{list_}/undo", {}))["changed"] == 1
        assert await shown(owner, list_, "responsible=none") == ids[4:]


async def test_the_files_of_a_list_say_who_answers_and_when(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member = acme["owner"], acme["member"]
        list_, ids = await a_list(acme, 2)
        said = {"responsible": member.user_id, "review_on": AHEAD}
        await good(owner, "PATCH", f"{list_}/records/{ids[0]}", said)
        name = (await good(owner, "GET", f"{list_}/records"))["items"][0]["responsible"]["name"]
        file = await call(owner, "GET", f"{list_}/export.csv")
        rows = list(csv.DictReader(io.StringIO(file.body.lstrip("\ufeff"))))
        assert [(row["responsible"], row["review_on"]) for row in rows] == [(name, AHEAD), ("", "")]
        one = await call(owner, "GET", f"{list_}/export.ndjson?responsible={member.user_id}")
        assert one.body["id"] == ids[0], "one law, on one line"

        text = file.body.lstrip("\ufeff").replace("\r\n", "\n")
        items = (await good(owner, "POST", "/records/match", {"text": text}))["items"]
        brought = [{"record_id": item["candidates"][0]["id"], **item["annotation"]} for item in items]
        assert brought[0] == {"record_id": ids[0], "responsible": name, "review_on": AHEAD}
        brought[1]["responsible"] = "Nobody Here"
        report = [
            {"line": line, "text": "x", "outcome": "imported", "record_id": id, "reason": "by name"}
            for line, id in enumerate(ids, 2)
        ]
        there = f"/groups/{await acme.list()}"
        done = await good(owner, "POST", f"{there}/imports", {"items": brought, "report": report})
        told = "“Nobody Here” is nobody who sees this list, so nobody is responsible."
        assert done["unresolved"] == [{"record_id": ids[1], "told": [told]}]
        laws = (await good(owner, "GET", f"{there}/records"))["items"]
        assert {one["id"]: (one.get("responsible") or {}).get("id") for one in laws} == {
            ids[0]: member.user_id,
            ids[1]: None,
        }
        assert {one["id"]: one.get("review_on") for one in laws}[ids[0]] == AHEAD
        kept = await call(owner, "GET", f"{there}/imports/{done['import_id']}/report.csv")
        reasons = [row["reason"] for row in csv.DictReader(io.StringIO(kept.body.lstrip("\ufeff")))]
        assert reasons == ["by name", f"by name; {told}"]
        assert (await good(owner, "POST", f"{there}/undo", {}))["changed"] == 2, "one operation"


async def test_whom_nobody_here_knows_and_no_day_are_refused_by_name(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        owner, viewer = acme["owner"], acme["viewer"]
        list_, ids = await a_list(acme, 2, access="restricted")
        for person in (acme["stranger"].user_id, viewer.user_id, "Ben", acme.id):
            for path in (f"{list_}/records", f"{list_}/records/{ids[0]}"):
                many = {"record_ids": ids} if path.endswith("records") else {}
                refused = await call(owner, "PATCH", path, {**many, "responsible": person})
                assert (refused.status, refused.body["field"]) == (422, "responsible"), person
        for day in ("soon", "2026-02-30", "31.12.2026"):
            refused = await call(owner, "PATCH", f"{list_}/records/{ids[0]}", {"review_on": day})
            assert (refused.status, refused.body["field"]) == (422, "review_on")
        assert (await call(owner, "PATCH", f"{list_}/records", {"record_ids": ids})).status == 422
        assert await shown(owner, list_, "responsible=none") == ids, "nothing was changed"
        # In a list of one's own there is a day, and nobody else.
        await good(owner, "PUT", f"/groups/default/records/{ids[0]}")
        await good(owner, "PATCH", f"/groups/default/records/{ids[0]}", {"review_on": PAST})
        assert await shown(owner, "/groups/default", "review=due") == ids[:1]
        mine = {"responsible": owner.user_id}
        assert (await call(owner, "PATCH", f"/groups/default/records/{ids[0]}", mine)).code == "cannot_answer"


async def test_a_viewer_reviews_what_they_answer_for(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "viewer") as acme:
        owner, viewer = acme["owner"], acme["viewer"]
        list_, ids = await a_list(acme, 3)
        said = {"record_ids": ids[:2], "responsible": viewer.user_id, "review_on": PAST}
        await good(owner, "PATCH", f"{list_}/records", said)
        refused = await call(viewer, "PATCH", f"{list_}/records", {"record_ids": ids, "review_on": AHEAD})
        assert (refused.status, refused.body["permission"]) == (403, "list_review")
        assert (await call(viewer, "POST", f"{list_}/reviews", {"record_ids": ids})).status == 403
        later = {"record_ids": ids[:1], "review_on": AHEAD}
        assert (await call(viewer, "POST", f"{list_}/reviews", later)).status == 403
        assert (await good(viewer, "POST", f"{list_}/reviews", {"record_ids": ids[:1]}))["changed"] == 1
        assert await shown(viewer, list_, "review=due") == ids[1:2]
        row = (await good(owner, "GET", f"{list_}/records"))["items"][0]
        assert row["reviewed_by"]["id"] == viewer.user_id
        assert (await good(owner, "POST", f"{list_}/reviews", {**later, "record_ids": ids}))["changed"] == 3
        assert await shown(owner, list_, "review=due") == []


async def test_what_a_former_member_answered_for_is_answered_for_by_nobody(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member = acme["owner"], acme["member"]
        list_, ids = await a_list(acme, 2)
        await good(owner, "PATCH", f"{list_}/records", {"record_ids": ids, "responsible": member.user_id})
        await good(owner, "DELETE", acme.member("member"))
        row = (await good(owner, "GET", f"{list_}/records"))["items"][0]
        assert row["responsible"] == {"id": member.user_id, "name": "a former member"}
        assert await shown(owner, list_, "responsible=none") == ids
        home = f"{shared_server.url}{acme.path}"
        said = (await owner.http.get(home, headers=HTML)).text
        assert 'Nobody answers for <data value="2">2</data> laws any more' in said
        assert f'href="{list_}?show=unanswered"' in said
        again = {"record_ids": ids, "responsible": member.user_id}
        assert (await call(owner, "PATCH", f"{list_}/records", again)).code == "cannot_answer"
        await good(owner, "PATCH", f"{list_}/records", {"record_ids": ids, "responsible": owner.user_id})
        assert "Nobody answers for" not in (await owner.http.get(home, headers=HTML)).text

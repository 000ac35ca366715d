"""Reports over HTTP: rights by matrix, files in each format, what is refused, and the command line."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from sertantai.reporting.questions import ALL
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"
REPORTS = "/audit/reports"
NEEDED = {"list": "list={list}", "at": f"at={TODAY}", "law": "law={law}", "person": "person={person}"}


class Acme:
    """An organization with an open and a restricted list, of each a law that went out of it again."""

    def __init__(self, organization: Organization, law: str) -> None:
        self.organization = organization
        self.law = law
        self.open = ""
        self.restricted = ""

    def __getitem__(self, role: str) -> Client:
        return self.organization[role]

    def path(self, question: str, group: str = "", ending: str = "", more: str = "") -> str:
        found = next(one for one in ALL if one.key == question)
        given = [NEEDED[name] for name in found.needs]
        query = "&".join([f"organization={self.organization.slug}", *given, *([more] if more else [])])
        said = query.format(list=group or self.open, law=self.law, person=self["owner"].user_id)
        return f"{REPORTS}/{question}{ending}?{said}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acme(shared_server: ServerProcess) -> AsyncIterator[Acme]:
    async with organization(shared_server) as made:
        law, other = await made["owner"].records(limit=2)
        here = Acme(made, law["name"])
        here.open = await made.list()
        here.restricted = await made.list(access="restricted")
        for group in (here.open, here.restricted):
            await made["owner"].select(law["id"], group)
            await made["owner"].select(other["id"], group)
            await made["owner"].deselect(law["id"], group)
        yield here


async def test_whoever_is_in_it_sees_what_was_done_in_lists_that_they_may_read(acme: Acme) -> None:
    for role, seen in {"owner": 2, "admin": 2, "member": 1, "viewer": 1}.items():
        found = await good(acme[role], "GET", acme.path("removals"))
        assert found["total"] == seen, role
        assert all(row["law"] == acme.law for row in found["rows"])
        has_origins = {"address" in row for row in found["rows"]}
        assert has_origins == {role == "owner"}, "from where is a right of its own"


async def test_a_list_that_one_may_not_read_is_answered_as_one_that_is_not_there(acme: Acme) -> None:
    nowhere = "018f0000-0000-7000-8000-000000000099"
    for question in ("applicable", "differences", "coverage", "rights", "reviews", "removals"):
        for ending in ("", ".csv"):
            more = "" if "list" in next(one for one in ALL if one.key == question).needs else "list={list}"
            hidden = await call(acme["member"], "GET", acme.path(question, acme.restricted, ending, more))
            none = await call(acme["member"], "GET", acme.path(question, nowhere, ending, more))
            assert (hidden.status, hidden.code) == (none.status, none.code) == (404, "group_not_found")
            assert hidden.body["detail"] == none.body["detail"]
            assert (
                await call(acme["owner"], "GET", acme.path(question, acme.restricted, ending, more))
            ).status == 200


async def test_to_a_stranger_there_is_no_such_organization(acme: Acme) -> None:
    for one in ALL:
        answer = await call(acme["stranger"], "GET", acme.path(one.key))
        assert (answer.status, answer.code) == (404, "organization_not_found"), one.key


async def test_who_is_denied_the_history_is_told_which_right_they_need(acme: Acme) -> None:
    member = acme.organization.member("member")
    await good(acme["owner"], "PATCH", member, {"permissions": {"deny": ["audit_read"]}})
    answer = await call(acme["member"], "GET", acme.path("removals"))
    assert (answer.status, answer.code, answer.body["permission"]) == (403, "permission_needed", "audit_read")
    await good(acme["owner"], "PATCH", member, {"permissions": {"deny": ["list_export"]}})
    shown = await good(acme["member"], "GET", acme.path("removals"))
    assert shown["total"] == 1
    taken = await acme["member"].http.get(acme.path("removals", ending=".ndjson"))
    assert json.loads(taken.text.splitlines()[-1])["report"]["rows"] == 0, "shown, but not to be taken along"
    await good(acme["owner"], "PATCH", member, {"permissions": {"deny": []}})


async def test_every_question_has_an_answer_and_a_page(acme: Acme) -> None:
    for one in ALL:
        if one.key == "sign-ins":
            answer = await call(acme["owner"], "GET", acme.path(one.key))
            assert answer.status == 403, "they are the members' own"
            continue
        found = await good(acme["owner"], "GET", acme.path(one.key))
        assert len(found["report"]["sha256"]) == 64
        assert found["question"] == one.key


async def test_who_could_change_a_list_is_said_with_who_gave_the_right(acme: Acme) -> None:
    grants = f"/groups/{acme.restricted}/grants/{acme['viewer'].user_id}"
    await good(acme["owner"], "PUT", grants, {"level": "edit"})
    found = await good(acme["owner"], "GET", acme.path("rights", acme.restricted))
    [row] = [row for row in found["rows"] if row["role"] == "viewer"]
    assert (row["level"], row["through"]) == ("edit", "edit granted")
    assert row["given_by"] == next(one for one in found["rows"] if one["role"] == "owner")["person"]
    rules = await good(acme["owner"], "GET", acme.path("rules"))
    assert rules["rows"][0]["what"] == "Changed who may use the list"
    await good(acme["owner"], "DELETE", grants)


async def test_an_export_is_told_by_the_question_of_access(acme: Acme) -> None:
    taken = await acme["member"].http.get(f"/groups/{acme.open}/export.csv")
    assert taken.status_code == 200
    found = await good(acme["owner"], "GET", acme.path("access"))
    assert found["rows"][0]["what"] == "Exported the list"
    assert found["rows"][0]["details"] == "form: csv; laws: 1"


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        (f"{REPORTS}/nothing", 404, "question"),
        (f"{REPORTS}/removals.exe", 404, "format"),
        (f"{REPORTS}/removals?hours=1-2", 422, "hours"),
        (f"{REPORTS}/removals?since=yesterday", 422, "since"),
        (f"{REPORTS}/removals?zone=Mars/Olympus", 422, "zone"),
        (f"{REPORTS}/law", 422, "law"),
        (f"{REPORTS}/law?law=UK_none", 404, "law"),
        (f"{REPORTS}/applicable?list=default&at=2999-01-01", 422, "at"),
        (f"{REPORTS}/removals?law={'x' * 501}", 422, "law"),
    ],
)
async def test_what_is_refused_names_its_parameter(acme: Acme, path: str, status: int, field: str) -> None:
    answer = await call(acme["owner"], "GET", path)
    assert (answer.status, answer.body.get("field")) == (status, field)


async def test_the_command_line_asks_the_same_of_anybody(
    acme: Acme, shared_server: ServerProcess, tmp_path: Path
) -> None:
    shared_server.command("sync", "flush")
    path = tmp_path / "removals.ndjson"
    whose = ("--organization", acme.organization.slug)
    done = shared_server.command(
        *("audit", "report", "removals", *whose, "--format", "ndjson", "--output", str(path))
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[-1]["report"]["rows"] == len(lines) - 1 == 2
    api = await good(acme["owner"], "GET", acme.path("removals"))
    assert lines[-1]["report"]["sha256"] == api["report"]["sha256"], "the same rows, whoever asks"
    everybody = shared_server.command("audit", "report", "10", "--with", f"law={acme.law}")
    assert everybody.stdout.count(acme.law) >= 4
    wrong = shared_server.command("audit", "report", "removals", "--with", "hours=1-2")
    assert wrong.returncode != 0
    assert "hours: this question does not take it." in wrong.stderr
    assert "removals" in shared_server.command("audit", "report", "--list").stdout

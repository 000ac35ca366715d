"""Roles × calls: what each may do, and that to a stranger nothing is there, byte for byte."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.fixtures.colleagues import Organization, but_for_the_number, call, found, organization
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWNER, ADMIN, MEMBER, VIEWER = "owner", "admin", "member", "viewer"
ALL = (OWNER, ADMIN, MEMBER, VIEWER)
MANAGERS = (OWNER, ADMIN)


@dataclass(frozen=True)
class Calling:
    """``may``: whose rights suffice; ``permission``: what the others lack. ``ok`` is what those who may are
    answered: there is nothing of what the path names, but they were let in."""

    method: str
    path: str
    may: tuple[str, ...]
    permission: str = ""
    body: Any = None
    ok: tuple[int, ...] = (200,)


MISSING = "ccf1caf4-ec8e-48b6-a865-7c6b38a98ef1"
CALLS = [
    Calling("GET", "", ALL),
    Calling("PATCH", "", MANAGERS, "org_settings", {"name": "Acme"}),
    Calling("PATCH", "", (OWNER,), "retention_manage", {"settings": {"audit_retention_months": 24}}),
    Calling("POST", "/restore", (OWNER,), "org_delete"),
    Calling("POST", "/ownership", (OWNER,), "ownership_transfer", {"member": None}),
    Calling("POST", "/ownership/accept", (), "ownership_transfer"),
    Calling("GET", "/members", ALL),
    Calling("PATCH", f"/members/{{{VIEWER}}}", MANAGERS, "members_manage", {"role": "viewer"}),
    Calling("PATCH", f"/members/{{{VIEWER}}}", MANAGERS, "members_manage", {"suspended": False}),
    Calling("DELETE", f"/members/{MISSING}", MANAGERS, "members_manage", ok=(404,)),
    Calling("GET", "/teams", ALL),
    Calling("POST", "/teams", MANAGERS, "teams_manage", {"name": "{unique}"}, ok=(201,)),
    Calling("PATCH", f"/teams/{MISSING}", MANAGERS, "teams_manage", {"name": "x"}, ok=(404,)),
    Calling("DELETE", f"/teams/{MISSING}", MANAGERS, "teams_manage", ok=(404,)),
    Calling("PUT", f"/teams/{MISSING}/members/{{{VIEWER}}}", MANAGERS, "teams_manage", ok=(404,)),
    Calling("DELETE", f"/teams/{MISSING}/members/{{{VIEWER}}}", MANAGERS, "teams_manage", ok=(404,)),
    Calling("GET", "/invitations", MANAGERS, "members_invite"),
    Calling("POST", "/invitations", MANAGERS, "members_invite", {"role": "viewer"}, ok=(201,)),
    Calling("POST", f"/invitations/{MISSING}/resend", MANAGERS, "members_invite", ok=(404,)),
    Calling("DELETE", f"/invitations/{MISSING}", MANAGERS, "members_invite", ok=(404,)),
    Calling("GET", "/groups", ALL),
    Calling("POST", "/groups", (OWNER, ADMIN, MEMBER), "list_create", {"name": "{unique}"}, ok=(201,)),
]
"""All routes below an organization but its end, which would end it for the others."""
OF_A_LIST = [
    Calling("GET", "", ALL),
    Calling("PATCH", "", MANAGERS, "list_manage", {"description": "laws"}),
    Calling("GET", "/access", ALL),
    Calling("GET", "/grants", ALL),
    Calling("PUT", f"/grants/{{{VIEWER}}}", MANAGERS, "list_share", {"level": "view"}),
    Calling("DELETE", f"/grants/{MISSING}", MANAGERS, "list_share", ok=(204,)),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acme(shared_server: ServerProcess) -> AsyncIterator[Organization]:
    async with organization(shared_server) as made:
        await found(made["stranger"], "Elsewhere")  # a member of another one is as much a stranger
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def group(acme: Organization) -> str:
    return await acme.list()


def filled(calling: Calling, acme: Organization) -> tuple[str, Any]:
    people = {role: acme[role].user_id for role in ALL}
    body = calling.body
    if isinstance(body, dict):
        body = {key: uuid4().hex if value == "{unique}" else value for key, value in body.items()}
    return calling.path.format(**people), body


async def walk(acme: Organization, calling: Calling, before: str) -> None:
    wrong = []
    for role in ALL:
        path, body = filled(calling, acme)
        answer = await call(acme[role], calling.method, f"{before}{path}", body)
        if role in calling.may:
            if answer.status not in calling.ok:
                wrong.append(f"{role}: {answer}")
        elif (answer.status, answer.body.get("permission")) != (403, calling.permission):
            wrong.append(f"{role}: {answer}, not the want of {calling.permission}")
        elif answer.code != "permission_needed" or not answer.body["ask"]:
            wrong.append(f"{role}: nobody is named who can give it: {answer}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("calling", CALLS, ids=lambda one: f"{one.method} {one.path}")
async def test_each_role_may_what_the_matrix_says(acme: Organization, calling: Calling) -> None:
    await walk(acme, calling, acme.path)


@pytest.mark.parametrize("calling", OF_A_LIST, ids=lambda one: f"{one.method} {one.path}")
async def test_each_role_may_with_a_list_what_the_matrix_says(
    acme: Organization, group: str, calling: Calling
) -> None:
    await walk(acme, calling, f"/groups/{group}")


@pytest.mark.parametrize(
    "calling", [*CALLS, Calling("DELETE", "", ())], ids=lambda one: f"{one.method} {one.path}"
)
async def test_to_a_stranger_nothing_is_there(acme: Organization, calling: Calling) -> None:
    """By its slug and by its id: byte for byte what is answered for what does not exist."""
    path, body = filled(calling, acme)
    stranger = acme["stranger"].http
    answers = [
        await stranger.request(calling.method, f"/organizations/{name}{path}", json=body)
        for name in (acme.slug, acme.id, "o-there-is-none", str(uuid4()))
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({but_for_the_number(answer) for answer in answers}) == 1
    assert answers[0].json()["code"] == "organization_not_found"
    headers = [{name for name in answer.headers if name != "x-request-id"} for answer in answers]
    assert all(names == headers[0] for names in headers)


@pytest.mark.parametrize("calling", OF_A_LIST, ids=lambda one: f"{one.method} {one.path}")
async def test_to_a_stranger_a_list_is_not_there(acme: Organization, group: str, calling: Calling) -> None:
    path, body = filled(calling, acme)
    stranger = acme["stranger"].http
    answers = [
        await stranger.request(calling.method, f"/groups/{id}{path}", json=body) for id in (group, uuid4())
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({but_for_the_number(answer) for answer in answers}) == 1

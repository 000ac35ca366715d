"""Only yours: row level security shows the application the rows of the user whose id is set."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from sertantai.core.errors import Forbidden, InvalidInput
from sertantai.core.ids import OwnerId, UserId
from sertantai.postgres import Database, Role, asks_as
from tests.fixtures.postgres import ServerUnderTest

OWNED = {
    "users": "id",
    "user_selection_groups": "user_id",
    "user_record_selections": "user_id",
    "selection_audit_log": "user_id",
    "user_sessions": "user_id",
    "user_organization_memberships": "user_id",
}


@pytest.fixture
async def people(database: Database) -> list[UserId]:
    """Two people with one row of everything each."""
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_ukpga_1974_37')")
    return [await _person(database, name) for name in ("a", "b")]


async def _person(database: Database, name: str) -> UserId:
    user = UserId(uuid4())
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute("INSERT INTO users (id, email) VALUES ($1, $2)", user, f"{name}@example.org")
        await connection.execute(
            "INSERT INTO user_sessions (user_id, kind, expires_at) VALUES ($1, 'cookie', now())", user
        )
        organization = uuid4()
        await connection.execute("INSERT INTO users (id) VALUES ($1)", organization)
        await connection.execute(
            "INSERT INTO organizations (id, name, slug) VALUES ($1, $2, $2)", organization, name
        )
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(
            "INSERT INTO user_organization_memberships (user_id, organization_id) VALUES ($1, $2)",
            user,
            organization,
        )
        await connection.execute(
            "INSERT INTO user_record_selections (user_id, record_id, record_no)"
            " SELECT $1, id, record_no FROM uk_lrt_records",
            user,
        )
        await connection.execute(
            "INSERT INTO selection_audit_log (user_id, record_id, action)"
            " SELECT $1, id, 'select' FROM uk_lrt_records",
            user,
        )
    return user


@pytest.mark.parametrize(("table", "owner"), OWNED.items())
async def test_the_application_sees_its_users_rows_only(
    people: list[UserId], database: Database, table: str, owner: str
) -> None:
    for user in people:
        async with database.transaction(Role.APP, user) as connection:
            rows = await connection.fetch(f"SELECT {owner} AS owner FROM {table}")
        assert [row["owner"] for row in rows] == [user]


@pytest.mark.parametrize("table", [*OWNED, "organizations"])
@pytest.mark.parametrize("user", [None, UserId(uuid4())])
async def test_without_an_id_or_with_a_strangers_there_is_nothing(
    people: list[UserId], database: Database, table: str, user: UserId | None
) -> None:
    column = OWNED.get(table, "id")
    async with database.transaction(Role.APP, user) as connection:
        assert await connection.fetch(f"SELECT {column} FROM {table}") == []


async def test_organizations_are_seen_by_their_members(people: list[UserId], database: Database) -> None:
    async with database.transaction(Role.APP, people[0]) as connection:
        assert [row["slug"] for row in await connection.fetch("SELECT slug FROM organizations")] == ["a"]


@pytest.mark.parametrize("table", OWNED)
async def test_the_application_writes_nothing_that_people_own(
    people: list[UserId], database: Database, table: str
) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(Role.APP, people[0]) as connection:
            await connection.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(("table", "column"), [("users", "hashed_password"), ("user_sessions", "token_hash")])
@pytest.mark.parametrize("role", [Role.APP, Role.SYNC, Role.AUDITOR])
async def test_secrets_are_for_accounts_only(
    people: list[UserId], database: Database, table: str, column: str, role: Role
) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(role, people[0]) as connection:
            await connection.fetch(f"SELECT {column} FROM {table}")


async def test_a_month_of_the_trail_cannot_be_read_around_its_parent(
    people: list[UserId], database: Database
) -> None:
    for role in (Role.APP, Role.SYNC, Role.AUDITOR, Role.ACCOUNTS):
        with pytest.raises(Forbidden):
            async with database.transaction(role, people[0]) as connection:
                await connection.fetch("SELECT id FROM selection_audit_log_default")


async def test_forced_row_security_binds_the_owner_of_the_tables_too(
    people: list[UserId], database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The migrator sees rows through a policy of its own, not because it owns the table."""
    await superuser.execute("DROP POLICY user_record_selections_migrator ON user_record_selections")
    await superuser.execute("SET ROLE sertantai_migrator")
    assert await superuser.fetch("SELECT id FROM user_record_selections") == []


async def test_the_login_has_no_privilege_without_a_role(
    people: list[UserId], database: Database, server: ServerUnderTest
) -> None:
    """Since PostgreSQL 16 a grant can be taken on without being inherited; 15's login inherits its roles."""
    async with database.transaction(Role.APP) as connection:
        await connection.execute("SET LOCAL ROLE NONE")
        may_read = await connection.fetchval(
            "SELECT has_table_privilege('sertantai', 'user_record_selections', 'SELECT')"
        )
    assert may_read == (server.kind == "debian")


# Two claims: who asks, and whose rows


LISTS = "SELECT name FROM user_selection_groups ORDER BY name"
ROWS = "SELECT selection_group FROM user_record_selections ORDER BY selection_group"
TRAIL = "SELECT selection_group FROM selection_audit_log WHERE group_id IS NOT NULL ORDER BY selection_group"
SUMMED_UP = "SELECT group_name FROM selection_operations WHERE group_id IS NOT NULL ORDER BY group_name"
PEOPLE = "INSERT INTO users (id) SELECT unnest($1::uuid[])"
ORGANIZATION = "INSERT INTO organizations (id, name, slug) VALUES ($1, 'o', 'o')"
ADD_TEAM = "INSERT INTO organization_teams (organization_id, id, name) VALUES ($1, $2, 't')"
JOIN_TEAM = "INSERT INTO organization_team_members VALUES ($1, $2, $3)"
MEMBERSHIP = """
INSERT INTO user_organization_memberships (user_id, organization_id, role, suspended) VALUES ($1, $2, $3, $4)
"""
LIST = """
INSERT INTO user_selection_groups (user_id, name, restricted, made_by) VALUES ($1, $2, $3, $4) RETURNING id
"""
GRANT = """
INSERT INTO selection_group_grants
       (user_id, group_id, grantee_id, level, granted_by, granted_at, ends_at, position)
VALUES ($1, $2, $3, 'view', $1, now(), $4, 1)
"""
TICK = """
INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group)
SELECT $1, id, record_no, $2 FROM uk_lrt_records
"""
TICKED = """
INSERT INTO selection_audit_log (user_id, record_id, action, selection_group, group_id, operation_id)
SELECT $1, id, 'select', $2, $3, gen_random_uuid() FROM uk_lrt_records
"""
NOW = datetime.now(UTC)
SEEN = {
    "owner": ["granted", "made", "of admins", "open"],
    "admin": ["granted", "made", "of admins", "open"],
    "member": ["made", "open"],
    "viewer": ["open"],
    "granted": ["granted", "open"],
    "late": ["open"],
    "team": ["granted", "open"],
    "suspended": [],
    "stranger": [],
}


class Office:
    """An organization with an open list, and restricted ones named for who may see them."""

    def __init__(self) -> None:
        self.id = OwnerId(uuid4())
        self.people = {
            name: UserId(uuid4())
            for name in (
                "owner",
                "admin",
                "member",
                "viewer",
                "granted",
                "late",
                "team",
                "suspended",
                "stranger",
            )
        }


@pytest.fixture
async def office(database: Database) -> Office:
    office, team = Office(), uuid4()
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_ukpga_1974_37')")
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute(
            "INSERT INTO users (id) SELECT unnest($1::uuid[])", [*office.people.values(), office.id]
        )
        await connection.execute(
            "INSERT INTO organizations (id, name, slug) VALUES ($1, 'o', 'o')", office.id
        )
    async with database.transaction(Role.SYNC) as connection:
        for name, person in office.people.items():
            role = name if name in ("owner", "admin", "viewer") else "member"
            if name != "stranger":
                await connection.execute(MEMBERSHIP, person, office.id, role, name == "suspended")
        await connection.execute(
            "INSERT INTO organization_teams (organization_id, id, name) VALUES ($1, $2, 't')", office.id, team
        )
        await connection.execute(
            "INSERT INTO organization_team_members VALUES ($1, $2, $3)",
            office.id,
            team,
            office.people["team"],
        )
        for list_, maker in (
            ("open", "owner"),
            ("of admins", "owner"),
            ("made", "member"),
            ("granted", "owner"),
        ):
            restricted = list_ != "open"
            id = await connection.fetchval(LIST, office.id, list_, restricted, office.people[maker])
            await connection.execute(TICK, office.id, list_)
            await connection.execute(TICKED, office.id, list_, id)
            if list_ == "granted":
                await connection.execute(GRANT, office.id, id, office.people["granted"], None)
                await connection.execute(GRANT, office.id, id, office.people["late"], NOW - timedelta(days=1))
                await connection.execute(GRANT, office.id, id, team, NOW + timedelta(days=1))
    return office


@pytest.mark.parametrize("name", SEEN)
async def test_of_an_organization_each_sees_the_lists_that_the_core_lets_them_see(
    office: Office, database: Database, name: str
) -> None:
    expected = SEEN[name]
    asks_as.set(office.people[name])
    for statement in (LISTS, ROWS, TRAIL, SUMMED_UP):
        async with database.transaction(Role.APP, office.id, readonly=True) as connection:
            found = [row[0] for row in await connection.fetch(statement)]
        assert [one for one in found if one != "default"] == expected, statement


async def test_who_asks_is_claimed_whatever_a_statement_forgets(office: Office, database: Database) -> None:
    """In the organization's own name all is shown: that is for what happens by itself, and no request."""
    async with database.transaction(Role.APP, office.id, readonly=True) as connection:
        assert len(await connection.fetch(ROWS)) == 4
    asks_as.set(office.people["stranger"])
    async with database.transaction(Role.APP, office.id, readonly=True) as connection:
        assert await connection.fetch(ROWS) == []
    async with database.transaction(Role.APP, office.people["stranger"], readonly=True) as connection:
        assert [row[0] for row in await connection.fetch(LISTS)] == ["default"]


SIGN_IN = "INSERT INTO user_sessions (user_id, kind, expires_at) VALUES ($1, 'cookie', now())"


async def test_nobody_signs_in_as_an_organization(office: Office, database: Database) -> None:
    with pytest.raises(InvalidInput):
        async with database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(SIGN_IN, office.id)


PLANNED = """
EXPLAIN (ANALYZE, FORMAT json)
SELECT record_id FROM user_record_selections WHERE user_id = $1 AND selection_group = $2
"""
MANY = """
INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group)
SELECT $1, r.id, r.record_no, 'open' FROM uk_lrt_records r ON CONFLICT DO NOTHING
"""
LAWS = "INSERT INTO uk_lrt_records (name) SELECT 'UK_uksi_2000_' || n FROM generate_series(1, 500) n"


async def test_what_may_be_read_is_asked_once_a_statement_and_the_list_is_found_by_its_index(
    office: Office, database: Database
) -> None:
    """A function that were asked for each row took two minutes where this takes a millisecond."""
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute(LAWS)
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(MANY, office.id)
    asks_as.set(office.people["granted"])
    async with database.transaction(Role.APP, office.id, readonly=True) as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        [plan] = json.loads(await connection.fetchval(PLANNED, office.id, "open"))
    nodes = list(_nodes(plan["Plan"]))
    rows = [node for node in nodes if node.get("Relation Name") == "user_record_selections"]
    assert rows
    assert all(
        "selection_group" in node.get("Index Cond", "") for node in rows if "Index" in node["Node Type"]
    )
    asked = [node for node in nodes if node.get("Parent Relationship") in ("InitPlan", "SubPlan")]
    assert asked
    assert all(node["Actual Loops"] <= 1 for node in asked), "once, for 501 rows"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)

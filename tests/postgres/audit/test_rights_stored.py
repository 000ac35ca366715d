"""Teams, grants, suggestions and lists in the database, held against what the trail leads to."""

from uuid import UUID

import asyncpg
import pytest

from sertantai.audit.verify_rights import RightsFault, verify_rights
from sertantai.core.bitmaps import EMPTY, bitmap, pack
from sertantai.core.ids import GroupId, TeamId
from sertantai.core.operations import (
    CreateGroup,
    Decide,
    Describe,
    JoinTeam,
    Select,
    SetGrant,
    SetTeam,
    Suggest,
    Withdraw,
)
from sertantai.core.rights import Level
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sync import audit_metadata, batching
from tests.postgres.audit.conftest import BEN, CARA, Person, do

TEAM = TeamId(UUID(int=31))
NOTHING = pack(EMPTY)
GRANTS, SITES, IN_TEAMS = "selection_group_grants", "organization_teams", "organization_team_members"
WAITING, LISTS, ORGANIZATIONS = "selection_suggestions", "user_selection_groups", "organizations"
ONLY, GONE = "in the database only", "not in the database"
TAMPERED = (
    (GRANTS, "UPDATE {0} SET level = 'manage', ends_at = now()", TEAM, "grants: ends_at, level"),
    (GRANTS, "UPDATE {0} SET granted_by = '{2}', position = 1", TEAM, "grants: granted_by, position"),
    (GRANTS, "DELETE FROM {0}", TEAM, f"grants: {GONE}"),
    (
        GRANTS,
        "INSERT INTO {0} SELECT user_id, group_id, '{1}', 'edit', granted_by, now(), NULL, position FROM {0}",
        BEN,
        f"grants: {ONLY}",
    ),
    (SITES, "UPDATE {0} SET name = 'Offices'", TEAM, "teams: name"),
    (SITES, "INSERT INTO {0} SELECT organization_id, '{2}', 'Mine' FROM {0}", CARA, f"teams: {ONLY}"),
    (SITES, "DELETE FROM {0}", TEAM, f"teams: {GONE}"),
    (IN_TEAMS, "DELETE FROM {0}", CARA, "members: teams"),
    (IN_TEAMS, "INSERT INTO {0} SELECT organization_id, team_id, '{1}' FROM {0}", BEN, "members: teams"),
    (IN_TEAMS, "UPDATE {0} SET user_id = '{1}'", BEN, "members: teams"),
    (WAITING, "UPDATE {0} SET ticks = unticks, unticks = ticks", CARA, "suggestions: laws"),
    (WAITING, "UPDATE {0} SET unticks = ''", CARA, "suggestions: laws"),
    (WAITING, "UPDATE {0} SET suggested_by = '{1}', reason = 'y'", CARA, "suggestions: by, reason"),
    (WAITING, "DELETE FROM {0}", CARA, f"suggestions: {GONE}"),
    (
        WAITING,
        "INSERT INTO {0} SELECT user_id, group_id, user_id, '{1}', now(), 99, ticks, ticks, '' FROM {0}",
        BEN,
        f"suggestions: {ONLY}",
    ),
    (LISTS, "UPDATE {0} SET restricted = false WHERE name = 'Secret'", None, "lists: restricted"),
    (LISTS, "UPDATE {0} SET four_eyes = true WHERE name = 'Secret'", None, "lists: four_eyes"),
    (LISTS, "UPDATE {0} SET made_by = '{2}' WHERE name = 'Secret'", None, "lists: made_by"),
    (ORGANIZATIONS, "UPDATE {0} SET offered_to = '{2}'", None, "organization: offered_to"),
    (ORGANIZATIONS, "UPDATE {0} SET ends_at = now()", None, "organization: ends_at"),
    (ORGANIZATIONS, "UPDATE {0} SET name = 'Ours'", None, "organization: name"),
    (ORGANIZATIONS, "UPDATE {0} SET slug = 'ours'", None, "organization: slug"),
    (ORGANIZATIONS, "UPDATE {0} SET metadata = '{{}}'", None, "organization: settings.new_lists"),
    (
        ORGANIZATIONS,
        """UPDATE {0} SET metadata = '{{"new_lists": "open"}}', name = 'Ours'""",
        None,
        "organization: name, settings.new_lists",
    ),
    (
        ORGANIZATIONS,
        """UPDATE {0} SET metadata = metadata || '{{"directory_token:1": ["x", "y", "admin"]}}'""",
        None,
        "organization: settings.directory_token:1",
    ),
)
"""The table, what is done to it around the log, of whom it is said (None: the organization), and what."""
PUT_BACK = """
SET session_replication_role = replica;
DELETE FROM {0};
INSERT INTO {0} TABLE was_{0};
SET session_replication_role = origin;
"""


async def test_teams_grants_suggestions_and_lists_are_held_against_the_trail(
    office: Person,
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Whatever is added, changed or taken away around the log is named; as it was, all is clean."""
    founder = office.actor
    await do(office, Describe, settings={"new_lists": "restricted"})
    await do(office, SetTeam, team=TEAM, name="Sites")
    await do(office, JoinTeam, team=TEAM, member=CARA)
    secret = await a_list(office, "Secret", restricted=True)
    await do(office, SetGrant, secret, grantee=TEAM, level=Level.SUGGEST)
    await do(office, Select, secret, record=5)
    office.actor = CARA
    laws = {"add": pack(bitmap([1, 2, 3])), "remove": pack(bitmap([5]))}
    suggested = await do(office, Suggest, secret, **laws, reason="x")
    withdrawn = await do(office, Suggest, secret, add=pack(bitmap([4])), remove=NOTHING, reason="")
    await do(office, Withdraw, secret, suggestion=withdrawn)
    office.actor = founder
    await do(office, Decide, secret, suggestion=suggested, accepted=True, records=pack(bitmap([1, 2])))
    await engine.flush()
    assert await faults(database, office) == []
    for table in {table for table, *_ in TAMPERED}:
        await superuser.execute(f"CREATE TEMP TABLE was_{table} AS TABLE {table}")
    for table, tampering, who, what in TAMPERED:
        await superuser.execute(tampering.format(table, BEN, CARA))
        found = await faults(database, office)
        assert (who or office.id, what) in found, (tampering, found)
        await superuser.execute(PUT_BACK.format(table))
    assert await faults(database, office) == []


async def test_what_is_suggested_and_decided_is_held_against_the_rights_of_then(
    office: Person, engine: Engine, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Also where nothing was ticked by it: a viewer's refusal, and one's own where two are needed."""
    founder, shared = office.actor, await a_list(office, "Shared", four_eyes=True)
    suggested = await do(office, Suggest, shared, add=pack(bitmap([1, 2])), remove=NOTHING, reason="")
    office.actor = BEN
    await do(office, Suggest, shared, add=pack(bitmap([3])), remove=NOTHING, reason="")
    await engine.flush()
    assert await faults(database, office) == []
    position = engine.journal.last
    for number, actor in enumerate((CARA, founder), 1):
        await superuser.execute(DECIDED, office.id, actor, shared, position + number, str(suggested))
    assert await faults(database, office) == [(CARA, "decide_suggestion"), (founder, "decide_suggestion")]


async def test_what_earlier_releases_did_not_say_of_suggestions_is_not_missed(
    office: Person,
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their lines do not say which laws are left: of those that wait everything else is compared."""
    monkeypatch.setattr(batching, "left_of", lambda *_: {})
    shared = await a_list(office, "Shared")
    laws = {"add": pack(bitmap([1, 2])), "remove": NOTHING}
    decided = await do(office, Suggest, shared, **laws, reason="")
    await do(office, Suggest, shared, **laws, reason="")
    await do(office, Decide, shared, suggestion=decided, accepted=True, records=laws["add"])
    await engine.flush()
    assert await faults(database, office) == []
    await superuser.execute(f"UPDATE {WAITING} SET reason = 'y'")
    assert await faults(database, office) == [(office.actor, "suggestions: reason")]


@pytest.fixture
def _of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """As earlier releases wrote: how an organization was called first stood in no trail."""
    monkeypatch.setattr(audit_metadata, "founded_as", lambda *_: {})


@pytest.mark.usefixtures("_of_before")
async def test_how_an_organization_was_called_first_is_missed_in_no_trail_of_before(
    office: Person, engine: Engine, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Nobody knows it until it is called otherwise; from then on it is compared."""
    called = "UPDATE organizations SET name = $1"
    await engine.flush()
    await superuser.execute(called, "Whatever")
    assert await faults(database, office) == []
    await do(office, Describe, name="Acme")
    await engine.flush()
    assert await faults(database, office) == []
    await superuser.execute(called, "Whatever")
    assert await faults(database, office) == [(office.id, "organization: name")]


DECIDED = """
INSERT INTO selection_audit_log
       (user_id, actor_id, group_id, selection_group, operation_id, position, action, metadata)
VALUES ($1, $2, $3, 'Shared', gen_random_uuid(), $4, 'decide_suggestion',
        jsonb_build_object('suggestion', $5::text, 'accepted', false, 'laws', 1, 'word', ''))
"""


async def a_list(office: Person, name: str, **fields: object) -> GroupId:
    group = GroupId(new_id())
    await do(office, CreateGroup, group, name=name, **fields)
    return group


async def faults(database: Database, office: Person) -> list[tuple[UUID, str]]:
    """Of whom, and what: of what is stored with the kind of it, and without the list's id."""
    found = await verify_rights(database, office.id)
    assert found is not None
    return [
        (one.actor, one.needed if one.fault is RightsFault.NOT_ALLOWED else f"{kind}: {said}")
        for one in found.faults
        for kind in [one.fault.partition("_differ")[0]]
        for said in [one.needed.rpartition(": ")[2]]
    ]

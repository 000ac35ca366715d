"""What somebody with the database's passwords could do to the trail unnoticed: each way is tried as it was
found, and again with more care. Each ends in exit 1 of `sertantai audit verify`, with a sentence that says
what, in which list, and when."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from sertantai.accounts.people_checked import renamed
from sertantai.accounts.people_told import PeopleTold
from sertantai.audit.as_found import tell_as_found
from sertantai.audit.verify import verify
from sertantai.audit.verify_seals import verify_seals
from sertantai.cli.audit.sentences import of_difference, of_misfits
from sertantai.core.ids import UserId
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.process.new_ids import new_id
from sertantai.sealing.notices import Notices
from sertantai.sealing.sealer import Sealer
from sertantai.security.events_checked import differing_events
from sertantai.security.events_told import EventsTold
from sertantai.security.model import SecurityEvent
from sertantai.security.store import SecurityEventStore
from tests.fixtures.postgres import TEMPLATE, DatabaseUnderTest, ServerUnderTest, new_database
from tests.fixtures.process import COMMAND
from tests.postgres.audit.conftest import Person

NOW = datetime.now(UTC)
OFF = """
ALTER TABLE selection_audit_log DISABLE TRIGGER USER;
DO $$ DECLARE p regclass; BEGIN
  FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'selection_audit_log'::regclass LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', p);
  END LOOP;
END $$
"""
ON = """
ALTER TABLE selection_audit_log ENABLE ALWAYS TRIGGER append_only,
  ENABLE ALWAYS TRIGGER append_only_statement, ENABLE ALWAYS TRIGGER count_operations;
DO $$ DECLARE p regclass; BEGIN
  FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'selection_audit_log'::regclass LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only,'
                   ' ENABLE ALWAYS TRIGGER append_only_statement', p);
  END LOOP;
END $$
"""
INVENT = """
INSERT INTO selection_audit_log
       (user_id, actor_id, record_id, record_no, record_name, action, selection_group, group_id, operation_id,
        position, metadata, created_at)
SELECT '{ann}', '{ann}', id, record_no, name, '%(action)s', 'default', '{list}', %(operation)s, %(position)s,
       '%(said)s', '{month_ago}'
  FROM uk_lrt_records WHERE record_no = %(law)s
"""
AS_OLD_AS_ACCOUNTS = """
UPDATE user_selection_groups g SET created_at = u.created_at FROM users u
 WHERE u.id = g.user_id AND g.is_default
"""
NEW = "gen_random_uuid()"
NOTE = '{{"changes": {{"note": "I knew this applied"}}}}'
BASELINE_OF_ROWS = """
INSERT INTO audit_baseline SELECT s.user_id, g.id, s.record_no FROM user_record_selections s
  JOIN user_selection_groups g ON g.user_id = s.user_id AND g.name = s.selection_group;
INSERT INTO audit_baseline_owners (user_id, position, reaches_back_to)
  SELECT DISTINCT user_id, (SELECT max(position) FROM sync_watermarks), %s FROM audit_baseline
"""
NOBODIES = """
INSERT INTO selection_audit_log
       (user_id, actor_id, record_id, record_no, record_name, action, selection_group, group_id, operation_id,
        position, created_at)
SELECT o.id, o.id, r.id, r.record_no, r.name, 'select', 'default', o.list, gen_random_uuid(), r.record_no,
       '{now}'
  FROM (SELECT gen_random_uuid() AS id, gen_random_uuid() AS list FROM generate_series(1, 4)) AS o,
       uk_lrt_records r
"""
BENS_DEEDS = """
UPDATE selection_audit_log SET actor_id = '{ben}', ip_address = '192.0.2.9' WHERE user_id = '{ann}'
"""
BENS_OPERATIONS = BENS_DEEDS.replace("selection_audit_log", "selection_operations")
BENS_TICKS = "UPDATE user_record_selections SET actor_id = '{ben}' WHERE user_id = '{ann}'"
A_YEAR_EARLIER = """
UPDATE selection_audit_log
   SET created_at = created_at - interval '1 year', metadata = '{{"changes": {{"note": "of old"}}}}'
 WHERE user_id = '{ann}' AND action = 'annotate'
"""
NEVER_WAS = "DELETE FROM selection_audit_log WHERE user_id = '{ann}' AND record_no = %s"
NEVER_COUNTED = """
DELETE FROM selection_operations
 WHERE user_id = '{ann}' AND added + removed = 1
   AND record_id = (SELECT id FROM uk_lrt_records WHERE record_no = %s)
"""
DROP_MONTH = "DROP TABLE selection_audit_log_{now:%Y_%m}"
NOT_TICKED = "DELETE FROM user_record_selections WHERE user_id = '{ann}' AND record_no = 5"


EVENTS_OFF = "ALTER TABLE security_events DISABLE TRIGGER USER"
EVENTS_ON = EVENTS_OFF.replace("DISABLE TRIGGER USER", "ENABLE ALWAYS TRIGGER append_only")


def invented(action: str, law: int, operation: str, position: str, said: str = "{{}}") -> str:
    return INVENT % {"action": action, "law": law, "operation": operation, "position": position, "said": said}


class Attack(NamedTuple):
    """``by``: the role that did it; ``says``: what one sentence has in it. Who owns the trail's guards
    switches them off and on again."""

    number: int
    what: str
    by: Role
    statements: tuple[str, ...]
    says: tuple[str, ...] = ()


OWNER = Role.MIGRATOR
TODAY, A_MONTH_AGO, HER_LIST = "{now:%Y-%m-%d}", "{month_ago:%Y-%m-%d}", "list 'default' ({list})"
TABLE = (
    Attack(
        1,
        "a note of a month ago",
        Role.SYNC,
        (invented("annotate", 3, "NULL", "NULL", NOTE),),
        (A_MONTH_AGO, HER_LIST, "law 3", "names no operation"),
    ),
    Attack(
        1,
        "a note of a month ago, with an operation of its own",
        Role.SYNC,
        (invented("annotate", 3, NEW, "{after}", NOTE),),
        (A_MONTH_AGO, HER_LIST, "law 3", "was not sealed"),
    ),
    Attack(
        2,
        "a tick and untick in place of her own",
        Role.SYNC,
        tuple(invented(action, 9, NEW, "{first}") for action in ("select", "deselect")),
        (A_MONTH_AGO, HER_LIST, "several operations at one place"),
    ),
    Attack(
        3,
        "another did it",
        OWNER,
        (OFF, BENS_DEEDS, ON),
        (TODAY, HER_LIST, "says another person"),
    ),
    Attack(
        3,
        "another did it, wherever it is said",
        OWNER,
        (OFF, BENS_DEEDS, BENS_OPERATIONS, BENS_TICKS, ON),
        (TODAY, HER_LIST, "is not what was sealed"),
    ),
    Attack(
        4,
        "ticked and unticked, and never was",
        OWNER,
        (OFF, NEVER_WAS % 7, ON),
        (TODAY, HER_LIST, "lines are missing"),
    ),
    Attack(
        4,
        "ticked and unticked, and never counted",
        OWNER,
        (OFF, NEVER_WAS % 7, NEVER_COUNTED % 7, ON),
        (TODAY, HER_LIST, "by {ann}", "was sealed, and its rows are gone"),
    ),
    Attack(
        5,
        "a year earlier, with another note",
        OWNER,
        (OFF, A_YEAR_EARLIER, ON),
        ("{year_ago:%Y-%m-%d}", HER_LIST, "law 3", "is not among the operations"),
    ),
    Attack(
        6,
        "a tick out of the trail and the list",
        OWNER,
        (OFF, NEVER_WAS % 5, NOT_TICKED, ON),
        (TODAY, HER_LIST, "lines are missing"),
    ),
    Attack(
        6,
        "a tick out of the trail, the list and the operations",
        OWNER,
        (OFF, NEVER_WAS % 5, NOT_TICKED, NEVER_COUNTED % 5, ON),
        (TODAY, HER_LIST, "changed last by an operation that the trail does not have"),
    ),
    Attack(
        7,
        "two addresses exchanged",
        Role.ACCOUNTS,
        (
            "UPDATE users SET email = 'third@example.org' WHERE id = '{ann}'",
            "UPDATE users SET email = 'first@example.org' WHERE id = '{ben}'",
            "UPDATE users SET email = 'second@example.org' WHERE id = '{ann}'",
        ),
        ("account {ann}", "its address is not the one told of on {now:%Y-%m-%d}"),
    ),
    Attack(
        8,
        "a month dropped",
        OWNER,
        (DROP_MONTH,),
        (TODAY, HER_LIST, "lines are missing"),
    ),
    Attack(
        8,
        "a month dropped, and never counted",
        OWNER,
        (DROP_MONTH, "DELETE FROM selection_operations WHERE user_id = '{ann}'"),
        (TODAY, "in the list 'default' ({list})", "by {ann}", "was sealed, and its rows are gone"),
    ),
    Attack(
        9,
        "everything dropped, with what it led to",
        OWNER,
        (OFF, "DELETE FROM selection_audit_log", BASELINE_OF_ROWS % "NULL::timestamptz", ON),
        (TODAY, HER_LIST, "lines are missing"),
    ),
    Attack(
        9,
        "everything dropped, as of the month before",
        OWNER,
        (
            OFF,
            "DELETE FROM selection_audit_log",
            "DELETE FROM selection_operations",
            BASELINE_OF_ROWS % "date_trunc('month', now() - interval '40 days', 'UTC')",
            ON,
        ),
        (TODAY, HER_LIST, "kept as of dropped months, though ticked later"),
    ),
    Attack(10, "people who never were", OWNER, (NOBODIES,), (TODAY, "list 'default'", "nobody of this id")),
    Attack(
        11,
        "an event that never was",
        Role.ACCOUNTS,
        (
            """INSERT INTO security_events (id, at, kind, severity, user_id)
               VALUES (gen_random_uuid(), now() - interval '2 days', 'sign_in_failed', 'warning', '{ann}')""",
        ),
        ("security event sign_in_failed", "{ann}", "was never told"),
    ),
    Attack(
        11,
        "an event that was, and is taken away",
        OWNER,
        (
            EVENTS_OFF,
            "SELECT set_config('sertantai.retention', 'security_events', false)",
            "DELETE FROM security_events WHERE user_id = '{ann}'",
            EVENTS_ON,
        ),
        ("security event of {now:%Y-%m-%d}", "was told to the sealed log, and is gone"),
    ),
    Attack(
        11,
        "an event that was, of another",
        OWNER,
        (EVENTS_OFF, "UPDATE security_events SET user_id = '{ben}'", EVENTS_ON),
        ("security event sign_in_failed of {now:%Y-%m-%d}", "{ben}", "is not what the sealed log was told"),
    ),
    Attack(
        11,
        "an event of before the log, of another place",
        OWNER,
        (
            EVENTS_OFF,
            "UPDATE security_events SET ip_address = '192.0.2.9' WHERE user_id IS NULL",
            EVENTS_ON,
        ),
        ("security events of {then:%Y-%m-%d}", "they were changed since"),
    ),
)


@pytest.fixture
async def cloned(embedded_server: ServerUnderTest) -> AsyncIterator[DatabaseUnderTest]:
    """Of one server: what is tried is the same on any."""
    async for database in new_database(embedded_server, TEMPLATE):
        yield database


@pytest.fixture
async def ann(
    engine: Engine,
    database: Database,
    somebody: Person,
    another: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    sealer: Sealer,
    notices: Notices,
) -> Person:
    """With a history of the last hour, in an account of half a year."""
    somebody.clock.step_wall_clock((NOW - timedelta(hours=1) - somebody.clock.now()).total_seconds())
    await superuser.execute("UPDATE users SET created_at = now() - interval '180 days'")
    await superuser.execute(AS_OLD_AS_ACCOUNTS)
    await tell_as_found(database, notices)
    await PeopleTold(notices).tell_found(database)
    await somebody.bulk_select(1, 2, 3, 4)
    await somebody.deselect(2)
    await somebody.note(3, "kept")
    await somebody.select(7)
    await somebody.deselect(7)
    await somebody.select(5)
    await engine.flush()
    at, failed = NOW - timedelta(hours=1), ("sign_in_failed", "warning")
    old = SecurityEvent(new_id(), at - timedelta(days=30), *failed, None, "192.0.2.7")
    await SecurityEventStore(database).add([old])
    told = EventsTold(notices, somebody.clock)
    await told.tell_missed(database)
    event = SecurityEvent(new_id(), at, *failed, UserId(somebody.id), "192.0.2.7", 2, {"of": 0.5})
    await SecurityEventStore(database, told).add([event])
    await told.tell_waiting(database)
    await sealer.seal()
    return somebody


async def sentences(ann: Person, database: Database, data_dir: Path) -> list[str]:
    """What ``sertantai audit verify`` says; nothing: it exits with 0."""
    found = await verify(database)
    seals = await verify_seals(database, data_dir, ann.engine.journal.id)
    assert found.clean is not bool(found.differences or found.misfits)
    told = [of_difference(one) for one in found.differences] + [of_misfits(one) for one in found.misfits]
    events = await differing_events(database, data_dir)
    people = await renamed(database, data_dir)
    return [*told, *(one.said for some in (seals.differences, people, events) for one in some)]


def put_into_words(statements: Sequence[str], told: dict[str, object]) -> list[str]:
    return [one if one in (OFF, ON) else one.format(**told) for one in statements]


def test_each_attack_on_a_list_is_told_with_its_name_and_the_day() -> None:
    for attack in TABLE:
        if attack.number not in (7, 11):  # on a person, and on an event
            assert any("list 'default'" in one for one in attack.says), attack
            assert any(":%Y-%m-%d}" in one for one in attack.says), attack


@pytest.mark.parametrize(
    "attack",
    TABLE,
    ids=lambda one: f"{one.number}: {one.what}",
)
async def test_attack(
    ann: Person,
    another: Person,
    database: Database,
    tmp_path: Path,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    attack: Attack,
) -> None:
    told = {
        "ann": ann.id,
        "ben": another.id,
        "list": ann.group,
        "first": 1,
        "after": ann.engine.journal.last + 1,
        "now": NOW - timedelta(hours=1),
        "month_ago": NOW - timedelta(days=30),
        "then": NOW - timedelta(days=30, hours=1),
        "year_ago": NOW - timedelta(days=365, hours=1),
    }
    assert await sentences(ann, database, tmp_path) == []
    await superuser.execute(f"SET ROLE {attack.by}")
    for statement in put_into_words(attack.statements, told):
        await superuser.execute(statement)
    await superuser.execute("RESET ROLE")

    words = await sentences(ann, database, tmp_path)
    wanted = put_into_words(attack.says, told)
    assert [line for line in words if all(one in line for one in wanted)], words


async def test_the_command_says_so_and_exits_with_one(
    ann: Person, cloned: DatabaseUnderTest, tmp_path: Path, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    command = [COMMAND, "audit", "verify"]
    command += ["--database-url", cloned.dsn, "--data-dir", str(tmp_path)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for statement in (OFF, NEVER_WAS.format(ann=ann.id) % 7, ON):
        await superuser.execute(statement)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"user {ann.id}, list 'default' ({ann.group})" in done.stdout
    assert "lines are missing" in done.stdout
    assert "was sealed, and its rows are gone" in done.stdout


async def test_the_servers_login_cannot_do_what_the_owner_did(cloned: DatabaseUnderTest) -> None:
    """It can neither become the owner nor begin without."""
    connection = await asyncpg.connect(cloned.dsn)
    for attack in TABLE:
        if attack.by is OWNER:
            first = attack.statements[0].split(";")[0].format(now=NOW)
            for statement in (f"SET ROLE {attack.by}", first):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
    await connection.close()
